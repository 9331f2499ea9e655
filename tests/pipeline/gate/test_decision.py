"""All rules run, the strictest wins, and queue and alarm follow."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from vouchsafe.domain.finding import ClinicalClass, Findings, Tier, Vulnerability
from vouchsafe.domain.message import Readable
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import Sticky
from vouchsafe.pipeline.gate.decision import decide, decide_for_person, judge_message
from vouchsafe.pipeline.gate.input import GateInput, gate_input
from vouchsafe.pipeline.gate.rules import ALL_RULES, PERSON_RULES
from vouchsafe.testing.builders import (
    a_gate_input,
    attachment,
    circumstances,
    draft,
    drafted,
    findings,
    grounded,
    signer,
    the_pack,
    turn,
    unanswerable,
    understood,
)

URGENT = (ClinicalClass.URGENT,)
ABUSE = (Vulnerability.SAFEGUARDING,)


def test_the_plainest_routine_case_is_approved_by_all_rules() -> None:
    ruling = decide(a_gate_input())

    assert ruling.verdict is Verdict.APPROVED
    assert [result.rule for result in ruling.rules] == [rule.id for rule in ALL_RULES]
    assert (ruling.queue, ruling.also, ruling.tier, ruling.reasons) == (None, (), None, ())


def test_the_shipped_spanish_frame_passes_too() -> None:
    before = grounded(understood(says=findings(language="es")))

    assert decide(a_gate_input(drafted(before, draft(language="es")))).verdict is Verdict.APPROVED


def test_rules_go_on_after_one_has_fired() -> None:
    ruling = decide(a_gate_input(understood(says=findings("dispute", "human_request", "injection", intent=None))))

    fired = {result.rule for result in ruling.rules if result.fired}
    assert {"dispute", "human_request", "injection", "unknown_intent"} <= fired
    assert len(ruling.rules) == len(ALL_RULES)
    assert ruling.pack == the_pack().ref


@pytest.mark.parametrize(
    ("says", "queue", "also", "tier"),
    [
        (findings("crisis"), "on_call_clinician", (), Tier.PAGE),
        (findings("clinical"), "nursing_supervisor", (), Tier.CLINICAL),
        (findings(classes=URGENT), "on_call_clinician", (), Tier.PAGE),
        (findings("dispute"), "complaints", (), Tier.PERSON),
        (findings("dispute", "clinical"), "nursing_supervisor", ("complaints",), Tier.CLINICAL),
        (findings("threat"), "security", (), Tier.PAGE),
        (findings("threat", classes=URGENT), "on_call_clinician", ("security",), Tier.PAGE),
        (findings(vulnerable=ABUSE), "safeguarding", (), Tier.PAGE),
        (findings("crisis", vulnerable=ABUSE), "on_call_clinician", ("safeguarding",), Tier.PAGE),
        (findings("outage"), "it_service", ("nursing_supervisor",), Tier.PAGE),
        (findings("outage", "clinical"), "nursing_supervisor", ("it_service",), Tier.PAGE),
        (findings(vulnerable=(Vulnerability.HEALTH,)), "nursing_supervisor", (), Tier.CLINICAL),
        (findings(vulnerable=(Vulnerability.LANGUAGE,)), "interpreter", (), Tier.PERSON),
        (findings(vulnerable=(Vulnerability.FINANCIAL,)), "front_desk", (), Tier.PERSON),
        (findings("human_request", intent="bill_pay"), "billing", (), Tier.PERSON),
        (findings("human_request", intent=None), "front_desk", (), Tier.PERSON),
        (findings("injection"), "security", (), Tier.PERSON),
        (findings(language="vi"), "interpreter", (), None),
        (findings(intent="records_minor"), "privacy", (), None),
        (findings(intent=None), "front_desk", (), None),
    ],
)
def test_findings_lead_to_their_queue_and_alarm(
    says: Findings, queue: str, also: tuple[str, ...], tier: Tier | None
) -> None:
    ruling = decide(a_gate_input(understood(says=says)))

    assert (ruling.queue, ruling.also, ruling.tier) == (queue, also, tier)
    assert ruling.verdict is not Verdict.APPROVED


def test_on_the_it_desk_a_clinical_finding_is_never_picked_up_by_it() -> None:
    for flags in (["clinical"], ["clinical", "outage"], ["clinical", "injection"], ["clinical", "human_request"]):
        ruling = decide(a_gate_input(understood(says=findings(*flags, intent="printer")), the_pack("it")))

        assert ruling.queue == "nursing_supervisor"


@pytest.mark.parametrize(
    ("earlier", "queue", "tier"),
    [
        (Sticky(clinical=True), "nursing_supervisor", Tier.CLINICAL),
        (Sticky(safeguarding=True), "safeguarding", Tier.PAGE),
        (Sticky(clinical=True, crisis=True), "on_call_clinician", Tier.PAGE),
    ],
)
def test_an_earlier_risk_raises_a_harmless_follow_up(earlier: Sticky, queue: str, tier: Tier) -> None:
    ruling = decide(a_gate_input(understood(circumstances=circumstances(sticky=earlier))))

    assert (ruling.verdict, ruling.queue, ruling.tier) == (Verdict.ESCALATED, queue, tier)


def test_an_outage_in_a_conversation_with_a_clinical_risk_is_picked_up_by_clinicians() -> None:
    around = circumstances(sticky=Sticky(clinical=True))

    ruling = decide(a_gate_input(understood(says=findings("outage"), circumstances=around), the_pack("it")))

    assert (ruling.queue, ruling.also) == ("nursing_supervisor", ("it_service",))


def test_a_picture_from_a_patient_reaches_the_clinical_worklist_too() -> None:
    with_picture = turn(attachments=(attachment(Readable.PICTURE),))
    message = understood(turns=(with_picture,), unanswered=(with_picture.id,))

    for_patients = decide(a_gate_input(message))
    for_staff = decide(a_gate_input(message, the_pack("it")))

    assert (for_patients.queue, for_patients.also, for_patients.tier) == (
        "front_desk",
        ("nursing_supervisor",),
        Tier.CLINICAL,
    )
    assert (for_staff.also, for_staff.tier) == ((), Tier.PERSON)


def test_an_operators_row_names_its_queue() -> None:
    ruling = decide(a_gate_input(understood("I have a subpoena. What are your hours?")))

    assert (ruling.queue, ruling.tier) == ("privacy", Tier.PERSON)


def test_a_stored_ruling_can_be_replayed_from_its_json() -> None:
    kind = TypeAdapter(GateInput)
    case = a_gate_input(understood("On behalf of my son", findings("clinical", vulnerable=ABUSE)))

    again = kind.validate_json(kind.dump_json(case))

    assert again == case
    assert decide(again) == decide(case)


def test_the_drafter_may_lower_the_confidence_but_not_raise_it() -> None:
    unsure = replace(draft(), confidence=0.3)
    sure = replace(draft(), confidence=1.0)

    assert [a_gate_input(drafted(written=one)).confidence for one in (unsure, sure)] == [0.3, 0.9]


def test_a_stored_input_holds_no_examples_and_shows_no_words() -> None:
    case = a_gate_input(understood("a very private matter"))

    assert case.intent is not None
    assert case.intent.examples == ()
    assert "private" not in repr(case)


def test_the_message_alone_is_judged_without_asking_for_a_draft() -> None:
    assert judge_message(understood(), the_pack()).verdict is Verdict.APPROVED
    assert judge_message(understood(says=findings("crisis")), the_pack()).tier is Tier.PAGE
    assert judge_message(understood(says=findings(intent=None)), the_pack()).verdict is Verdict.AWAITING_HUMAN


def test_a_person_may_answer_what_the_ai_may_not() -> None:
    dispute = grounded(understood(says=findings("dispute", intent=None), circumstances=circumstances(stopped=True)))

    case = gate_input(unanswerable(before=dispute), the_pack(), person_text="I am sorry.", signers=(signer(),))

    assert decide_for_person(case).verdict is Verdict.APPROVED
    assert decide(case).verdict is Verdict.ESCALATED


@pytest.mark.parametrize(
    ("flags", "clinician", "verdict"),
    [
        (("clinical",), False, Verdict.ESCALATED),
        (("crisis",), False, Verdict.ESCALATED),
        (("clinical",), True, Verdict.APPROVED),
    ],
)
def test_a_person_who_is_no_clinician_does_not_sign_a_clinical_case(
    flags: tuple[str, ...], verdict: Verdict, *, clinician: bool
) -> None:
    before = grounded(understood(says=findings(*flags)))

    case = gate_input(drafted(before), the_pack(), signers=(signer(clinician=clinician),))

    ruling = decide_for_person(case)
    assert ruling.verdict is verdict
    assert [result.rule for result in ruling.rules] == [rule.id for rule in PERSON_RULES]


def test_a_persons_reply_waits_for_signatures_and_dies_of_a_newer_message() -> None:
    two = replace(the_pack(), signatures=2)
    newer = grounded(understood(circumstances=circumstances(newer_message=True)))

    assert decide_for_person(gate_input(drafted(), two, signers=(signer(),))).verdict is Verdict.AWAITING_HUMAN
    assert decide_for_person(gate_input(drafted(), two, signers=(signer(1), signer(2)))).verdict is Verdict.APPROVED
    assert decide_for_person(gate_input(drafted(newer), the_pack(), signers=(signer(),))).reasons == (
        "the contact has written again",
    )
