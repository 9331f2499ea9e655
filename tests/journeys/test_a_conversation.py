"""Several messages, several workers, people and machine in one conversation: nobody is overheard, nothing said twice."""

from datetime import date

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.reply import Approved, DeliveryState, Envelope, Notice, Reply
from vouchsafe.domain.staff import License, Role, User
from vouchsafe.domain.states import Stage
from vouchsafe.installing import add_user
from vouchsafe.pipeline.review import StillHeld
from vouchsafe.plugins.channels.email.send import LocalOutbox
from vouchsafe.ports.channel import Delivered, Uncertain, Undeliverable
from vouchsafe.ports.work import OutboxItem
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import alarms, outbox
from vouchsafe.store.context import Context
from vouchsafe.store.vault import SealBroken
from vouchsafe.worker import sweeps
from vouchsafe.worker.loops import Loop, Worker
from vouchsafe.worker.paging import page_due
from vouchsafe.worker.passes import advance_case
from vouchsafe.worker.sending import Sender

ROUTINE = "When is the main clinic open on Saturdays?"
CRISIS = "I do not want to live any more, I have pills here."
PASSWORD = "quartz-lantern-orchard-sleet"


def a_person(app: App, clinic: Clinic, login: str, role: Role) -> User:
    license_ = License("RN", "RN-1", date(2028, 1, 1)) if role is Role.CLINICIAN else None
    return add_user(app, clinic.workspace, login, login.title(), "Desk", frozenset({role}), PASSWORD, license_)


def stage(clinic: Clinic, case: CaseId) -> Stage:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).stage


def version(clinic: Clinic, case: CaseId) -> int:
    with clinic.store(clinic.workspace) as work:
        return work.case_row(case).version


def sent_texts(app: App) -> list[str]:
    return [path.read_text() for path in sorted(app.settings.outbox_dir.glob("*.eml")) if "page-" not in path.name]


@pytest.fixture
def while_sending(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is put here is called once in the middle of the next hand-over; `raise` what it returns if it is an error."""
    acts: list[object] = []
    real = LocalOutbox.send

    def send(self: LocalOutbox, item: Approved[Reply] | Approved[Notice], envelope: Envelope) -> Delivered:
        delivered = real(self, item, envelope)
        if acts and isinstance(item.item, Reply):
            act = acts.pop()
            assert callable(act)
            outcome = act()
            if isinstance(outcome, Exception):
                raise outcome
        return delivered

    monkeypatch.setattr(LocalOutbox, "send", send)
    return acts


def test_a_crisis_that_arrives_while_a_reply_is_handed_over_is_seen_and_pages(
    app: App, clinic: Clinic, while_sending: list[object]
) -> None:
    first = write(app, ROUTINE)
    arrived: list[CaseId] = []
    while_sending.append(lambda: arrived.append(write(app, CRISIS, number=2, after=1)))
    settle(app, clinic, first)

    (second,) = arrived
    assert stage(clinic, first) is Stage.SUPERSEDED
    advance_case(app, clinic.workspace, second)

    with clinic.store(clinic.workspace) as work:
        file = work.case_file(second)
        raised = alarms.of_case(work.context, second)
    redacted = file.drafted.grounded.understood.redacted
    assert len(redacted.unanswered) == 1, "the first question is answered; the second message is not"
    assert file.drafted.grounded.understood.findings.crisis.flag
    assert Tier.PAGE in {one.tier for one in raised}


def test_a_question_is_not_answered_twice_when_the_newer_case_was_computed_before_the_first_reply_ended(
    app: App, clinic: Clinic, while_sending: list[object]
) -> None:
    first = write(app, ROUTINE)
    arrived: list[CaseId] = []

    def write_and_compute() -> None:
        arrived.append(write(app, "And where can I park at the main clinic?", number=2, after=1))
        advance_case(app, clinic.workspace, arrived[0])

    while_sending.append(write_and_compute)
    settle(app, clinic, first)
    settle(app, clinic, arrived[0])

    assert stage(clinic, arrived[0]) is Stage.AWAITING_HUMAN
    assert sum("Saturday" in one for one in sent_texts(app)) == 1


def test_a_reply_that_may_have_left_is_shown_to_a_person_and_nothing_automatic_follows_it(
    app: App, clinic: Clinic, while_sending: list[object]
) -> None:
    first = write(app, ROUTINE)
    while_sending.append(lambda: Uncertain("the connection broke"))
    settle(app, clinic, first)

    assert stage(clinic, first) is Stage.AWAITING_HUMAN
    second = write(app, "Where can I park at the main clinic?", number=2, after=1)
    settle(app, clinic, second)
    with clinic.store(clinic.workspace) as work:
        fired = {rule.rule for rule in work.case_file(second).ruling.rules if rule.fired}
    assert "uncertain_reply" in fired
    assert len(sent_texts(app)) <= 2, "the reply once, and the notice that a person will answer"


def test_an_item_whose_sender_died_is_uncertain_only_after_every_time_out(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, ROUTINE)
    advance_case(app, clinic.workspace, case)
    monkeypatch.setattr(Sender, "_hand_over", lambda *_: DeliveryState.SENDING)
    for _ in range(2):
        Worker(app).drain(clinic.workspace)

    clinic.clock.advance(minutes=5)
    assert Sender(app).sweep(clinic.workspace) == 0
    clinic.clock.advance(minutes=2)
    assert Sender(app).sweep(clinic.workspace) == 1
    assert stage(clinic, case) is Stage.AWAITING_HUMAN
    with clinic.store(clinic.workspace) as work:
        assert {one.state for one in outbox.of_case(work.context, case)} == {DeliveryState.UNCERTAIN}


def test_an_item_that_cannot_be_opened_goes_to_a_person_and_the_others_leave(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = write(app, ROUTINE, number=1), write(app, "Where can I park at the main clinic?", number=2)
    for case in (bad, good):
        advance_case(app, clinic.workspace, case)
    real = outbox.Claimed.opened

    def opened(claimed: outbox.Claimed, context: Context) -> OutboxItem:
        if claimed.case == bad:
            raise SealBroken
        return real(claimed, context)

    monkeypatch.setattr(outbox.Claimed, "opened", opened)
    for _ in range(3):
        Worker(app).drain(clinic.workspace)

    assert stage(clinic, good) is Stage.SENT
    assert stage(clinic, bad) is Stage.PARKED
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(bad).queue


def test_one_workspace_that_fails_holds_up_no_other(app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    other = clinic.store.ids.new()
    monkeypatch.setattr(type(app), "workspaces", lambda _: (other, clinic.workspace))
    done: list[object] = []

    def duty(workspace: object) -> int:
        if workspace == other:
            raise RuntimeError
        done.append(workspace)
        return 1

    assert Worker(app)._round(Loop("duty", 1.0, duty)) == (1, 1)
    assert done == [clinic.workspace]


def test_a_conversation_stays_with_people_until_it_is_given_back(app: App, clinic: Clinic) -> None:
    agent = a_person(app, clinic, "agent", Role.AGENT)
    review = Reviewing(app, clinic.workspace)
    first = write(app, "I want to talk to a human.")
    settle(app, clinic, first)
    review.approve(first, agent, version(clinic, first), "Of course. Please call the front desk.")
    settle(app, clinic, first)
    assert stage(clinic, first) is Stage.SENT

    # Nobody is logged in any more; the sweep takes the holder off, not the people.
    second = write(app, ROUTINE, number=2, after=1)
    sweeps.return_idle_conversations(app, clinic.workspace)
    settle(app, clinic, second)
    assert stage(clinic, second) is Stage.AWAITING_HUMAN
    with clinic.store(clinic.workspace) as work:
        assert "person_holds" in {rule.rule for rule in work.case_file(second).ruling.rules if rule.fired}

    review.take(second, agent)
    review.give_back(second, agent)
    third = write(app, ROUTINE, number=3, after=1)
    settle(app, clinic, third)
    assert stage(clinic, third) is Stage.SENT


def test_a_reviewer_may_name_days_numbers_and_the_patient(app: App, clinic: Clinic) -> None:
    agent = a_person(app, clinic, "agent", Role.AGENT)
    case = write(app, "I want to talk to a human. My name is Maria Delgado-Finch.")
    settle(app, clinic, case)
    with clinic.store(clinic.workspace) as work:
        (name, *_) = [t.placeholder for t in work.tokens(work.case_row(case).conversation) if "Maria" in t.value.value]

    words = f"Hello {name}, we have you down for March 5, 2026. Our number is (555) 555-0100."
    Reviewing(app, clinic.workspace).approve(case, agent, version(clinic, case), words)
    settle(app, clinic, case)

    (reply,) = [one for one in sent_texts(app) if "March 5, 2026" in one]
    assert "Maria" in reply
    assert "(555) 555-0100" in reply
    assert "[" not in reply.split("text/plain")[1].split("--part")[0]


@pytest.mark.parametrize("words", ["Your number is 219-09-9999.", "Hello [NAME_77], come in."])
def test_a_reviewer_cannot_send_a_social_security_number_or_a_made_up_token(
    app: App, clinic: Clinic, words: str
) -> None:
    agent = a_person(app, clinic, "agent", Role.AGENT)
    case = write(app, "I want to talk to a human.")
    settle(app, clinic, case)

    with pytest.raises(StillHeld):
        Reviewing(app, clinic.workspace).approve(case, agent, version(clinic, case), words)
    assert stage(clinic, case) in {Stage.AWAITING_HUMAN, Stage.ESCALATED}


def test_a_notice_queued_before_a_stop_does_not_leave(app: App, clinic: Clinic) -> None:
    from vouchsafe.store.stops import StopScope

    lead = a_person(app, clinic, "lead", Role.LEAD)
    case = write(app, "You charged me twice and I want my money back.")
    advance_case(app, clinic.workspace, case)
    Reviewing(app, clinic.workspace).press_stop(StopScope.WORKSPACE, None, None, lead, "drill")
    for _ in range(3):
        Worker(app).drain(clinic.workspace)

    assert sent_texts(app) == []
    assert stage(clinic, case) is Stage.ESCALATED


def test_a_page_that_cannot_be_mailed_holds_up_no_other_and_is_mailed_once(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vouchsafe.plugins.channels.email.page import MailPager

    cases = [write(app, CRISIS, number=n) for n in (1, 2)]
    for case in cases:
        advance_case(app, clinic.workspace, case)
    mailed: list[str] = []

    def page(self: MailPager, to: str, *, subject: str, body: str) -> None:
        del self, to, subject
        if not mailed and str(cases[0]) in body:
            mailed.append("failed")
            raise Undeliverable("not now", permanent=False)
        mailed.append(body)

    monkeypatch.setattr(MailPager, "page", page)
    for _ in range(3):
        page_due(app, clinic.workspace)
    assert sum(str(cases[1]) in one for one in mailed) == sum(str(cases[1]) in one for one in set(mailed))
    assert not any(str(cases[0]) in one for one in mailed)

    clinic.clock.advance(seconds=31)
    page_due(app, clinic.workspace)
    assert any(str(cases[0]) in one for one in mailed)


def test_pages_end_when_a_clinician_signs_and_go_on_with_the_case_that_takes_the_place(
    app: App, clinic: Clinic
) -> None:
    nurse = a_person(app, clinic, "nurse", Role.CLINICIAN)
    first = write(app, CRISIS)
    advance_case(app, clinic.workspace, first)
    second = write(app, "Hello?", number=2, after=1)
    with clinic.store(clinic.workspace) as work:
        assert alarms.of_case(work.context, first) == ()
        assert Tier.PAGE in {one.tier for one in alarms.of_case(work.context, second)}

    settle(app, clinic, second)
    Reviewing(app, clinic.workspace).approve(second, nurse, version(clinic, second), "I am calling you now.")
    with clinic.store(clinic.workspace) as work:
        assert all(one.acknowledged_by == nurse.id for one in alarms.of_case(work.context, second))
    clinic.clock.advance(hours=2)
    assert page_due(app, clinic.workspace) == 0
