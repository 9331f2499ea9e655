"""One message from arrival to a sent answer and a verified trail, with every real part but the mail relay."""

import re
from email import message_from_bytes

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.states import Stage
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.verify import Verdict
from vouchsafe.store import alarms, audit, outbox, trail
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case


def test_a_routine_question_is_answered_with_citations_and_the_log_verifies(app: App, clinic: Clinic) -> None:
    case = write(app, "Hello, when is the main clinic open on Saturdays? Thank you")
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        file = work.case_file(case)
        types = [one.leaf.type.value for one in trail.of_case(work.context, case)]
    assert row.stage is Stage.SENT, [r.reason for r in file.ruling.rules if r.fired]
    assert types.index("reply:queued") < types.index("reply:attempted") < types.index("reply:sent")
    assert file.reply is not None
    assert file.reply.item.citations
    (mail,) = list((app.settings.outbox_dir).glob("*.eml"))
    message = message_from_bytes(mail.read_bytes())
    assert message["To"] == "Ada Byron <ada1@home.example>"
    assert message["In-Reply-To"] == "<m1@home.example>"
    clinic.clock.advance(minutes=2)
    Worker(app).drain(clinic.workspace)
    found = audit.verify(clinic.store.database, clinic.keys, clinic.workspace, "clinic.example")
    assert found.verdict is Verdict.VERIFIED, found


def test_passages_draft_and_ruling_each_carry_their_sources_versions_and_time(app: App, clinic: Clinic) -> None:
    # Three of the four kinds of output of R6; the fourth, an extracted field, is none of this version (decision 0021).
    case = write(app, "Hello, when is the main clinic open on Saturdays? Thank you")
    settle(app, clinic, case)
    with clinic.store(clinic.workspace) as work:
        found = {one.leaf.type: one for one in trail.of_case(work.context, case)}
    passages, draft, ruling = (
        found[one] for one in (EventType.PASSAGES_CHOSEN, EventType.DRAFT_MADE, EventType.RULING_MADE)
    )

    assert passages.leaf.sources
    assert re.fullmatch(r"[a-z][\w./-]*@[0-9a-f]{12,64}", passages.leaf.manifest or ""), "the index and its version"
    assert set(draft.leaf.sources) <= set(passages.leaf.sources), "it cites what it was given"
    assert draft.leaf.sources
    assert re.fullmatch(r"extractive-1@[0-9a-f]{12,64}", draft.leaf.model or "")
    assert draft.payload is not None
    cited = [line["source"] for part in draft.payload["paragraphs"] for line in part if line["origin"] == "verbatim"]  # type: ignore[union-attr,index,call-overload]  # the shape that trace.draft_payload gives
    assert cited
    assert set(cited) <= set(draft.leaf.sources)
    assert draft.leaf.pack == ruling.leaf.pack == app.pack("patient").ref
    assert ruling.payload is not None
    rules = ruling.payload["rules"]
    assert isinstance(rules, list)
    assert all(isinstance(one, dict) and (one["source"] or not one["fired"]) for one in rules)
    arrived = found[EventType.MESSAGE_RECEIVED].leaf.ts
    assert all(one.leaf.ts >= arrived > 0 for one in (passages, draft, ruling))


def test_a_clinical_question_reaches_clinicians_and_only_a_notice_leaves(app: App, clinic: Clinic) -> None:
    case = write(
        app, "Since yesterday I have strong chest pain and my left arm is numb. Should I take another aspirin?"
    )
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        items = outbox.of_case(work.context, case)
        (found,) = [one for one in trail.of_case(work.context, case) if one.leaf.type.value == "findings:made"]
    assert row.stage is Stage.ESCALATED
    assert row.queue == "on_call_clinician"
    assert found.payload is not None
    assert found.payload["phi"] is True
    assert [type(item.item.item).__name__ for item in items] == ["Notice"]


def test_a_page_is_mailed_without_words_of_the_patient(app: App, clinic: Clinic) -> None:
    case = write(app, "I do not want to live any more, I have pills here.")
    settle(app, clinic, case)

    pages = [mail.read_text() for mail in app.settings.outbox_dir.glob("page-*.eml")]
    assert pages
    assert all("pills" not in page and "Ada" not in page and str(case) in page for page in pages)


def test_a_pressed_stop_holds_what_was_approved_and_not_yet_sent(app: App, clinic: Clinic) -> None:
    from vouchsafe.store import stops
    from vouchsafe.store.stops import StopScope

    case = write(app, "When is the main clinic open on Saturdays?")
    advance_case(app, clinic.workspace, case)
    with clinic.store(clinic.workspace) as work:
        by = clinic.store.ids.new()
        stops.press(work.context, StopScope.WORKSPACE, desk=None, intent=None, by=UserId(by), reason="drill")
    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN
    assert not list(app.settings.outbox_dir.glob("*.eml"))


def test_a_failed_computation_is_parked_for_a_person_and_nothing_is_lost(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, "When are you open?")

    def broken(*_: object) -> None:
        raise RuntimeError("quotes Ada Byron")

    monkeypatch.setattr("vouchsafe.pipeline.flow.advance", broken)
    advance_case(app, clinic.workspace, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        events = trail.of_case(work.context, case)
        raised = alarms.of_case(work.context, case)
        sent = outbox.of_case(work.context, case)
    # Nobody judged the words, so a clinician gets them, with a due time, an alarm, and a notice to the writer.
    assert (row.stage, row.queue) == (Stage.ESCALATED, "nursing_supervisor")
    assert row.due_at is not None
    assert [one.tier for one in raised] == [Tier.CLINICAL]
    assert [type(one.item.item).__name__ for one in sent] == ["Notice"]
    assert next(e for e in events if e.leaf.type.value == "case:parked").payload == {"failure": "RuntimeError"}


def test_a_case_that_takes_the_worker_down_every_time_is_not_read_by_it_again(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, "When are you open?")

    def must_not_run(*_: object, **__: object) -> None:
        raise AssertionError("the redactor was tried again")

    monkeypatch.setattr(type(app.redactor), "redact", must_not_run)
    advance_case(app, clinic.workspace, case, attempts=3)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.ESCALATED
        file = work.case_file(case)
    assert file.drafted.grounded.understood.redacted.failed
    assert {rule.rule for rule in file.ruling.rules if rule.fired} >= {"redaction_failed", "clinical"}


def test_where_even_the_last_resort_fails_the_case_is_parked_with_an_owner(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(app, "When are you open?")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vouchsafe.pipeline.flow.advance", broken)
    monkeypatch.setattr("vouchsafe.pipeline.flow.unread", broken)
    advance_case(app, clinic.workspace, case)

    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        raised = alarms.of_case(work.context, case)
    assert (row.stage, row.queue) == (Stage.PARKED, "nursing_supervisor")
    assert row.due_at is not None
    assert len(raised) == 1


def test_a_reply_refused_for_now_is_tried_again_later(app: App, clinic: Clinic) -> None:
    case = write(app, "When is the main clinic open on Saturdays?")
    advance_case(app, clinic.workspace, case)
    app.settings.outbox_dir.parent.mkdir(parents=True, exist_ok=True)
    app.settings.outbox_dir.write_text("a file where the folder should be")
    worker = Worker(app)
    for _ in range(2):
        worker.drain(clinic.workspace)
    app.settings.outbox_dir.unlink()
    clinic.clock.advance(minutes=1)
    for _ in range(3):
        worker.drain(clinic.workspace)

    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.SENT
