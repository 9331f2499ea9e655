"""The order of the stages. This is the only file that knows it.

    Received -> identify -> Identified -> redact -> Redacted -> detect -> Understood -> retrieve -> Grounded
    -> draft -> Drafted | Unanswerable -> gate -> Approved | AwaitingHuman | Escalated

A pass computes in memory and touches nothing; the caller records its outcome in one short transaction. Review and
send follow when a person, or the outbox, is ready.

A language model is no stage of a pass. Where one may be asked, it is asked about a case that is recorded and waits for
a person with its local draft: no notice, page or newer message waits for it, and without its answer nothing is missing.

    Drafted, waiting -> ready -> Asking -> the door -> ModelAnswer -> redraft -> Redrafted
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter
from typing import assert_never

from vouchsafe.domain.draft import Draft, Sentence, WhyNot
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.pack import Mode, Pack, least
from vouchsafe.domain.passage import Hits
from vouchsafe.domain.reply import Approved
from vouchsafe.domain.states import (
    AwaitingHuman,
    Decided,
    Drafted,
    Escalated,
    Grounded,
    Identified,
    Redacted,
    Redrafted,
    Ruled,
    Unanswerable,
    Understood,
)
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event
from vouchsafe.governance.routing import Question
from vouchsafe.pipeline import trace
from vouchsafe.pipeline.deadline import in_time
from vouchsafe.pipeline.detect import stage as detect
from vouchsafe.pipeline.draft import by_model
from vouchsafe.pipeline.draft import stage as draft
from vouchsafe.pipeline.gate import notices
from vouchsafe.pipeline.gate import stage as gate
from vouchsafe.pipeline.observing import observed, word
from vouchsafe.pipeline.redact import stage as redact
from vouchsafe.pipeline.redact.outgoing import Kept, Outgoing, incoming, outgoing
from vouchsafe.pipeline.retrieve import stage as retrieve
from vouchsafe.pipeline.world import Bare, World
from vouchsafe.ports.model import ModelAnswer, Stop

STAGES = ("identify", "redact", "detect", "retrieve", "draft", "gate")
"""What a pass consists of, in order; the state that each gives is in the chain above."""

_STAGE_AFTER: Mapping[type[object], str] = {
    Identified: "redact",
    Redacted: "detect",
    Understood: "retrieve",
    Grounded: "draft",
    Drafted: "gate",
    Unanswerable: "gate",
}
_MAY_CHANGE = frozenset({by_model.Unusable.NO_ANSWER.value, by_model.Unusable.LANGUAGE.value})
"""What holds for a few words and not for the whole: no sentence yet, or too little to tell its language."""
_NOT_RUN = f"not-run@{'0' * 16}"
Step = Identified | Redacted | Understood | Grounded | Drafted | Unanswerable | Ruled
Stopwatch = Callable[[str, float], None]
"""Takes the name of a stage and the seconds it took, for metrics."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that may go to a language model, about a case that waits for a person."""

    question: Question
    out: Outgoing
    state: Identified
    drafted: Drafted
    """With the local draft, what holds for the conversation now, and its tokens."""


@dataclass(frozen=True, slots=True)
class Left:
    """The local draft stays. `why`: a closed word."""

    why: str


def step(state: Step, world: World) -> Step:
    """One stage forward; a state that rests stays."""
    match state:
        case Identified():
            return redact.run(state, world.redactor)
        case Redacted():
            return detect.run(state, world.detectors)
        case Understood():
            return retrieve.run(state, world.searcher, world.pack, world.today)
        case Grounded():
            return draft.run(state, world.pack, mode_of(state, world.pack), world.our_words)
        case Drafted():
            return gate.run(state, world.pack, world.our_words, found=_identifiers(state, world))
        case Unanswerable():
            return gate.run(state, world.pack, world.our_words)
        case Approved() | AwaitingHuman() | Escalated():
            return state
        case _:
            assert_never(state)


def advance(state: Identified, world: World, stopwatch: Stopwatch | None = None) -> tuple[Decided, tuple[Event, ...]]:
    """A whole pass: the decision and one event for each stage, in order."""
    events = [trace.identified(state)]
    drafted: Drafted | Unanswerable | None = None
    for current in _passes(state, world, stopwatch):
        events.extend(trace.events_of(current, world.pack))
        match current:
            case Drafted() | Unanswerable():
                drafted = current
            case Approved() | AwaitingHuman() | Escalated():
                assert drafted is not None
                return _decide(current, drafted, world, events)
            case _:
                pass
    raise AssertionError("a pass ends with a ruling")


def unread(state: Identified, world: Bare, failure: str) -> tuple[Decided, tuple[Event, ...]]:
    """What stands in for a pass that failed: nothing is judged, so a clinician gets the case with its notice.

    `failure` is the class of the error. The redactor is there only where it cannot have been what took the worker down;
    without it the words stay sealed, and whoever may see originals opens them.
    """
    redacted = redact.run(state, world.redactor) if world.redactor else redact.unread(state, _NOT_RUN)
    understood = detect.unjudged(redacted, failure, _NOT_RUN)
    grounded = Grounded(understood, Hits((), 0.0, abstain=True, index=_NOT_RUN), world.our_words(""))
    drafted = Unanswerable(grounded, WhyNot.DRAFTER_FAILED)
    outcome = gate.run(drafted, world.pack, world.our_words)
    events = [trace.identified(state)]
    for one in (redacted, understood, drafted, outcome):
        events.extend(trace.events_of(one, world.pack))
    return _decide(outcome, drafted, world, events)


def may_be_redrafted(decided: Decided) -> bool:
    """Whether a language model may be asked for another draft: a person answers, there is a draft, nothing is stopped.

    An automatic answer is left as it is: what leaves by itself is quoted from approved pages on this machine.
    """
    waits = isinstance(decided.outcome, AwaitingHuman | Escalated) and isinstance(decided.drafted, Drafted)
    return waits and not decided.drafted.grounded.understood.redacted.circumstances.stopped


def ready(
    drafted: Drafted, state: Identified, world: World, *, lost: frozenset[tuple[str, str]]
) -> tuple[Asking | Left, tuple[Event, ...]]:
    """The question to a language model, with the event of the second scan; Left where nothing may go out.

    Passages were found when the message came. `lost`: those of their documents, by path and version, that are not
    published or not in force any more; and what the contact may read is asked of who they are in `state`, as of now.
    """
    assert world.by_model is not None
    understood = drafted.grounded.understood
    out = outgoing(state, understood.redacted, world.redactor)
    events = (trace.rescanned(understood.redacted.head, out),)
    if isinstance(out, Kept):
        return Left(out.why.value), events
    today = replace(understood, redacted=replace(understood.redacted, person=redact.person_of(state.identity)))
    scope = retrieve.scope_of(today, world.pack, world.today)
    asked = by_model.question(drafted, out.words, world.by_model.template, scope, world.pack, lost=lost)
    if asked is None:
        return Left("no_passage"), events
    return Asking(asked, out, state, drafted), events


def redraft(asking: Asking, answer: ModelAnswer, world: World) -> tuple[Redrafted | Left, tuple[Event, ...]]:
    """What became of a model's answer: the case with its draft, judged by the gate, or the local draft as it was.

    A draft of which no sentence has a source takes nobody's place: it stands beside the local one, to be seen.
    """
    assert world.by_model is not None
    head = asking.drafted.grounded.understood.redacted.head
    with observed("redraft", head.id) as seen:
        written, scanned = _read(asking, answer, world)
        if isinstance(written, Left):
            seen.outcome = "left"
            template = asking.question.prompt.template
            refused = trace.not_used(head, written.why, world.pack, world.by_model.ref, template.ref)
            return written, (*scanned, refused)
        state = _with_draft(asking.drafted, written, world)
        seen.outcome = "beside" if state.beside else word(state)
        return state, (*scanned, *trace.redrafted(state, world.pack))


def glimpse(asking: Asking, whole: str, world: World) -> tuple[Sentence, ...] | Left:
    """The sentences of an answer that is being written, each judged as those of a draft.

    `whole`: what `by_model.complete` gives of the words that are there. Left where nothing of it can be used whatever
    follows. No sentence is shown that has not passed here, and none of them is a draft: that is made of the whole
    answer alone, in `redraft`.
    """
    written, _ = _read(asking, ModelAnswer(PhiText(whole), Stop.END, None, None, ""), world)
    if isinstance(written, Left):
        return () if written.why in _MAY_CHANGE else written
    return written.sentences


def mode_of(state: Grounded, pack: Pack) -> Mode:
    """How far the AI may go here: the desk's mode capped by the intent's; an unknown intent is at most copilot."""
    understood = state.understood
    intent = pack.intent(understood.findings.intent.name)
    return least(understood.redacted.circumstances.desk_mode, intent.mode if intent else Mode.COPILOT)


def _identifiers(state: Drafted, world: World) -> tuple[str, ...]:
    """Values in the draft that the second scan takes for identifiers; the gate asks where each comes from (R111)."""
    text = state.draft.text
    return tuple(text[one.span.start : one.span.end] for one in world.rescan(world.our_words(text)))


def _read(asking: Asking, answer: ModelAnswer, world: World) -> tuple[Draft | Left, tuple[Event, ...]]:
    """The draft in an answer, and the event of the scan over it where it was read at all."""
    assert world.by_model is not None
    head, prompt = asking.drafted.grounded.understood.redacted.head, asking.question.prompt
    unread = by_model.stopped(answer.stop)
    if unread:
        return Left(unread.why.value), ()
    sources = [f"{one.document.title}\n{one.heading}\n{one.text}" for one in prompt.passages]
    safe = incoming(answer.text, asking.out, sources, world.redactor, redact.known_of(asking.state))
    if isinstance(safe, Kept):
        return Left(safe.why.value), (trace.answer_rescanned(head, safe),)
    scanned = (trace.answer_rescanned(head, None),)
    try:
        written = by_model.written(safe, prompt, asking.drafted.draft, world.by_model.check, world.our_words)
    except VouchsafeError:
        return Left(WhyNot.DRAFTER_FAILED.value), scanned
    if isinstance(written, by_model.Refused):
        return Left(written.why.value), scanned
    return replace(written, drafter=world.by_model.ref), scanned


def _with_draft(local: Drafted, written: Draft, world: World) -> Redrafted:
    """The case with the model's draft and the gate's ruling over it; without a supported sentence, beside its own."""
    head = local.grounded.understood.redacted.head
    if not by_model.supported(written):
        return Redrafted(head, local, None, draft_visible=True, beside=written)
    state = Drafted(local.grounded, by_model.dressed(written, world.pack, world.our_words))
    outcome = gate.run(state, world.pack, world.our_words, found=_identifiers(state, world))
    # The rule `model_draft` fired: whatever a model had a hand in waits for a person.
    assert not isinstance(outcome, Approved)
    return Redrafted(head, state, outcome.ruling, outcome.draft_visible)


def _passes(begun: Identified, world: World, stopwatch: Stopwatch | None) -> Iterator[Step]:
    state: Step = begun
    while not isinstance(state, (Approved, AwaitingHuman, Escalated)):
        # Stages turn an error into a finding, so whatever they swallowed meanwhile is asked for here.
        in_time()
        started = perf_counter()
        with observed(_STAGE_AFTER[type(state)], begun.received.head.id) as seen:
            state = step(state, world)
            seen.outcome = word(state)
        if stopwatch:
            stopwatch(type(state).__name__.lower(), perf_counter() - started)
        yield state


def _decide(
    outcome: Ruled, drafted: Drafted | Unanswerable, world: World | Bare, events: list[Event]
) -> tuple[Decided, tuple[Event, ...]]:
    redacted = drafted.grounded.understood.redacted
    if isinstance(outcome, Approved):
        assert outcome.ruling is not None
        events.append(trace.queued(outcome))
        return Decided(outcome, drafted, outcome.ruling, notice=None), tuple(events)
    notice = notices.notice_for(outcome, world.pack, world.notices_sent, redacted.automatic, world.our_words)
    if notice:
        events.append(trace.queued(notice))
    due_at = None
    if outcome.ruling.queue:
        minutes = world.pack.queue(outcome.ruling.queue).answer_within_min
        due_at = redacted.head.opened_at + timedelta(minutes=minutes)
    return Decided(outcome, drafted, outcome.ruling, notice, due_at), tuple(events)
