"""The same promises at every door: a routine question is answered, a risk reaches people, a person is always had (R22).

Each door is the real one: a mail server's LMTP session, a browser's posts to the web server. What came back is read
where the person would read it.
"""

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select
from tests.conftest import Clinic
from tests.journeys.scene import settle
from tests.web.conftest import running

from vouchsafe.app import App
from vouchsafe.domain.draft import Citation
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import Stage
from vouchsafe.installing import add_user
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import desks, schema
from vouchsafe.worker.loops import Worker

ADA = "ada@home.example"
OURS = {"Sec-Fetch-Site": "same-origin"}
ROUTINE = "Hello, when is the main clinic open on Saturdays? Thank you"
CLINICAL = "Since yesterday I have strong chest pain and my left arm is numb. Should I take another aspirin?"
MY_OWN_WORDS = "I have looked at it for you myself."
WISHES = "I want to talk to a person, please."


class MailDoor:
    """Mail by LMTP; answers are read in Ada's mailbox."""

    kind = ChannelKind.EMAIL

    def __init__(self, app: App, door: MailListener) -> None:
        self._outbox, self._door, self._number = app.settings.outbox_dir, door, count(1)

    def write(self, words: str) -> None:
        mail = (
            f"From: Ada <{ADA}>\nMessage-ID: <m{next(self._number)}@home.example>\nSubject: Opening hours\n\n{words}\n"
        )
        with smtplib.LMTP("127.0.0.1", self._door.port) as client:
            assert client.sendmail(ADA, ["desk@clinic.example"], mail) == {}

    def press_person(self) -> None:
        """A mail has no button: whoever writes says it in words."""
        self.write(WISHES)

    def read(self) -> str:
        return in_the_mailbox(self._outbox)


class FormDoor:
    """The web form in a browser without scripts; answers come by mail."""

    kind = ChannelKind.WEB_FORM

    def __init__(self, app: App, browser: httpx.Client) -> None:
        self._outbox, self._browser = app.settings.outbox_dir, browser

    def write(self, words: str) -> None:
        self._send(message=words)

    def press_person(self) -> None:
        self._send(message=ROUTINE, person="yes")

    def read(self) -> str:
        return in_the_mailbox(self._outbox)

    def _send(self, **fields: str) -> None:
        page = LexborHTMLParser(self._browser.get("/form/patient").text)
        field = page.css_first('input[name="token"]')
        token = (field.attributes["value"] if field else "") or ""
        told = {"token": token, "name": "Ada", "email": ADA, "subject": "Opening hours", "lang": "en", **fields}
        answer = self._browser.post("/form/patient", data=told, headers=OURS)
        assert answer.status_code == 303, answer.text
        assert "/form/patient/sent" in answer.headers["location"]


class ChatDoor:
    """The chat in a browser without scripts; answers stand in its page."""

    kind = ChannelKind.CHAT

    def __init__(self, app: App, browser: httpx.Client) -> None:
        del app
        self._browser, self._number = browser, count(1)
        assert browser.get("/chat", params={"desk": "patient"}).status_code == 200

    def write(self, words: str) -> None:
        self._post("/chat/messages", text=words)

    def press_person(self) -> None:
        self._post("/chat/person")

    def read(self) -> str:
        page = LexborHTMLParser(self._browser.get("/chat", params={"desk": "patient"}).text)
        return " ".join(" ".join(line.text(separator=" ").split()) for line in page.css("#lines > *"))

    def _post(self, path: str, **fields: str) -> None:
        told = {"desk": "patient", "lang": "en", "id": f"line-{next(self._number):08}", **fields}
        answer = self._browser.post(path, data=told, headers={**OURS, "Accept": "application/json"})
        assert answer.json() == {"taken": True}, answer.text


Door = MailDoor | FormDoor | ChatDoor


def in_the_mailbox(folder: Path) -> str:
    """The words of every mail to Ada, oldest first."""
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    ]
    bodies = [mail.get_body(("plain",)) for mail in mails if ADA in str(mail["To"])]
    return " ".join(" ".join(body.get_content().split()) for body in bodies if body is not None)


@pytest.fixture
def doors(app: App, clinic: Clinic) -> Iterator[Callable[[ChannelKind], Door]]:
    with clinic.store(clinic.workspace) as work:
        desks.add_route(work.context.connection, app.store.vault, "desk:patient", clinic.workspace, clinic.desk)
    listener = MailListener(ListenerConfig(), intake=app.intake, quarantine=app.quarantine, clock=clinic.clock)
    with running(app) as address, listener, httpx.Client(base_url=address) as browser:

        def open_(kind: ChannelKind) -> Door:
            if kind is ChannelKind.EMAIL:
                return MailDoor(app, listener)
            return FormDoor(app, browser) if kind is ChannelKind.WEB_FORM else ChatDoor(app, browser)

        yield open_


def the_case(clinic: Clinic, door: Door) -> CaseId:
    """The newest case, which came through this door."""
    table = schema.case
    with clinic.store(clinic.workspace) as work:
        newest = select(table.c.id, table.c.channel).order_by(table.c.id.desc()).limit(1)
        row = work.context.connection.execute(newest).one()
    assert row.channel == door.kind.value
    return CaseId(row.id)


def stage(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def an_agent(app: App, clinic: Clinic) -> User:
    return add_user(
        app, clinic.workspace, "noor", "Noor", "Front desk", frozenset({Role.AGENT}), "quartz-lantern-orchard"
    )


every_door = pytest.mark.parametrize("kind", list(ChannelKind))


@every_door
def test_a_routine_question_is_answered_with_the_disclosure_and_the_way_to_a_person(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door], kind: ChannelKind
) -> None:
    door = doors(kind)
    door.write(ROUTINE)
    case = the_case(clinic, door)
    settle(app, clinic, case)

    assert stage(clinic, case) is Stage.SENT
    with clinic.store(clinic.workspace) as work:
        file = work.case_file(case)
    assert file.reply is not None
    assert all(isinstance(one, Citation) for one in file.reply.item.citations)
    phrases = app.pack("patient").phrases_in("en")
    for words in (phrases.disclosure, phrases.human_path, "Saturday"):
        assert words in door.read()


@every_door
def test_a_risk_reaches_people_and_only_the_notice_comes_back(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door], kind: ChannelKind
) -> None:
    door = doors(kind)
    door.write(CLINICAL)
    case = the_case(clinic, door)
    settle(app, clinic, case)

    pack = app.pack("patient")
    assert stage(clinic, case) is Stage.ESCALATED
    assert pack.emergency_number in door.read()
    assert pack.phrases_in("en").greeting not in door.read()


@every_door
@pytest.mark.parametrize("in_words", [True, False])
def test_whoever_asks_for_a_person_reaches_one_who_answers_by_name(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door], kind: ChannelKind, *, in_words: bool
) -> None:
    agent, door = an_agent(app, clinic), doors(kind)
    if in_words:
        door.write(f"When are you open on Saturdays? {WISHES}")
    else:
        door.press_person()
    case = the_case(clinic, door)
    settle(app, clinic, case)
    assert stage(clinic, case) in {Stage.AWAITING_HUMAN, Stage.ESCALATED}
    with clinic.store(clinic.workspace) as work:
        fired = {str(rule.rule) for rule in work.case_file(case).ruling.rules if rule.fired}
        row = work.case_row(case)
    assert "human_request" in fired
    assert row.queue
    phrases = app.pack("patient").phrases_in("en")
    assert phrases.greeting not in door.read(), "a notice may come, an answer of the machine may not"
    before = door.read()

    Reviewing(app, clinic.workspace).approve(case, agent, row.version, MY_OWN_WORDS)
    for _ in range(2):
        settle(app, clinic, case)

    assert stage(clinic, case) is Stage.SENT
    said = door.read().removeprefix(before)
    assert MY_OWN_WORDS in said
    assert agent.signature in said
    assert phrases.disclosure not in said


def turn(app: App, clinic: Clinic) -> None:
    """Every duty of a worker but the passes, whose jobs wait behind one that hangs."""
    worker = Worker(app)
    for _ in range(2):
        worker.drain(clinic.workspace)


@every_door
def test_whoever_waits_behind_a_pass_that_hangs_hears_within_a_minute_and_once(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door], kind: ChannelKind
) -> None:
    door, told = doors(kind), app.pack("patient").notice(NoticeKind.WAITING, "en").text
    door.write(WISHES)
    case, opened_at = the_case(clinic, door), clinic.clock.now()
    clinic.clock.advance(seconds=44)
    turn(app, clinic)
    assert told not in door.read(), "most are computed by then, and hear who answers"

    clinic.clock.advance(seconds=2)
    turn(app, clinic)
    assert door.read().count(told) == 1
    assert stage(clinic, case) is Stage.RECEIVED, "nothing was judged, and the pass still comes"
    assert clinic.clock.now() - opened_at <= timedelta(seconds=60)

    clinic.clock.advance(seconds=30)
    turn(app, clinic)
    settle(app, clinic, case)
    assert door.read().count(told) == 1
    assert stage(clinic, case) is Stage.AWAITING_HUMAN
    assert "will answer you within" in door.read(), "then it hears who answers and when"


@every_door
def test_a_routine_question_that_waited_is_answered_all_the_same(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door], kind: ChannelKind
) -> None:
    door = doors(kind)
    door.write(ROUTINE)
    clinic.clock.advance(seconds=50)
    turn(app, clinic)
    case = the_case(clinic, door)
    settle(app, clinic, case)

    assert stage(clinic, case) is Stage.SENT
    assert "Saturday" in door.read()


def test_the_answer_to_a_form_is_gone_on_with_by_mail_in_one_conversation(
    app: App, clinic: Clinic, doors: Callable[[ChannelKind], Door]
) -> None:
    form = doors(ChannelKind.WEB_FORM)
    form.write(ROUTINE)
    first = the_case(clinic, form)
    settle(app, clinic, first)
    (answer,) = app.settings.outbox_dir.glob("*.eml")
    key = message_from_bytes(answer.read_bytes())["Message-ID"]
    clinic.clock.advance(minutes=5)

    mail = f"From: {ADA}\nMessage-ID: <r1@home.example>\nIn-Reply-To: {key}\nSubject: Re: Question\n\nAnd on Sundays?\n"
    door = doors(ChannelKind.EMAIL)
    assert isinstance(door, MailDoor)
    with smtplib.LMTP("127.0.0.1", door._door.port) as client:
        client.sendmail(ADA, ["desk@clinic.example"], mail)

    with clinic.store(clinic.workspace) as work:
        newer = work.case_row(the_case(clinic, door))
        assert newer.conversation == work.case_row(first).conversation
