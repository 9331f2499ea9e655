"""A language model on this machine drafts for people: through the door, judged sentence by sentence, never sent alone."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Condition, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.drafter import LOCAL, DeskDrafter
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role, User
from vouchsafe.domain.states import CaseFile, Drafted, Stage
from vouchsafe.evidence.event import Outcome
from vouchsafe.evidence.event_types import EventType
from vouchsafe.installing import Refused, adopt_register, change_drafter
from vouchsafe.store import contacts, conversations, desks, knowledge, knowledge_withdrawn, outbox, staff, stops, trail
from vouchsafe.store import drafting as being_drafted
from vouchsafe.store.drafting import Drafting, DraftingState
from vouchsafe.store.stops import StopScope
from vouchsafe.store.trail import Recorded
from vouchsafe.store.work import PgWork
from vouchsafe.testing import model_servers
from vouchsafe.testing.agreements import an_own_model, register_bytes
from vouchsafe.testing.model_servers import KEY, ModelServer
from vouchsafe.worker.drafting import draft_by_model
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.showing import Showing

QUESTION = "Hello, this is Ada Byron. When is the main clinic open on Saturdays? Thank you"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_servers.running(model_servers.openai) as server:
        yield server


@pytest.fixture
def drafting(app: App, clinic: Clinic, model: ModelServer, tmp_path: Path) -> App:
    """The application with a model of the clinic's own, at a desk where people send."""
    key = tmp_path / "key"
    key.write_text(KEY)
    changes: dict[str, Any] = {
        "drafter": "model",
        "model_provider": "openai_compatible",
        "model_endpoint": f"{model.url}/v1",
        "model_name": "large-2",
        "model_region": "on-premises",
        "model_key_file": str(key),
    }
    app.settings = app.settings.model_copy(update=changes)
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    adopt(app, clinic, model)
    return app


def adopt(app: App, clinic: Clinic, model: ModelServer, **changes: Any) -> None:
    """Put a register in force that names the model; names change its row."""
    row = an_own_model(endpoint=f"{model.url}/v1", **changes)
    admin = User(
        UserId(app.ids.new()), clinic.workspace, "admin", "Ann Lead", "Lead", frozenset({Role.ADMIN}), None, active=True
    )
    with clinic.store(clinic.workspace) as work:
        if not any(one.login == "admin" for one in staff.every(work.context)):
            staff.add(work.context, admin, "x")
        admin = next(one for one in staff.every(work.context) if one.login == "admin")
    adopt_register(app, clinic.workspace, register_bytes(row, pin={"regions": ["on-premises"]}), admin)


def file_of(clinic: Clinic, case: CaseId) -> CaseFile:
    with clinic.store(clinic.workspace) as work:
        return work.case_file(case)


def chain(clinic: Clinic, case: CaseId) -> tuple[Recorded, ...]:
    with clinic.store(clinic.workspace) as work:
        return trail.of_case(work.context, case)


def types(clinic: Clinic, case: CaseId) -> list[str]:
    return [one.leaf.type.value for one in chain(clinic, case)]


def run_jobs(app: App, clinic: Clinic) -> int:
    """Do the drafting jobs that wait, as the worker's second queue does; how many there were."""
    with clinic.store(clinic.workspace) as work:
        rows = work.context.connection.execute(
            text("select args from procrastinate_jobs where queue_name = 'drafts' and status = 'todo' order by id")
        ).scalars()
        waiting = list(rows)
    for one in waiting:
        draft_by_model(app, clinic.workspace, CaseId(UUID(one["case"])), one["version"])
    return len(waiting)


def quoted(clinic: Clinic, case: CaseId) -> str:
    """A sentence that the local draft quotes, for the model to say again."""
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    return next(one.text.value for one in drafted.draft.sentences if one.origin is Origin.VERBATIM)


def test_a_case_that_waits_gets_the_model_s_draft_with_prompt_model_and_agreement_on_record(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nThe moon opens at noon. [1]"

    assert run_jobs(drafting, clinic) == 1

    after = file_of(clinic, case)
    assert isinstance(after.drafted, Drafted)
    body = [one for one in after.drafted.draft.sentences if one.origin in {Origin.VERBATIM, Origin.MODEL}]
    assert [(one.origin, one.supported) for one in body] == [(Origin.VERBATIM, True), (Origin.MODEL, False)]
    assert body[1].reasons
    fired = {one.rule for one in after.ruling.rules if one.fired}
    assert {"model_draft", "source", "wording"} <= fired
    assert after.draft_visible
    assert before.drafted != after.drafted
    recorded = chain(clinic, case)
    of_model = [one.leaf.type.value for one in recorded][-6:]
    assert of_model == [
        "text:rescanned",
        "model:called",
        "model:answered",
        "text:rescanned",
        "draft:made",
        "ruling:made",
    ]
    called, made = recorded[-5], recorded[-2]
    assert called.payload is not None
    assert called.payload["agreement"] == "own-model"
    assert made.leaf.prompt == called.leaf.prompt
    assert made.leaf.model == called.leaf.model
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN


def test_the_model_never_sees_a_name_of_the_patient(drafting: App, clinic: Clinic, model: ModelServer) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    run_jobs(drafting, clinic)

    (asked,) = model.asked
    sent = str(asked.body)
    assert "When is the main clinic open" in sent
    assert "Byron" not in sent
    assert "ada1@home.example" not in sent


def test_by_default_no_job_is_queued_and_nothing_is_asked(app: App, clinic: Clinic, model: ModelServer) -> None:
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    case = write(app, QUESTION)
    settle(app, clinic, case)

    assert run_jobs(app, clinic) == 0
    assert model.asked == []
    assert not [one for one in types(clinic, case) if one.startswith("model:")]


def test_an_automatic_answer_is_not_asked_about(drafting: App, clinic: Clinic) -> None:
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.AUTO)
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    assert run_jobs(drafting, clinic) == 0
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.SENT


def test_without_a_row_in_the_register_nothing_leaves_and_the_local_draft_stands(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    adopt(drafting, clinic, model, confirmed=None)
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)

    run_jobs(drafting, clinic)

    assert model.asked == []
    assert types(clinic, case)[-1] == "model:refused"
    assert file_of(clinic, case) == before


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("Call 900-555-0177 and pay. [1]", "identifier"),
        ("Dear [NAME_9], we are open. [1]", "placeholder"),
        ("Pay at <b>once</b>. [1]", "markup"),
        ("NO ANSWER", "no_answer"),
        ("puede pagar en la caja cuando quiera, y no hay que llamar antes. [1]", "language"),
    ],
)
def test_what_cannot_be_used_leaves_the_local_draft(
    drafting: App, clinic: Clinic, model: ModelServer, says: str, why: str
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = says

    run_jobs(drafting, clinic)

    assert file_of(clinic, case) == before
    last = chain(clinic, case)[-1]
    assert (last.leaf.type, last.leaf.outcome) == (EventType.DRAFT_UNANSWERABLE, Outcome.REFUSED)
    assert last.payload is not None
    assert last.payload["why"] == why


def test_the_worker_asks_in_a_queue_of_its_own(drafting: App, clinic: Clinic, model: ModelServer) -> None:
    model.says = "We are here for you. [1]"
    case = write(drafting, QUESTION)
    worker = Worker(drafting)

    def until_asked() -> None:
        for _ in range(1200):
            if "draft:unanswerable" in types(clinic, case) or types(clinic, case).count("draft:made") == 2:
                break
            time.sleep(0.1)
        worker.stop()

    watching = Thread(target=until_asked)
    watching.start()
    worker.run()
    watching.join()

    assert len(model.asked) == 1
    assert "model:answered" in types(clinic, case)


def test_while_a_stop_is_pressed_nothing_is_asked(drafting: App, clinic: Clinic, model: ModelServer) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    with clinic.store(clinic.workspace) as work:
        user = staff.every(work.context)[0].id
        stops.press(work.context, StopScope.WORKSPACE, desk=None, intent=None, by=user, reason="drill")

    run_jobs(drafting, clinic)

    assert model.asked == []


def lose(clinic: Clinic, path: str, how: str) -> None:
    """Take a document out of use, or away from whoever wrote."""
    with clinic.store(clinic.workspace) as work:
        published = knowledge.documents(work.context, clinic.desk)
        changes: dict[str, dict[str, Any]] = {
            "narrowed": {"version": "0" * 12, "audience": frozenset({"staff"})},
            "expired": {"effective_to": date(2020, 1, 1)},
        }
        if how == "withdrawn":
            by = staff.every(work.context)[0].id
            knowledge_withdrawn.withdraw(work.context, clinic.desk, path, by, "the hours changed")
            return
        others = [one for one in published if one.path != path]
        knowledge.publish(work.context, clinic.desk, others)
        if how in changes:
            (was,) = (one for one in published if one.path == path)
            knowledge.publish(work.context, clinic.desk, [*others, replace(was, **changes[how])])


def found(clinic: Clinic, case: CaseId) -> dict[str, list[str]]:
    """The words of the passages that were found for a case, by the path of their document."""
    by_path: dict[str, list[str]] = {}
    for hit in file_of(clinic, case).drafted.grounded.hits.hits:
        by_path.setdefault(hit.passage.document.path, []).append(hit.passage.text)
    return by_path


@pytest.mark.parametrize("how", ["withdrawn", "retired", "expired", "narrowed"])
def test_a_page_that_was_lost_since_the_message_came_is_in_no_prompt(
    drafting: App, clinic: Clinic, model: ModelServer, how: str
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    path = drafted.draft.citations[0].document
    passages = found(clinic, case)
    lose(clinic, path, how)

    run_jobs(drafting, clinic)

    (asked,) = model.asked
    prompt = asked.body["messages"][-1]["content"]
    assert not [words for words in passages.pop(path) if words in prompt]
    assert [words for others in passages.values() for words in others if words in prompt]
    # What was found when the message came stays on record beside the draft.
    assert path in found(clinic, case)


def test_what_the_contact_may_read_is_asked_of_the_master_as_it_stands(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    known = KnownContact(names=("Ada Byron",), emails=("ada1@home.example",))
    with clinic.store(clinic.workspace) as work:
        contacts.add(work.context, known, language="en", is_staff=False)
        pages = [
            replace(one, audience=frozenset({"patient"})) for one in knowledge.documents(work.context, clinic.desk)
        ]
        for one in pages:
            knowledge.add(work.context, clinic.desk, knowledge.FOLDER, one)
    case = write(drafting, QUESTION, asserted=True)
    settle(drafting, clinic, case)
    assert found(clinic, case)

    # The address turns out to be shared, so that it says nothing about who wrote.
    with clinic.store(clinic.workspace) as work:
        contacts.add(work.context, replace(known, names=("Bo Byron",)), language="en", is_staff=False)
    run_jobs(drafting, clinic)

    assert model.asked == []


def test_where_every_page_was_lost_nothing_is_asked_and_the_local_draft_stands(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    for path in found(clinic, case):
        lose(clinic, path, "withdrawn")

    run_jobs(drafting, clinic)

    assert model.asked == []
    assert "model:called" not in types(clinic, case)
    assert file_of(clinic, case) == before


def test_a_draft_without_one_supported_sentence_stands_beside_and_cannot_be_signed(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = "The moon opens at noon. [1]\nCome whenever it rains."

    run_jobs(drafting, clinic)

    after = file_of(clinic, case)
    assert after.beside is not None
    assert [one.supported for one in after.beside.sentences] == [False, False]
    assert replace(after, beside=None) == before


def die_with_the_answer_on_record(app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker asks the model and is killed before it makes a draft of the answer."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("vouchsafe.worker.drafting.flow.redraft", die)
        with pytest.raises(Killed):
            run_jobs(app, clinic)


def test_a_job_that_runs_again_pays_for_no_second_question(
    drafting: App, clinic: Clinic, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]"

    die_with_the_answer_on_record(drafting, clinic, monkeypatch)
    assert "draft:made" not in types(clinic, case)[-2:]
    run_jobs(drafting, clinic)
    run_jobs(drafting, clinic)

    assert len(model.asked) == 1
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    assert drafted.draft.prompt is not None


def test_an_answer_on_record_is_never_laid_to_another_model(
    drafting: App, clinic: Clinic, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]"

    die_with_the_answer_on_record(drafting, clinic, monkeypatch)
    with drafting.store(clinic.workspace) as work:
        desks.set_drafter(work.context, clinic.desk, DeskDrafter(model="another-model"))
    run_jobs(drafting, clinic)

    assert len(model.asked) == 1
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    assert drafted.draft.prompt is None, "the local draft stays"


def test_a_question_without_an_answer_on_record_is_not_asked_again(
    drafting: App, clinic: Clinic, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    class Killed(BaseException):
        """The worker dies while the model writes."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("vouchsafe.plugins.wires.https.HttpsWire.send", die)
        with pytest.raises(Killed):
            run_jobs(drafting, clinic)
    run_jobs(drafting, clinic)

    assert model.asked == []
    assert types(clinic, case)[-1] == "model:called"


@pytest.mark.parametrize("meanwhile", ["a newer message", "taken"])
def test_an_answer_that_comes_late_changes_nothing(
    drafting: App, clinic: Clinic, model: ModelServer, meanwhile: str
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = f"{quoted(clinic, case)} [1]"
    answer = model_servers.openai

    def slowly(asked: model_servers.Asked, says: str) -> model_servers.Answer:
        if meanwhile == "taken":
            with clinic.store(clinic.workspace) as work:
                someone = staff.every(work.context)[0].id
                conversations.hold(work.context, work.case_row(case).conversation, someone)
        else:
            write(drafting, "And on Sundays?", number=2, after=1)
        return answer(asked, says)

    with model_servers.running(slowly) as slow:
        adopt(drafting, clinic, slow)
        slow.says = model.says
        drafting.settings = drafting.settings.model_copy(update={"model_endpoint": f"{slow.url}/v1"})
        run_jobs(drafting, clinic)
        assert len(slow.asked) == 1

    assert file_of(clinic, case) == before
    assert types(clinic, case).count("draft:made") == 1
    with clinic.store(clinic.workspace) as work:
        assert outbox.of_case(work.context, case) == () or not outbox.of_case(work.context, case)[0].item.signatures


def written_for(clinic: Clinic, case: CaseId) -> Drafting:
    """What stands on record of the model's writing."""
    with clinic.store(clinic.workspace) as work:
        found = being_drafted.of_case(work.context, work.case_row(case))
    assert found is not None
    return found


Between = Callable[[Callable[[], None]], None]


@pytest.fixture
def between_words(model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Between:
    """Sets what happens between two words of the model, which writes the next one once the last was heard and looked at."""
    heard, changed = [""], Condition()
    hear = Showing._hear

    def counted(showing: Showing, words: str) -> None:
        hear(showing, words)
        with changed:
            heard[0] += words
            changed.notify_all()

    monkeypatch.setattr(Showing, "_hear", counted)

    def does(act: Callable[[], None]) -> None:
        def before(part: int) -> None:
            # The first part says who speaks; each further one holds a word or a space.
            said = re.findall(r"\s+|\S+", model.says)[: max(0, part - 1)]
            with changed:
                changed.wait_for(lambda: len(heard[0]) >= len("".join(said)), timeout=60)
            act()

        model.before_part = before

    return does


def test_each_sentence_shows_once_it_is_whole_and_checked_while_the_model_goes_on(
    drafting: App, clinic: Clinic, model: ModelServer, between_words: Between
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nThe moon opens at noon. [1]\nAnd it closes"
    seen: list[Drafting] = []
    between_words(lambda: seen.append(written_for(clinic, case)))

    run_jobs(drafting, clinic)

    assert {one.state for one in seen} == {DraftingState.WRITING}
    counts = [len(one.sentences) for one in seen]
    assert counts == sorted(counts)
    assert {0, 1} <= set(counts)
    shown = seen[-1].sentences
    assert (shown[0].origin, shown[0].supported) == (Origin.VERBATIM, True)
    assert shown[0].citation is not None
    assert all(one.origin is Origin.VERBATIM or one.reasons for one in shown)
    assert not [one for look in seen for one in look.sentences if "closes" in one.text.value]
    after = file_of(clinic, case)
    assert after != before
    assert written_for(clinic, case).state is DraftingState.DONE
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).version == written_for(clinic, case).version + 1
    answered = next(one for one in chain(clinic, case) if one.leaf.type is EventType.MODEL_ANSWERED)
    assert answered.payload is not None
    assert (answered.payload["tokens"], answered.payload["estimated"]) == (42, False)


def test_a_stream_that_is_cut_leaves_what_was_checked_withdrawn_and_asks_no_second_time(
    drafting: App, clinic: Clinic, model: ModelServer, between_words: Between
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nThe moon opens at noon. [1]\nAnd it closes again."

    def cut() -> None:
        if written_for(clinic, case).sentences:
            raise model_servers.Cut

    between_words(cut)
    run_jobs(drafting, clinic)
    run_jobs(drafting, clinic)

    assert len(model.asked) == 1
    assert file_of(clinic, case) == before
    row = written_for(clinic, case)
    assert (row.state, row.why) == (DraftingState.WITHDRAWN, "time")
    assert [one.origin for one in row.sentences] == [Origin.VERBATIM]
    last = chain(clinic, case)[-1]
    assert (last.leaf.type, last.leaf.outcome) == (EventType.MODEL_ANSWERED, Outcome.UNCERTAIN)
    assert last.payload is not None
    assert str(last.payload["heard"]).startswith(row.sentences[0].text.value)


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (b'data: {"choices": [{"index": 1, "delta": {"content": "x"}}]}\n\n', "unreadable"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "unreadable"),
        (b"data: nothing\n\n", "unreadable"),
    ],
)
def test_a_stream_that_lies_is_withdrawn(
    drafting: App, clinic: Clinic, model: ModelServer, lie: bytes, why: str
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    before = file_of(clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nMore."
    model.lies = [lie]

    run_jobs(drafting, clinic)

    row = written_for(clinic, case)
    assert (row.state, row.why, len(row.sentences)) == (DraftingState.WITHDRAWN, why, 1)
    assert file_of(clinic, case) == before


def test_words_that_cannot_be_used_never_show_and_end_the_showing(
    drafting: App, clinic: Clinic, model: ModelServer, between_words: Between
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nCall 900-555-0177 and pay. [1]\nThank you. [1]\nBye."
    seen: list[Drafting] = []
    between_words(lambda: seen.append(written_for(clinic, case)))

    run_jobs(drafting, clinic)

    assert seen[-1].state is DraftingState.WITHDRAWN
    assert not [one for look in seen for one in look.sentences if "0177" in one.text.value or "Thank" in one.text.value]
    row = written_for(clinic, case)
    assert (row.state, row.why, len(row.sentences)) == (DraftingState.WITHDRAWN, "identifier", 1)


def nothing_is_written(clinic: Clinic, case: CaseId) -> bool:
    with clinic.store(clinic.workspace) as work:
        return being_drafted.of_case(work.context, work.case_row(case)) is None


def test_where_nothing_was_asked_nothing_says_that_a_model_writes_or_wrote(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    adopt(drafting, clinic, model, confirmed=None)
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    run_jobs(drafting, clinic)

    assert types(clinic, case)[-1] == "model:refused"
    assert nothing_is_written(clinic, case)


def test_looks_that_cut_into_the_answer_s_time_end_and_the_whole_answer_makes_the_draft(
    drafting: App, clinic: Clinic, model: ModelServer, between_words: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nThe moon opens at noon. [1]\nAnd it closes. [1]\nBye."
    wait_s = drafting.settings.model_wait_s
    # A look takes as long as the question itself may.
    monkeypatch.setattr("vouchsafe.worker.showing.monotonic", iter(range(0, 100 * wait_s, wait_s)).__next__)
    seen: list[Drafting] = []
    between_words(lambda: seen.append(written_for(clinic, case)))

    run_jobs(drafting, clinic)

    assert max(len(one.sentences) for one in seen) == 1
    assert written_for(clinic, case).state is DraftingState.DONE
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    assert drafted.draft.prompt is not None


def test_where_showing_fails_the_answer_makes_the_draft_all_the_same(
    drafting: App, clinic: Clinic, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nBye."

    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("vouchsafe.worker.showing.drafting.begin", fail)
    run_jobs(drafting, clinic)

    assert nothing_is_written(clinic, case)
    drafted = file_of(clinic, case).drafted
    assert isinstance(drafted, Drafted)
    assert drafted.draft.prompt is not None


def test_a_draft_that_could_not_be_committed_is_withdrawn(
    drafting: App, clinic: Clinic, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    model.says = f"{quoted(clinic, case)} [1]\nBye."
    done = Showing.done

    def fail(shown: Showing, work: PgWork) -> None:
        done(shown, work)
        raise OSError("no room")

    monkeypatch.setattr(Showing, "done", fail)
    run_jobs(drafting, clinic)

    row = written_for(clinic, case)
    assert (row.state, row.why) == (DraftingState.WITHDRAWN, "failed")


def test_a_row_of_a_newer_version_is_not_taken_by_a_job_that_comes_late(drafting: App, clinic: Clinic) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    until = clinic.clock.now()
    with clinic.store(clinic.workspace) as work:
        row = work.case_row(case)
        being_drafted.begin(work.context, row, f"a/new@{'a' * 32}", until)
        being_drafted.begin(work.context, replace(row, version=row.version - 1), f"a/old@{'a' * 32}", until)

    assert written_for(clinic, case).model.startswith("a/new")


def test_a_desk_that_turned_the_model_off_asks_none(drafting: App, clinic: Clinic, model: ModelServer) -> None:
    with clinic.store(clinic.workspace) as work:
        desks.set_drafter(work.context, clinic.desk, LOCAL)
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    assert run_jobs(drafting, clinic) == 0
    assert model.asked == []


def test_a_job_from_before_the_desk_turned_the_model_off_asks_none(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    with clinic.store(clinic.workspace) as work:
        desks.set_drafter(work.context, clinic.desk, LOCAL)

    assert run_jobs(drafting, clinic) == 1
    assert model.asked == []


@pytest.mark.parametrize("listed", [True, False])
def test_a_model_of_the_desk_s_own_is_asked_where_the_register_names_it(
    drafting: App, clinic: Clinic, model: ModelServer, *, listed: bool
) -> None:
    adopt(drafting, clinic, model, models=["large-2", "small-1"] if listed else ["large-2"])
    with clinic.store(clinic.workspace) as work:
        desks.set_drafter(work.context, clinic.desk, DeskDrafter(model="small-1"))
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    run_jobs(drafting, clinic)

    assert [one.body["model"] for one in model.asked] == (["small-1"] if listed else [])
    assert ("model:refused" in types(clinic, case)) is not listed


def test_where_a_price_is_set_only_the_model_that_it_is_the_price_of_is_asked(
    drafting: App, clinic: Clinic, model: ModelServer
) -> None:
    with clinic.store(clinic.workspace) as work:
        desks.set_drafter(work.context, clinic.desk, DeskDrafter(model="small-1"))
        admin = next(one for one in staff.every(work.context) if one.login == "admin")
        desk = desks.get(work.context, clinic.desk).name
    drafting.settings = drafting.settings.model_copy(update={"model_price_in": 2.5, "model_cost_a_day": 10.0})
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)

    assert run_jobs(drafting, clinic) == 0
    assert model.asked == []
    with pytest.raises(Refused, match="could not be counted"):
        change_drafter(drafting, clinic.workspace, desk, "small-1", admin)
    change_drafter(drafting, clinic.workspace, desk, "large-2", admin)
