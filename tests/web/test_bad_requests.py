"""Requests that no page of ours sends get a clear refusal, never a failure of ours."""

import socket
from urllib.parse import urlsplit

import pytest
from tests.web.conftest import Bench


@pytest.mark.parametrize(
    "path",
    ["/trail?actor=%00", "/trail?type=%00", "/trail?case=%00", "/trail?since=%00", "/trail?until=2026-01-01%00"],
)
def test_nul_in_a_search_of_the_trail_is_refused(bench: Bench, path: str) -> None:
    assert bench.visitor("compliance").get(path).status_code == 400


@pytest.mark.parametrize("path", ["/queue?queue=%00", "/queue/rows?queue=a%00b", "/cases/%00", "/outbox?mail=%00.eml"])
def test_nul_in_an_address_is_refused(bench: Bench, path: str) -> None:
    assert bench.visitor("agent").get(path).status_code == 400


def test_nul_in_what_was_typed_is_refused_and_nothing_is_done(bench: Bench) -> None:
    lead = bench.visitor("lead")
    case = bench.morning.cases["draft"]
    page = f"/cases/{case}"

    assert lead.post("/stop", "/stop", scope="intent:\x00", reason="a reason").status_code == 400
    assert lead.post("/stop", "/stop", scope="workspace", reason="a\x00reason").status_code == 400
    assert lead.post("/queue/search", "/queue", words="par\x00king").status_code == 400
    text = {"edited": "1", "text": "Hello\x00"}
    assert lead.post(f"{page}/approve", page, version=lead.version(case), **text).status_code == 400
    assert "Nothing is stopped." in lead.get("/stop").text


@pytest.mark.parametrize(
    "query",
    [
        "until=9999-12-31",
        "since=0001-01-01",
        "until=soon",
        "since=2026-02-30",
        "type=no:such",
        "case=12",
        "until=999999",
    ],
)
def test_a_day_or_a_name_that_is_none_is_said_on_the_page(bench: Bench, query: str) -> None:
    shown = bench.visitor("compliance").get(f"/trail?{query}")

    assert shown.status_code in {200, 422}
    if shown.status_code == 422:
        assert "A case is named by its whole id" in shown.text


def test_the_last_day_of_the_calendar_is_refused_in_words(bench: Bench) -> None:
    assert bench.visitor("compliance").get("/trail?until=9999-12-31").status_code == 422


@pytest.mark.parametrize("host", ["[", "[::", "a b", "\\x00"])
def test_a_host_that_is_none_gets_an_answer(bench: Bench, host: str) -> None:
    place = urlsplit(bench.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as line:
        line.sendall(f"GET /queue HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = line.makefile("rb").readline().split()[1]

    assert status in {b"303", b"400"}
