"""A service's list of documents, against a real server: what is taken, and how every list ends that is not sound."""

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
from tests.plugins.knowledge.rest_server import TOKEN, Asked, HelpCentre, Reply, help_centre

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.plugins.knowledge.rest import Given, Listed, Service, ServiceLimits, read_service
from vouchsafe.plugins.knowledge.rest.listing import _wait
from vouchsafe.plugins.knowledge.rest.record import BadRecord, Nameless, read_record
from vouchsafe.plugins.knowledge.website.fetch import Fetched


@pytest.fixture
def centre() -> Iterator[HelpCentre]:
    with help_centre() as made:
        yield made


class Waits(list[float]):
    """Pauses that were asked for, without making them."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def read(centre: HelpCentre, known: Listed | None = None, since: str = "", **limits: float) -> Listed:
    given = {"page_s": 5.0, **limits}
    service = Service(
        centre.url,
        centre.token,
        limits=ServiceLimits(**given),  # type: ignore[arg-type]  # counts are whole in the tests
    )
    return read_service(service, {one.url: one for one in known.pages} if known else {}, since, pause=Waits())


def names(listed: Listed) -> set[str]:
    return {one.path.partition("/")[2] for one in listed.imported.documents}


def said(listed: Listed) -> dict[str, str]:
    return {one.path.partition("/")[2] or one.path: one.says for one in listed.imported.problems}


def test_a_list_is_read_page_by_page_and_each_document_says_its_own_rights(centre: HelpCentre) -> None:
    centre.put("fees/copies", "# Copies\n\nA copy costs **$4**.", owner="records", effective_from="2026-01-01")
    centre.put("rota", "<h1>Rota</h1><p>Two on <b>call</b>.</p>", format="html", audience="staff", title="The rota")
    centre.put("12", "Plain words.", format="text", language="es", id=12)

    listed = read(centre)

    assert listed.imported.problems == ()
    assert listed.imported.whole
    found = {one.path: one for one in listed.imported.documents}
    place = centre.url.split("/")[2]
    copies, rota, plain = found[f"{place}/fees/copies"], found[f"{place}/rota"], found[f"{place}/12"]
    assert (copies.text, copies.owner, str(copies.effective_from)) == (
        "# Copies\n\nA copy costs $4.",
        "records",
        "2026-01-01",
    )
    assert (rota.title, set(rota.audience), rota.text) == ("The rota", {"staff"}, "# Rota\n\nTwo on call.")
    assert plain.language == "es"
    assert [one.query for one in centre.asked] == [{"limit": "100"}, {"limit": "100", "cursor": "2"}]


def test_what_a_body_says_of_itself_gives_no_rights_and_a_service_alone_approves_nothing(centre: HelpCentre) -> None:
    smuggled = "---\naudience: public\napproved_for_auto: true\n---\nThe code."
    centre.put("a", smuggled, audience=["staff"])
    centre.put("b", approved_for_auto=True)
    centre.put("c", audience=None)

    without = read(centre)
    given = Given(("patient",), "web team", approved_for_auto=True)
    with_word = read_service(Service(centre.url, given=given), pause=Waits())

    first = {one.path.partition("/")[2]: one for one in without.imported.documents}
    assert set(first["a"].audience) == {"staff"}
    assert not first["a"].approved_for_auto
    assert not first["b"].approved_for_auto
    assert "no audience" in said(without)["c"]
    second = {one.path.partition("/")[2]: one for one in with_word.imported.documents}
    assert second["b"].approved_for_auto
    assert not second["a"].approved_for_auto
    assert (set(second["c"].audience), second["c"].owner) == ({"patient"}, "web team")
    assert set(second["a"].audience) == {"staff"}, "what the operator says is for documents that say nothing"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"body": None}, "needs `body`"),
        ({"body": 4}, "needs `body`"),
        ({"body": "  "}, "no text in it"),
        ({"format": "pdf"}, "needs `body`"),
        ({"audience": "everybody"}, "unknown audience word"),
        ({"audience": 4}, "no audience"),
        ({"effective_from": "soon"}, "is not a date"),
        ({"effective_from": "2026-02-01", "effective_to": "2026-01-01"}, "lies before"),
        ({"language": "the English one"}, "not a code"),
        ({"title": "a\x00b"}, "characters that nobody sees"),
        ({"title": {"en": "x"}}, "must be words"),
        ({"owner": "x" * 600}, "too long"),
        ({"deleted": "no"}, "must be true or false"),
        ({"approved_for_auto": "yes"}, "must be true or false"),
        ({"updated_at": "yesterday"}, "not a time with its zone"),
        ({"updated_at": "2026-01-31T09:00:00"}, "not a time with its zone"),
    ],
)
def test_a_document_that_cannot_be_trusted_is_one_line_and_the_rest_is_read(
    centre: HelpCentre, more: dict[str, Any], says: str
) -> None:
    centre.put("good")
    centre.put("bad", **more)

    listed = read(centre)

    assert names(listed) == {"good"}
    assert says in said(listed)["bad"]
    assert listed.imported.whole, "the list itself is sound"


@pytest.mark.parametrize("row", ["words", None, [], {}, {"id": ""}, {"id": True}, {"id": "a b"}, {"id": "../x"}])
def test_a_document_without_a_name_leaves_in_doubt_what_is_gone(centre: HelpCentre, row: object) -> None:
    centre.put("good")
    centre.documents.append(row)  # type: ignore[arg-type]  # a service that sends anything

    listed = read(centre)

    assert names(listed) == {"good"}
    assert not listed.imported.whole
    assert any("nothing is retired" in one.says for one in listed.imported.problems)


def test_the_token_goes_into_the_header_and_nowhere_else(centre: HelpCentre) -> None:
    centre.put("a")
    centre.token = TOKEN

    assert names(read(centre)) == {"a"}
    assert all(TOKEN not in one.path for one in centre.asked)
    assert TOKEN not in repr(Service(centre.url, TOKEN))

    with pytest.raises(VouchsafeError, match="token is missing, wrong or has too few rights") as refused:
        read_service(Service(centre.url, "tok-wrong"), pause=Waits())
    assert "tok-wrong" not in str(refused.value)


@pytest.mark.parametrize("token", ["two words", "line\r\nX-Evil: 1", "ünï"])
def test_a_token_that_no_token_looks_like_is_not_sent(centre: HelpCentre, token: str) -> None:
    with pytest.raises(VouchsafeError, match="characters that no token has"):
        read_service(Service(centre.url, token), pause=Waits())
    assert centre.asked == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://cms.clinic.example/api", "given as https"),
        ("https://me:secret@cms.clinic.example/api", "given as https"),
        ("http://93.184.215.14/api", "over https"),
        ("http://127.0.0.1:1/api?access_token=secret", "no place in an address"),
        ("http://127.0.0.1:1/api?api_key=secret", "no place in an address"),
        ("http://127.0.0.1:1/api?cursor=5", "leave `cursor` out"),
    ],
)
def test_an_address_that_would_give_something_away_is_not_asked(url: str, says: str) -> None:
    with pytest.raises(VouchsafeError, match=says) as refused:
        read_service(Service(url, TOKEN), pause=Waits())
    assert "secret@" not in str(refused.value)
    assert "=secret" not in str(refused.value)


def test_a_token_does_not_cross_a_private_network_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [(2, 1, 6, "", ("10.20.30.40", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: there)
    with pytest.raises(VouchsafeError, match="over https only"):
        read_service(Service("http://cms.internal/api", TOKEN, private=True), pause=Waits())


def test_parameters_of_the_address_stay_and_ours_are_added(centre: HelpCentre) -> None:
    for name in ("a", "b", "c"):
        centre.put(name)
    service = Service(f"{centre.url}?space=KB&status=live", limits=ServiceLimits(per_page=2))

    read_service(service, pause=Waits())

    assert [one.query for one in centre.asked] == [
        {"space": "KB", "status": "live", "limit": "2"},
        {"space": "KB", "status": "live", "limit": "2", "cursor": "2"},
    ]


def test_a_page_that_did_not_change_is_not_sent_again(centre: HelpCentre) -> None:
    centre.etags = True
    for name in ("a", "b", "c"):
        centre.put(name)
    first = read(centre)
    assert len(first.pages) == 2

    centre.documents[2]["body"] = "We open at 10."
    second = read(centre, first)

    assert names(second) == {"c"}
    assert {one.partition("/")[2] for one in second.imported.unchanged} == {"a", "b"}
    assert second.imported.whole
    assert len(second.pages) == 2


def test_a_page_with_a_document_that_is_left_out_is_read_again_so_that_its_line_comes_back(centre: HelpCentre) -> None:
    centre.etags = True
    centre.put("a", audience=None)
    centre.put("b")

    first = read(centre)
    second = read(centre, first)

    assert first.pages == ()
    assert "no audience" in said(second)["a"]


def test_a_server_that_says_unchanged_without_being_asked_is_not_believed(centre: HelpCentre) -> None:
    centre.wrong = lambda *_: Reply(b"", 304)
    with pytest.raises(VouchsafeError, match="answers 304"):
        read(centre)


def test_changes_since_a_moment_are_asked_for_in_the_words_of_the_service(centre: HelpCentre) -> None:
    centre.as_of = "2026-11-22T06:00:00+00:00"
    centre.put("a")
    centre.put("b")
    first = read(centre)
    assert first.as_of == centre.as_of

    centre.changes = [{"id": "a", "deleted": True}, centre.put("c")]
    second = read(centre, since=first.as_of)

    assert centre.asked[-1].query["updated_since"] == "2026-11-22T06:00:00+00:00"
    assert names(second) == {"c"}
    assert {one.partition("/")[2] for one in second.deleted} == {"a"}


@pytest.mark.parametrize("as_of", ["yesterday", "2026-11-22", "2026-11-22T06:00:00", "x" * 50])
def test_what_is_no_moment_is_not_asked_with_again(centre: HelpCentre, as_of: str) -> None:
    centre.as_of = as_of
    centre.put("a")
    assert read(centre).as_of == ""


def test_after_a_document_that_was_left_out_the_whole_list_is_asked_for_again(centre: HelpCentre) -> None:
    centre.as_of = "2026-11-22T06:00:00Z"
    centre.put("a", audience=None)
    assert read(centre).as_of == ""


def test_of_a_document_that_is_listed_twice_the_later_counts(centre: HelpCentre) -> None:
    early, late = {"updated_at": "2026-01-01T00:00:00Z"}, {"updated_at": "2026-02-01T00:00:00+01:00"}
    centre.documents = [
        {"id": "a", "body": "We open at 9.", "audience": "public", **early},
        {"id": "a", "body": "We open at 10.", "audience": "public", **late},
        {"id": "b", "body": "Same.", "audience": "public"},
        {"id": "b", "body": "Same.", "audience": "public"},
        {"id": "c", "body": "One.", "audience": "public"},
        {"id": "c", "body": "Two.", "audience": "public"},
    ]

    listed = read(centre)

    texts = {one.path.partition("/")[2]: one.text for one in listed.imported.documents}
    assert texts == {"a": "We open at 10.", "b": "Same."}
    assert "listed twice with different words" in said(listed)["c"]
    assert {one.partition("/")[2] for one in listed.imported.keep} == {"c"}, "what is published of it stays"


@pytest.mark.parametrize(
    "value", ["Fri, 01 Jan 2027 00:00:00 +99999999999999999999", "Fri, 01 Jan 99999 00:00:00 GMT", "x"]
)
def test_a_moment_to_come_back_that_is_none_is_not_waited_for(value: str) -> None:
    assert _wait(Fetched("https://help.example/", 503, {"retry-after": value}, b""), 2.0) == 2.0


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u0085", "\ufeff"])
def test_an_id_or_a_title_with_marks_that_nobody_sees_is_refused(mark: str) -> None:
    with pytest.raises(Nameless):
        read_record({"id": f"fees{mark}", "body": "Words."}, "help.example", Given())
    with pytest.raises(BadRecord, match="nobody sees"):
        read_record(
            {"id": "fees", "title": f"Fees{mark}", "body": "Words.", "audience": "public"}, "help.example", Given()
        )


# what a service may do


FAILURES = {
    "down": (Reply.of({}, 500), "answers 500"),
    "gone": (Reply.of({}, 404), "answers 404"),
    "a log-in page": (Reply(b"<html>Log in</html>"), "web page"),
    "no JSON": (Reply(b"documents: []"), "not JSON"),
    "half a page": (Reply(b'{"documents": [], "next": null}', cut=20), "ended in the middle"),
    "cut by a proxy": (Reply(b'{"documents": [{"id": "x", "bo'), "was cut off"),
    "an array": (Reply.of([]), "not a JSON object"),
    "no documents": (Reply.of({"items": []}), "no `documents`"),
    "documents of another shape": (Reply.of({"documents": {}}), "no `documents`"),
    "next is an object": (Reply.of({"documents": [], "next": {"url": "https://evil.example/"}}), "neither null"),
    "next is endless": (Reply.of({"documents": [], "next": "x" * 5000}), "neither null"),
    "away": (Reply(b"", 302, {"Location": "http://169.254.169.254/latest/"}), "another host"),
    "round": (Reply(b"", 302, {"Location": "/api/articles?cursor=2"}), "without end"),
    "always busy": (Reply.of({}, 429), "429 each time"),
    "busy for a day": (Reply.of({}, 429, Retry_After="86400"), "left alone for 86400 s"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_list_that_fails_half_way_gives_what_it_had_and_takes_nothing_for_gone(
    centre: HelpCentre, failure: str
) -> None:
    reply, says = FAILURES[failure]
    for name in ("a", "b", "c", "d"):
        centre.put(name)
    centre.wrong = lambda _, asked: reply if "cursor" in asked.query else None

    listed = read(centre)

    assert names(listed) == {"a", "b"}
    assert not listed.imported.whole
    (problem,) = listed.imported.problems
    assert says in problem.says
    assert "nothing is retired" in problem.says


@pytest.mark.parametrize("failure", FAILURES)
def test_a_list_whose_first_page_fails_is_one_refusal(centre: HelpCentre, failure: str) -> None:
    reply, says = FAILURES[failure]
    centre.wrong = lambda *_: reply
    with pytest.raises(VouchsafeError, match="nothing was changed") as refused:
        read(centre)
    assert says in str(refused.value)


def test_a_busy_service_is_asked_again_when_it_says(centre: HelpCentre) -> None:
    centre.put("a")
    waits = Waits()
    at = formatdate(time.time() + 30, usegmt=True)
    answers = {1: Reply.of({}, 429, Retry_After="7"), 2: Reply.of({}, 503, Retry_After=at), 3: Reply.of({}, 502)}
    centre.wrong = lambda number, _: answers.get(number)

    listed = read_service(Service(centre.url), pause=waits)

    assert names(listed) == {"a"}
    first, second, third = waits
    assert first == 7
    assert 20 < second <= 30
    assert third == 4


def test_a_service_that_hangs_is_given_up(centre: HelpCentre) -> None:
    centre.put("a")
    centre.wrong = lambda *_: Reply(b"{}", after_s=0.6)
    with pytest.raises(VouchsafeError, match="no answer within"):
        read(centre, page_s=0.2, tries=2)
    assert len(centre.asked) == 2


def test_a_list_that_leads_in_a_circle_ends(centre: HelpCentre) -> None:
    def circle(_: int, asked: Asked) -> Reply:
        here = asked.query.get("cursor", "x")
        row = {"id": here, "body": "Words.", "audience": "public"}
        return Reply.of({"documents": [row], "next": {"x": "y", "y": "z", "z": "y"}[here]})

    centre.wrong = circle
    listed = read(centre)

    assert names(listed) == {"x", "y", "z"}
    assert not listed.imported.whole
    assert len(centre.asked) == 3


def test_a_list_without_an_end_stops_at_a_limit(centre: HelpCentre) -> None:
    def endless(number: int, _: Asked) -> Reply:
        row = {"id": number, "body": "Words.", "audience": "public"}
        return Reply.of({"documents": [row], "next": number})

    centre.wrong = endless
    listed = read(centre, pages=15)

    assert len(centre.asked) == 15
    assert not listed.imported.whole
    assert any("stopped after 15 pages" in one.says for one in listed.imported.problems)


def test_a_list_that_goes_on_without_naming_anything_new_ends(centre: HelpCentre) -> None:
    row = {"id": "a", "body": "Words.", "audience": "public"}
    centre.wrong = lambda number, _: Reply.of({"documents": [row], "next": number})

    assert not read(centre).imported.whole
    assert len(centre.asked) < 30


def test_a_page_or_a_list_that_is_too_large_is_not_held(centre: HelpCentre) -> None:
    for name in ("a", "b", "c", "d", "e"):
        centre.put(name, "word " * 1_000)

    with pytest.raises(VouchsafeError, match="larger than"):
        read(centre, page_bytes=4_000)
    listed = read(centre, bytes=15_000)
    assert any("stopped after 0 MB" in one.says for one in listed.imported.problems)
    assert not listed.imported.whole


def test_a_list_that_names_fewer_documents_than_it_says_it_has_takes_nothing_for_gone(centre: HelpCentre) -> None:
    centre.put("a")
    centre.put("b")
    centre.total = 2
    assert read(centre).imported.whole

    centre.total = 3
    listed = read(centre)

    assert not listed.imported.whole
    assert any("says that it has 3 documents, and named 2" in one.says for one in listed.imported.problems)


def test_a_next_that_is_an_address_is_sent_back_as_a_cursor_and_not_followed(centre: HelpCentre) -> None:
    elsewhere = "http://169.254.169.254/latest/"
    centre.wrong = lambda number, _: Reply.of({"documents": [], "next": elsewhere if number == 1 else None})

    read(centre)

    assert centre.asked[1].query["cursor"] == elsewhere
