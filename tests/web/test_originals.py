"""Words as they came or left: only with the case's rights, only for a reason, and always on record."""

from pathlib import Path

import pytest
from tests.web.conftest import Bench, Visitor
from tests.web.scenes import settle

from vouchsafe.domain.ids import CaseId
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import cases, messages
from vouchsafe.worker.sending import Sender


def send(bench: Bench, case: CaseId, login: str, **form: str) -> str:
    """Approve a case and let its reply leave; the name of the mail in the outbox."""
    morning, page = bench.morning, f"/cases/{case}"
    person = bench.visitor(login)
    before = set(mails(bench))
    done = person.post(f"{page}/approve", page, version=person.version(case), **form)
    assert done.status_code == 303, done.text
    settle(morning.clinic)
    Sender(morning.app).send_due(morning.clinic.workspace)
    (fresh,) = set(mails(bench)) - before
    return fresh


def mails(bench: Bench) -> list[str]:
    return [path.name for path in Path(bench.morning.app.settings.outbox_dir).glob("*.eml")]


def a_file(bench: Bench, case: CaseId) -> str:
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        row = cases.get(work.context, case)
        return str(next(a.id for t in messages.turns(work.context, row.conversation) for a in t.attachments))


def test_a_mail_in_the_outbox_opens_for_a_reason_that_is_on_record_with_its_case(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    mail = send(bench, case, "agent")
    agent = bench.visitor("agent2")

    asked = agent.get(f"/outbox?mail={mail}")
    assert asked.status_code == 200
    assert "Parking is free" not in asked.text
    assert agent.post(f"/outbox/{mail}/open", f"/outbox?mail={mail}", reason=" ").status_code == 422
    assert bench.events(EventType.ORIGINAL_READ) == []

    shown = agent.post(f"/outbox/{mail}/open", f"/outbox?mail={mail}", reason="she says it never came")
    assert "Parking is free for the first 30 minutes." in shown.text
    who, payload = bench.events(EventType.ORIGINAL_READ)[0]
    assert who == bench.person("agent2")
    assert payload == {"outbox": mail, "reason": "she says it never came"}
    assert "original:read" in bench.visitor("compliance").get(f"/cases/{case}/decision").text


def test_an_agent_does_not_open_what_a_clinician_wrote_on_a_clinical_case(bench: Bench) -> None:
    words = "Please do not take the next tablet and call the poisons line now."
    mail = send(bench, bench.morning.cases["clinical"], "nurse", edited="1", text=words)
    agent, nurse = bench.visitor("agent"), bench.visitor("nurse")

    assert agent.get(f"/outbox?mail={mail}").status_code == 403
    refused = agent.post(f"/outbox/{mail}/open", "/outbox", reason="curious")
    assert refused.status_code == 403
    assert "poisons line" not in refused.text
    assert bench.events(EventType.ACCESS_DENIED)[0][0] == bench.person("agent")
    assert bench.events(EventType.ORIGINAL_READ) == []

    shown = nurse.post(f"/outbox/{mail}/open", f"/outbox?mail={mail}", reason="she asks what was written")
    assert "poisons line" in shown.text


def test_a_page_to_the_on_call_address_holds_no_words_and_opens_at_once(bench: Bench) -> None:
    folder = Path(bench.morning.app.settings.outbox_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page-0123.eml").write_text("To: oncall@clinic.example\nSubject: a case needs a person\n\nOpen it.\n")

    assert "Open it." in bench.visitor("agent").get("/outbox?mail=page-0123.eml").text


@pytest.mark.parametrize("name", ["../keys/root.eml", "0" * 32 + ".eml", "page-%00.eml", "stray.eml"])
def test_a_mail_that_belongs_to_no_conversation_is_not_found(bench: Bench, name: str) -> None:
    folder = Path(bench.morning.app.settings.outbox_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stray.eml").write_text("To: x@home.example\nMessage-ID: <made-up@x>\nSubject: s\n\nsecret words\n")
    agent = bench.visitor("agent")

    assert agent.get(f"/outbox?mail={name}").status_code in {400, 404}
    assert agent.post(f"/outbox/{name}/open", "/outbox", reason="look").status_code in {400, 404, 405}


def download(visitor: Visitor, case: CaseId, file: str, **form: str) -> int:
    return visitor.post(f"/cases/{case}/attachments/{file}", "/queue", **form).status_code


def test_a_file_as_it_came_needs_a_reason_which_is_on_record(bench: Bench) -> None:
    case = bench.morning.cases["clinical"]
    file = a_file(bench, case)
    nurse = bench.visitor("nurse")

    assert download(nurse, case, file) == 422
    assert download(nurse, case, file, reason="") == 422
    assert bench.events(EventType.ATTACHMENT_READ) == []

    given = nurse.post(f"/cases/{case}/attachments/{file}", "/queue", reason="read the label")
    assert given.content.startswith(b"\xff\xd8\xff\xe0")
    assert given.headers["content-disposition"].startswith("attachment")
    assert bench.events(EventType.ATTACHMENT_READ) == [
        (bench.person("nurse"), {"attachment": file, "reason": "read the label"})
    ]
    assert nurse.get(f"/cases/{case}/attachments/{file}").status_code == 405


def test_a_file_of_a_clinical_case_is_not_there_for_an_agent_and_an_interpreter_has_no_right_to_any(
    bench: Bench,
) -> None:
    case = bench.morning.cases["clinical"]
    file = a_file(bench, case)

    assert download(bench.visitor("agent"), case, file, reason="look") == 404
    assert download(bench.visitor("interpreter"), case, file, reason="look") == 403
    assert download(bench.visitor("nurse"), bench.morning.cases["draft"], file, reason="look") == 404
    assert bench.events(EventType.ATTACHMENT_READ) == []


def test_revealing_leaves_an_event_with_the_reason_before_the_names_show(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    page = f"/cases/{case}"

    refused = agent.post(f"{page}/reveal", page, reason=" ")
    assert refused.status_code == 422
    assert "Ada Byron" not in refused.text
    assert bench.events(EventType.TOKEN_RESTORED) == []

    assert "Ada Byron" in agent.post(f"{page}/reveal", page, reason="she is on the phone").text
    who, payload = bench.events(EventType.TOKEN_RESTORED)[0]
    assert who == bench.person("agent")
    assert payload["reason"] == "she is on the phone"
    assert "Ada Byron" not in agent.get(page).text


def test_nobody_without_the_right_reveals_and_no_agent_reveals_a_clinical_case(bench: Bench) -> None:
    cases_ = bench.morning.cases
    agent, interpreter = bench.visitor("agent"), bench.visitor("interpreter")

    assert agent.post(f"/cases/{cases_['crisis']}/reveal", "/queue", reason="look").status_code == 403
    assert interpreter.post(f"/cases/{cases_['draft']}/reveal", "/queue", reason="look").status_code == 403
    assert bench.events(EventType.TOKEN_RESTORED) == []
