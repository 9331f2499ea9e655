"""A patient writes by form without an account or scripts, hears what to mend in plain words, and nothing is lost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from vouchsafe.domain.ids import ConversationId, MessageId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.web.clients import REFUSED_POSTS
from vouchsafe.web.screens.form import page
from vouchsafe.web.screens.form.router import reference, router
from vouchsafe.web.screens.form.service import PatientDesk

OURS = {"Sec-Fetch-Site": "same-origin"}
GOOD = {
    "name": "Ana Ruiz",
    "email": "ana@home.example",
    "subject": "Hours",
    "message": "When do you open?",
    "token": "t" * 32,
}


@dataclass
class Clinic:
    """Takes forms; `trouble` is raised instead of storing."""

    taken: list[Inbound] = field(default_factory=list)
    trouble: Exception | None = None
    busy: bool = False
    refusals: list[tuple[str, ChannelKind]] = field(default_factory=list)
    aside: bool = False

    def desk(self, name: str) -> PatientDesk | None:
        return PatientDesk("form:front", "Linden Bay Clinic", "911", "+1 555 0100") if name == "front" else None

    def take(self, inbound: Inbound) -> Accepted | Quarantined:
        if self.trouble:
            raise self.trouble
        self.taken.append(inbound)
        if self.aside:
            return Quarantined("scan_failed")
        return Accepted(MessageId(UUID(int=2**80 + 5)), ConversationId(uuid4()), None, duplicate=False)

    def allow(self, client: str) -> bool:
        assert client
        return not self.busy

    def refused(self, recipient: str, channel: ChannelKind) -> None:
        self.refusals.append((recipient, channel))

    def secret(self) -> str:
        return uuid4().hex

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


@pytest.fixture
def client(clinic: Clinic) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router(clinic))
    with TestClient(app, base_url="http://support.clinic.example", follow_redirects=False) as one:
        yield one


def send(client: TestClient, headers: dict[str, str] | None = None, files: Any = None, **fields: str) -> Any:
    return client.post("/form/front", data=GOOD | fields, files=files, headers=OURS if headers is None else headers)


def test_the_page_says_first_what_it_is_what_to_do_in_an_emergency_and_how_to_reach_a_person(
    client: TestClient,
) -> None:
    shown = client.get("/form/front")
    tree = LexborHTMLParser(shown.text)

    assert shown.status_code == 200
    assert "Call 911 now" in tree.text()
    assert "automated assistant" in tree.text()
    assert tree.css_first('a[href="tel:+15550100"]') is not None
    assert tree.css_first("#person") is not None
    assert shown.text.index("Call 911 now") < shown.text.index("<form")
    assert tree.css("script") == []


def test_every_field_has_a_label_and_hints_that_exist(client: TestClient) -> None:
    tree = LexborHTMLParser(send(client, email="", message="").text)
    labelled = {label.attributes["for"] for label in tree.css("label")}

    for control in tree.css("input:not([type=hidden]), textarea"):
        assert control.attributes["id"] in labelled
        for told in (control.attributes.get("aria-describedby") or "").split():
            assert tree.css_first(f"#{told}") is not None


def test_a_strict_policy_lets_nothing_run_but_our_own_files(client: TestClient) -> None:
    shown = client.get("/form/front")

    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "style=" not in shown.text


@pytest.mark.parametrize(
    ("address", "browser", "language"),
    [("?lang=es", "en", "es"), ("", "es-MX,es;q=0.9,en;q=0.8", "es"), ("", "fr", "en"), ("?lang=xx", "en", "en")],
)
def test_the_language_is_chosen_by_address_then_browser(
    client: TestClient, address: str, browser: str, language: str
) -> None:
    shown = client.get(f"/form/front{address}", headers={"Accept-Language": browser})

    assert f'<html lang="{language}" dir="ltr">' in shown.text
    assert ("Su mensaje" in shown.text) is (language == "es")


def test_every_word_of_the_patient_pages_is_there_in_spanish() -> None:
    known = page.catalogue("es")
    screens = Path(page.__file__).parent.parent
    for file in [*screens.glob("form/*"), *screens.glob("widget/*")]:
        if file.suffix not in {".py", ".html"}:
            continue
        for found in re.finditer(r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')""", file.read_text()):
            text = found.group(1) or found.group(2)
            assert text in known, text
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", known[text]))


def test_a_message_is_stored_before_the_page_says_sent(client: TestClient, clinic: Clinic) -> None:
    answer = send(client)
    shown = client.get(answer.headers["location"])

    (got,) = clinic.taken
    assert answer.status_code == 303
    assert got.channel is ChannelKind.WEB_FORM
    assert got.recipient == "form:front"
    assert got.new_text.value == "When do you open?"
    assert got.sender.address.value == "ana@home.example"
    assert not got.asserted
    assert reference(MessageId(UUID(int=2**80 + 5))) in shown.text
    # The address of the page names nobody and nothing that was written.
    assert "ana" not in answer.headers["location"].lower()


def test_asking_for_a_person_is_part_of_the_message(client: TestClient, clinic: Clinic) -> None:
    send(client, person="yes")

    assert clinic.taken[0].new_text.value == "When do you open?\n\nI would like a person to answer me."


def test_a_second_click_is_the_same_message_and_changed_words_are_another(client: TestClient, clinic: Clinic) -> None:
    send(client)
    send(client)
    send(client, message="And on Sundays?")

    first, second, third = (m.provider_id for m in clinic.taken)
    assert first == second
    assert third != first


@pytest.mark.parametrize(
    ("fields", "field_name"),
    [
        ({"email": ""}, "email"),
        ({"email": "ana at home"}, "email"),
        ({"email": "ana@home.example\r\nBcc: x@y.example"}, "email"),
        ({"message": "   "}, "message"),
        ({"message": "x" * 20_001}, "message"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_what_to_mend_is_said_at_the_field_and_the_words_stay(
    client: TestClient, clinic: Clinic, fields: dict[str, str], field_name: str
) -> None:
    answer = send(client, None, None, **({"subject": "My own words"} | fields))
    tree = LexborHTMLParser(answer.text)

    assert answer.status_code == 422
    assert clinic.taken == []
    assert tree.css_first(f'.errors a[href="#{field_name}"]') is not None
    control = tree.css_first(f"#{field_name}")
    assert control is not None
    assert control.attributes["aria-invalid"] == "true"
    kept = tree.css_first("#subject")
    assert kept is not None
    assert kept.attributes["value"] == "My own words"
    assert (tree.css_first("title") or tree.body).text().startswith("Error:")  # type: ignore[union-attr]  # there is a title


def test_markup_in_what_was_written_stays_words(client: TestClient) -> None:
    answer = send(client, email="", message="</textarea><script>alert(1)</script>")

    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("headers", "cookie", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
        ({"Sec-Fetch-Site": "same-site"}, True, 403),
        ({"Origin": "https://evil.example"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({"Origin": "http://support.clinic.example"}, False, 303),
        ({}, True, 303),
        ({}, False, 403),
    ],
)
def test_only_our_own_page_can_send(
    client: TestClient, clinic: Clinic, headers: dict[str, str], *, cookie: bool, status: int
) -> None:
    if cookie:
        client.cookies.set("vouchsafe_form", GOOD["token"])

    assert send(client, headers).status_code == status
    assert len(clinic.taken) == (status == 303)


def test_a_refused_page_keeps_the_words_so_that_they_can_be_sent_again(client: TestClient, clinic: Clinic) -> None:
    refused = send(client, {})
    tree = LexborHTMLParser(refused.text)
    token = tree.css_first("input[name=token]")
    assert token is not None

    again = send(client, {}, None, token=token.attributes["value"] or "")

    assert "When do you open?" in refused.text
    assert again.status_code == 303
    assert len(clinic.taken) == 1


def test_files_come_with_their_names_and_bytes(client: TestClient, clinic: Clinic) -> None:
    files = [
        ("files", ("../card ñ.pdf", b"%PDF-1.4 x", "application/pdf")),
        ("files", ("big.bin", b"x" * 3_000_000, "application/octet-stream")),
        ("files", ("", b"", "application/octet-stream")),
    ]

    assert send(client, None, files).status_code == 303
    assert [(a.file_name.value, len(a.content)) for a in clinic.taken[0].attachments] == [
        ("card ñ.pdf", 10),
        ("big.bin", 3_000_000),
    ]


def test_uploaded_files_never_touch_the_disk_unsealed(
    client: TestClient, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def to_disk(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr("tempfile.TemporaryFile", to_disk)
    files = [("files", ("big.bin", b"x" * 5_000_000, "application/octet-stream"))]

    assert send(client, None, files).status_code == 303
    assert len(clinic.taken) == 1


def test_too_many_files_are_refused_in_words(client: TestClient, clinic: Clinic) -> None:
    answer = send(client, None, [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(6)])

    assert answer.status_code == 422
    assert "at most 5 files" in answer.text
    assert clinic.taken == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"message": "x"}', "application/json", 415),
        (b"x", "", 415),
        (b"<x/>", "text/xml", 415),
        (b"no boundary", "multipart/form-data", 400),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b", 400),
        (b"\xff\xfe%zz=%", "application/x-www-form-urlencoded", 422),
        (b"&".join(b"f%d=x" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
        (b"message=" + b"x" * (26 * 1024 * 1024), "application/x-www-form-urlencoded", 413),
        (b"", "application/x-www-form-urlencoded", 422),
    ],
)
def test_a_post_of_the_wrong_kind_is_a_clear_page_not_a_failure(
    client: TestClient, clinic: Clinic, content: bytes, kind: str, status: int
) -> None:
    answer = client.post("/form/front", content=content, headers=OURS | {"Content-Type": kind})

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert clinic.taken == []


def test_a_form_that_was_cut_off_on_the_way_is_never_called_sent(client: TestClient, clinic: Clinic) -> None:
    fields = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in GOOD.items())
    file = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF half of'
    headers = OURS | {"Content-Type": "multipart/form-data; boundary=b"}

    cut = client.post("/form/front", content=(fields + file).encode(), headers=headers)
    whole = client.post("/form/front", content=(fields + file + "\r\n--b--\r\n").encode(), headers=headers)

    assert cut.status_code == 400
    assert whole.status_code == 303
    assert len(clinic.taken) == 1


def test_a_field_that_people_do_not_see_marks_a_message_but_loses_none(client: TestClient, clinic: Clinic) -> None:
    assert send(client, website="http://spam.example").status_code == 303
    assert "bait_taken" in clinic.taken[0].problems


def test_nul_and_bidi_marks_are_mended_and_named(client: TestClient, clinic: Clinic) -> None:
    send(client, message="chest\x00 pain \u202eabc")

    assert clinic.taken[0].new_text.value == "chest pain \u202eabc"
    assert clinic.taken[0].problems == ("nul_removed", "bidi_marks")


def refused_so_far(door: str) -> float:
    samples = [one for metric in REFUSED_POSTS.collect() for one in metric.samples if one.name.endswith("_total")]
    return sum(one.value for one in samples if one.labels["door"] == door)


def test_too_many_messages_are_asked_to_wait_and_keep_their_words(client: TestClient, clinic: Clinic) -> None:
    clinic.busy = True
    before = refused_so_far("form")

    answer = send(client)

    assert refused_so_far("form") == before + 1
    assert clinic.refusals == [("form:front", ChannelKind.WEB_FORM)]
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "When do you open?" in answer.text


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), RuntimeError("ana@home.example")])
def test_trouble_in_the_store_is_said_and_never_called_sent(
    client: TestClient, clinic: Clinic, trouble: Exception
) -> None:
    clinic.trouble = trouble

    answer = send(client)

    assert answer.status_code == 503
    assert "could not save" in answer.text
    assert "When do you open?" in answer.text
    assert "No space" not in answer.text


def test_a_message_put_aside_is_still_called_sent_without_a_reference(client: TestClient, clinic: Clinic) -> None:
    clinic.aside = True

    answer = send(client)
    shown = client.get(answer.headers["location"])

    assert "Your message was sent" in shown.text
    assert "Your reference" not in shown.text


def test_an_unknown_desk_is_a_plain_page(client: TestClient, clinic: Clinic) -> None:
    clinic.trouble = UnknownRecipient("gone")

    for answer in (client.get("/form/else"), client.post("/form/else", data=GOOD, headers=OURS), send(client)):
        assert answer.status_code == 404
        assert "does not exist" in answer.text


def test_a_made_up_reference_is_not_shown(client: TestClient) -> None:
    assert "<b>" not in client.get("/form/front/sent?ref=<b>x</b>").text
