"""Every route and every role: who may, who may not, and that every form needs a page of this very session."""

from uuid import uuid4

import httpx
import pytest
from starlette.routing import Route
from tests.web.conftest import Bench, Visitor

from vouchsafe.evidence.event_types import EventType
from vouchsafe.web.access import Endpoint
from vouchsafe.web.server import OPEN_PATHS, make_web

AGENTS = {"agent", "nurse", "lead"}
READERS = AGENTS | {"interpreter", "privacy"}
DECISIONS = READERS | {"compliance"}
KEEPERS = AGENTS | {"compliance"}
STOPPERS = {"nurse", "lead", "compliance"}
EVERYBODY = READERS | {"compliance", "admin"}
DECIDERS = {"lead", "privacy", "compliance"}

MAY: dict[tuple[str, str], set[str]] = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/queue"): READERS,
    ("GET", "/queue/rows"): READERS,
    ("POST", "/queue/search"): READERS,
    ("GET", "/live"): READERS,
    ("GET", "/cases/{case}"): READERS,
    ("GET", "/cases/{case}/version"): READERS,
    ("GET", "/cases/{case}/drafting"): READERS,
    ("POST", "/cases/{case}/here"): READERS,
    ("GET", "/cases/{case}/precedent"): {"lead", "privacy"},
    ("POST", "/cases/{case}/precedent"): {"lead", "privacy"},
    ("POST", "/cases/{case}/precedent/withdraw"): {"lead", "privacy"},
    ("POST", "/cases/{case}/borrow"): AGENTS,
    ("POST", "/cases/{case}/reveal"): AGENTS | {"privacy"},
    ("POST", "/cases/{case}/attachments/{attachment}"): AGENTS | {"privacy"},
    ("POST", "/cases/{case}/approve"): AGENTS,
    ("POST", "/cases/{case}/refuse"): AGENTS,
    ("POST", "/cases/{case}/close"): AGENTS,
    ("POST", "/cases/{case}/take"): AGENTS,
    ("POST", "/cases/{case}/give-back"): AGENTS,
    ("POST", "/cases/{case}/hand-over"): READERS,
    ("POST", "/cases/{case}/acknowledge"): READERS,
    ("POST", "/cases/{case}/judge-alarm"): AGENTS,
    ("POST", "/cases/{case}/clear"): {"nurse"},
    ("GET", "/cases/{case}/decision"): DECISIONS,
    ("GET", "/api/v1/cases/{case}/decision"): DECISIONS,
    ("GET", "/trail"): {"privacy", "compliance"},
    ("GET", "/stop"): STOPPERS,
    ("POST", "/stop"): STOPPERS,
    ("POST", "/stop/{stop}/release"): STOPPERS,
    ("GET", "/quarantine"): KEEPERS,
    ("GET", "/quarantine/{item}"): KEEPERS,
    ("POST", "/quarantine/{item}/open"): AGENTS,
    ("POST", "/quarantine/{item}/take-care"): AGENTS,
    ("POST", "/quarantine/{item}/read-again"): AGENTS,
    ("POST", "/quarantine/{item}/put-aside"): AGENTS,
    ("GET", "/outbox"): AGENTS | {"privacy"},
    ("POST", "/outbox/{mail}/open"): AGENTS | {"privacy"},
    ("GET", "/people"): {"admin"},
    ("GET", "/alarms"): {"lead", "compliance", "admin"},
    ("GET", "/agreements"): {"lead", "privacy", "compliance", "admin"},
    ("GET", "/knowledge"): EVERYBODY,
    ("POST", "/knowledge/search"): EVERYBODY,
    ("GET", "/knowledge/document"): EVERYBODY,
    ("GET", "/knowledge/gaps"): EVERYBODY,
    ("GET", "/knowledge/check"): EVERYBODY,
    ("POST", "/knowledge/withdraw"): DECIDERS,
    ("POST", "/knowledge/reinstate"): DECIDERS,
    ("GET", "/knowledge/held/{item}"): DECIDERS,
    ("POST", "/knowledge/held/{item}/open"): {"lead", "privacy"},
    ("POST", "/knowledge/held/{item}/release"): DECIDERS,
    ("POST", "/knowledge/held/{item}/discard"): DECIDERS,
    ("POST", "/session/stay"): EVERYBODY,
    ("POST", "/logout"): EVERYBODY,
}
"""Who gets past the door of each route. What a case itself allows comes on top. Log-off last, since it ends the walk."""

WORDS = ("reveal", "approve", "refuse", "close", "take", "give-back", "judge-alarm")
"""Acts that need the words of the case."""


def ask(visitor: Visitor, method: str, path: str, case: object, **form: str) -> httpx.Response:
    address = path.format(case=case, attachment=uuid4(), stop=uuid4(), item=uuid4(), mail="0" * 32 + ".eml")
    if method == "POST":
        return visitor.client.post(address, data=form)
    with visitor.client.stream("GET", address) as answer:
        if path != "/live":  # which never ends
            answer.read()
    return answer


def csrf(visitor: Visitor) -> str:
    """The token that the person's pages carry."""
    page = visitor.get(visitor.get("/").headers.get("location", "/queue")).text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def test_the_table_of_this_test_names_every_route_that_needs_a_session(bench: Bench) -> None:
    routes = [one for one in make_web(bench.morning.app).router.routes if isinstance(one, Route)]
    guarded = {
        (method, one.path)
        for one in routes
        if isinstance(getattr(one.endpoint, "__self__", None), Endpoint)
        for method in (one.methods or set()) - {"HEAD"}
    }

    assert guarded == set(MAY)
    patients = ("/form/", "/chat", "/widget.js")
    rest = {one.path for one in routes if one.path not in {path for _, path in MAY}}
    assert {path for path in rest if not path.startswith(patients)} == OPEN_PATHS


@pytest.mark.parametrize("login", sorted(EVERYBODY))
def test_a_role_gets_where_the_table_says_and_nowhere_else(bench: Bench, login: str) -> None:
    case, visitor = bench.morning.cases["draft"], bench.visitor(login)
    token = csrf(visitor)
    wrong = []
    for (method, path), may in MAY.items():
        status = ask(visitor, method, path, case, csrf=token).status_code
        if (status == 403) is (login in may) or status >= 500:
            wrong.append(f"{method} {path}: {status}")

    assert wrong == []
    refused = [payload["path"] for who, payload in bench.events(EventType.ACCESS_DENIED) if who == bench.person(login)]
    assert set(refused) == {path for (_, path), may in MAY.items() if login not in may}


@pytest.mark.parametrize("login", sorted(READERS - {"nurse"}))
def test_what_needs_the_words_of_a_clinical_case_is_refused_to_who_may_not_read_them(bench: Bench, login: str) -> None:
    case, visitor = bench.morning.cases["crisis"], bench.visitor(login)
    token = csrf(visitor)

    assert {ask(visitor, "POST", f"/cases/{{case}}/{act}", case, csrf=token).status_code for act in WORDS} == {403}
    assert "pills next to me" not in visitor.get(f"/cases/{case}").text
    assert "pills next to me" not in visitor.get("/queue").text
    found = visitor.client.post("/queue/search", data={"csrf": token, "words": "pills next"})
    assert found.status_code == 200
    assert f'data-case="{case}"' not in found.text


def test_without_a_session_every_route_leads_to_the_log_in(bench: Bench) -> None:
    case, stranger = bench.morning.cases["draft"], bench.visitor()
    for method, path in MAY:
        answer = ask(stranger, method, path, case, csrf="x")
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login?next="), path


def test_a_form_without_the_token_of_its_session_does_nothing(bench: Bench) -> None:
    case, nurse, lead = bench.morning.cases["draft"], bench.visitor("nurse"), bench.visitor("lead")
    others = csrf(lead)
    for method, path in MAY:
        if method == "POST":
            for token in ("", "wrong", "ünïcode", others):
                answer = ask(nurse, method, path, case, csrf=token, reason="a reason", scope="workspace")
                assert answer.status_code == 403, path
                assert "from an earlier log-in" in answer.text, path
    assert "Nothing is stopped." in nurse.get("/stop").text


def test_a_form_that_another_site_sends_does_nothing_even_with_the_token(bench: Bench) -> None:
    lead = bench.visitor("lead")
    form = {"csrf": csrf(lead), "scope": "workspace", "reason": "a reason"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert lead.client.post("/stop", data=form, headers=headers).status_code == 403
    assert "Nothing is stopped." in lead.get("/stop").text


def test_a_file_of_the_session_says_nothing_to_scripts_of_other_sites(bench: Bench) -> None:
    shown = bench.visitor("agent").get("/queue").headers

    assert "frame-ancestors 'none'" in shown["content-security-policy"]
    assert "unsafe" not in shown["content-security-policy"]
    assert shown["cache-control"] == "no-store"
    assert shown["cross-origin-resource-policy"] == "same-origin"
