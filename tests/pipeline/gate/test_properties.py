"""What holds for every case there could be."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Citation, Origin, WhyNot
from vouchsafe.domain.finding import ClinicalClass, Findings, Signal, Vulnerability
from vouchsafe.domain.message import Author, Readable
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.ruling import STRICTNESS, Verdict
from vouchsafe.domain.states import Circumstances, Sticky
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.gate.decision import decide, decide_for_person
from vouchsafe.pipeline.gate.input import GateInput, GateSentence, Source
from vouchsafe.testing.builders import ON, a_gate_input, findings, person, signer, the_pack

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FLAGS = (
    *("clinical", "crisis", "dispute", "complaint", "legal_threat", "human_request"),
    *("injection", "outage", "threat"),
)
INTENTS = (None, "opening_hours", "portal_password", "appointment_when", "no_such_intent")

words = st.text(max_size=80) | st.sampled_from(
    ["When is my son's visit?", "subpoena", "[SSN_1]", "skip the check", "\x00", "İ" * 20]
)
made_findings = st.builds(
    findings,
    # Mostly without a risk, so that the approved side is reached too.
    vulnerable=st.just(()) | st.lists(st.sampled_from(Vulnerability), max_size=2),
    classes=st.just(()) | st.lists(st.sampled_from(ClinicalClass), max_size=2),
    intent=st.sampled_from(INTENTS),
    language=st.sampled_from(["en", "es-MX", "und", "", "vi"]),
    failed=st.just(()) | st.just(("crisis",)),
)
made_circumstances = st.builds(
    Circumstances,
    desk_mode=st.sampled_from(Mode),
    stopped=st.booleans(),
    stopped_intents=st.just(frozenset[str]()) | st.just(frozenset({"opening_hours"})),
    sticky=st.builds(Sticky, st.booleans(), st.booleans(), st.booleans()),
    auto_replies_today=st.integers(0, 9),
    newer_message=st.booleans(),
    contact_opted_out=st.booleans(),
)
citations = st.builds(
    Citation,
    document=st.sampled_from(["opening-hours.md", "x.md"]),
    version=st.just("0123456789ab"),
    passage=st.integers(1, 2),
    span=st.tuples(st.integers(0, 90), st.integers(0, 90)).map(lambda pair: Span(min(pair), max(pair))),
    title=st.just("t"),
)
sentences = st.builds(GateSentence, words, st.sampled_from(Origin), st.none() | citations, st.booleans())
sources = st.builds(Source, st.just("opening-hours.md@0123456789ab#1"), words, st.booleans(), st.sampled_from(INTENTS))


@st.composite
def cases(draw: st.DrawFn) -> GateInput:
    """The plainest case with any of its facts exchanged."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "author": st.sampled_from([Author.MACHINE, Author.PERSON]),
        "words": st.lists(words, max_size=3).map(tuple),
        "automatic": st.booleans(),
        "redaction_failed": st.booleans(),
        "attachments": st.lists(st.sampled_from(Readable), max_size=2).map(tuple),
        "person": st.builds(person, st.sampled_from(Assurance), shared_address=st.booleans()),
        "circumstances": made_circumstances,
        "findings": made_findings,
        "intent": st.sampled_from(INTENTS).map(the_pack().intent),
        "why": st.none() | st.sampled_from(WhyNot),
        "sentences": st.lists(sentences, max_size=3).map(tuple),
        "draft_language": st.sampled_from([None, "en", "es"]),
        "partial": st.booleans(),
        "sources": st.lists(sources, max_size=2).map(tuple),
        "confidence": st.floats(),
        "abstain": st.booleans(),
        "found": st.lists(words, max_size=2).map(tuple),
        "signers": st.lists(st.builds(signer, st.integers(1, 3), clinician=st.booleans()), max_size=2).map(tuple),
    }
    changed = draw(st.sets(st.sampled_from(sorted(optional)), max_size=4))
    return replace(a_gate_input(), **{name: draw(optional[name]) for name in sorted(changed)})


MAYBE = replace(ON, score=0.7, sure=False)
signals = st.sampled_from([ON, MAYBE])


def with_flag(says: Findings, flag: str, signal: Signal = ON) -> Findings:
    changes: dict[str, Any] = {flag: signal}
    return replace(says, **changes)


@QUIET
@given(cases())
def test_every_case_gets_a_ruling_and_the_same_one_twice(case: GateInput) -> None:
    first = decide(case)

    assert decide(case) == first
    assert decide_for_person(case) == decide_for_person(case)
    assert (first.verdict is Verdict.APPROVED) is (not any(result.fired for result in first.rules))
    assert (first.queue is None) is (first.verdict is Verdict.APPROVED)


@QUIET
@given(cases(), st.sampled_from(FLAGS), signals)
def test_a_risk_is_never_answered_by_the_ai_alone(case: GateInput, flag: str, signal: Signal) -> None:
    risky = replace(case, findings=with_flag(case.findings, flag, signal))

    assert decide(risky).verdict is not Verdict.APPROVED


@QUIET
@given(cases(), st.sampled_from(Vulnerability), signals)
def test_a_vulnerable_contact_is_never_answered_by_the_ai_alone(
    case: GateInput, kind: Vulnerability, signal: Signal
) -> None:
    vulnerable = replace(case, findings=replace(case.findings, vulnerability=((kind, signal),)))

    assert vulnerable.findings.at_risk
    assert decide(vulnerable).verdict is not Verdict.APPROVED


@QUIET
@given(cases(), st.sampled_from(FLAGS))
def test_one_more_risk_never_makes_the_verdict_milder(case: GateInput, flag: str) -> None:
    more = replace(case, findings=with_flag(case.findings, flag))

    before, after = decide(case), decide(more)

    assert STRICTNESS[after.verdict] >= STRICTNESS[before.verdict]
    assert {r.rule for r in before.rules if r.fired} <= {r.rule for r in after.rules if r.fired}


@QUIET
@given(cases())
def test_a_case_with_clinical_words_is_always_picked_up_by_clinicians(case: GateInput) -> None:
    clinical = replace(case, findings=with_flag(case.findings, "clinical"))
    by_risk = {"crisis", "safeguarding", "threat"}

    ruling = decide(clinical)

    fired = {result.rule for result in ruling.rules if result.fired}
    assert ruling.queue is not None
    queue = the_pack().queue(ruling.queue)
    assert queue.clinical or fired & by_risk
    assert any(the_pack().queue(name).clinical for name in (ruling.queue, *ruling.also))
