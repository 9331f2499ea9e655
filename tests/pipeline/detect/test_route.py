"""The route of a message by its words: only what is recognised and free of every finding goes on by itself."""

from dataclasses import replace

import pytest

from vouchsafe.domain.finding import ClinicalClass, Findings, IntentMatch, Signal, Tier, Vulnerability
from vouchsafe.domain.pack import Mode
from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.detect.route import AUTO, ESCALATE, PERSON, routed
from vouchsafe.testing.builders import findings, the_pack

PACK = the_pack()
ON = Signal(1.0, flag=True, sure=True)
MAYBE = Signal(0.7, flag=True)
PLAIN = findings()


def test_a_recognised_intent_in_auto_without_a_finding_is_automatic() -> None:
    where = routed(PLAIN, Mode.AUTO, PACK)

    assert (where.route, where.queue, where.tier) == (AUTO, None, None)


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW, Mode.COPILOT])
def test_any_other_mode_goes_to_a_person(mode: Mode) -> None:
    assert routed(PLAIN, mode, PACK).route == PERSON


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLAIN, intent=IntentMatch(None, 0.5, 0.1)),
        replace(PLAIN, failed=("encoder",)),
        replace(PLAIN, language="und"),
        replace(PLAIN, language="fr"),
    ],
)
def test_what_could_not_be_judged_goes_to_a_person(changed: Findings) -> None:
    assert routed(changed, Mode.AUTO, PACK).route == PERSON


@pytest.mark.parametrize(
    ("changed", "queue", "tier"),
    [
        (replace(PLAIN, crisis=ON), PACK.routes.crisis, Tier.PAGE),
        (replace(PLAIN, clinical=ON, clinical_classes=(ClinicalClass.URGENT,)), PACK.routes.emergent, Tier.PAGE),
        (replace(PLAIN, clinical=ON), PACK.routes.clinical, Tier.CLINICAL),
        (replace(PLAIN, outage=ON), PACK.routes.outage, Tier.PAGE),
        (replace(PLAIN, threat=ON), PACK.routes.threat, Tier.PAGE),
        (replace(PLAIN, crisis=MAYBE), PACK.routes.crisis, Tier.CLINICAL),
        (replace(PLAIN, outage=MAYBE), PACK.routes.outage, Tier.PERSON),
        (replace(PLAIN, threat=MAYBE), PACK.routes.threat, Tier.PERSON),
        (replace(PLAIN, vulnerability=((Vulnerability.SAFEGUARDING, MAYBE),)), PACK.routes.safeguarding, Tier.CLINICAL),
        (replace(PLAIN, clinical=ON, threat=MAYBE), PACK.routes.clinical, Tier.CLINICAL),
        (replace(PLAIN, crisis=MAYBE, threat=ON), PACK.routes.threat, Tier.PAGE),
        (replace(PLAIN, dispute=ON), PACK.routes.dispute, Tier.PERSON),
        (replace(PLAIN, complaint=ON), PACK.routes.complaint, Tier.PERSON),
        (replace(PLAIN, legal_threat=ON), PACK.routes.legal_threat, Tier.PERSON),
        (replace(PLAIN, human_request=ON), PACK.routes.human_request, Tier.PERSON),
        (replace(PLAIN, injection=ON), PACK.routes.injection, Tier.PERSON),
        (replace(PLAIN, vulnerability=((Vulnerability.SAFEGUARDING, ON),)), PACK.routes.safeguarding, Tier.PAGE),
        (replace(PLAIN, vulnerability=((Vulnerability.HEALTH, ON),)), PACK.routes.clinical, Tier.CLINICAL),
        (replace(PLAIN, vulnerability=((Vulnerability.LANGUAGE, ON),)), PACK.routes.language, Tier.PERSON),
        (replace(PLAIN, vulnerability=((Vulnerability.FINANCIAL, ON),)), PACK.routes.vulnerability, Tier.PERSON),
    ],
)
def test_each_risk_escalates_to_its_queue_with_its_tier(changed: Findings, queue: str, tier: Tier) -> None:
    where = routed(changed, Mode.AUTO, PACK)

    assert (where.route, where.queue, where.tier) == (ESCALATE, queue, tier)


def test_clinical_stands_before_an_outage_and_all_reasons_are_given() -> None:
    where = routed(replace(PLAIN, clinical=ON, outage=ON, dispute=ON), Mode.AUTO, PACK)

    assert where.queue == PACK.routes.clinical
    assert len(where.reasons) == 3


def test_the_queue_of_a_rule_goes_before_one_of_a_head_among_risks_to_safety(patient_desk: Detectors) -> None:
    findings = patient_desk.detect(["My stepdad hits my little brother"])

    assert routed(findings, Mode.OFF, load_pack()).queue == "safeguarding"
