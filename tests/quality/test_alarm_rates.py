"""Rates of alarms by tier and cause, and the expected worth of a page."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from vouchsafe.domain.finding import ClinicalClass, Findings, RiskRank, Signal, Tier, Vulnerability, causes_of, tier_of
from vouchsafe.quality import measured
from vouchsafe.quality.alarm_rates import UNREAD, Raised, cause_rates, raised, tier_rates
from vouchsafe.quality.detection_score import PREVALENCES, Share, worth_of_a_page
from vouchsafe.testing import builders

_SIGNALS = ("clinical", "crisis", "dispute", "complaint", "legal_threat", "human_request", "injection", "outage")


def every_finding() -> list[Findings]:
    """Nothing, each signal alone as sure and as not sure, each vulnerability, a failure, and pairs of those."""
    none = builders.findings()
    alone = [none, replace(none, failed=("language",))]
    for name, sure in itertools.product((*_SIGNALS, "threat"), (True, False)):
        changed: dict[str, Any] = {name: Signal(1.0, flag=True, sure=sure)}
        alone.append(replace(none, **changed))
    alone.append(replace(alone[2], clinical_classes=(ClinicalClass.URGENT,)))
    for kind, sure in itertools.product(Vulnerability, (True, False)):
        alone.append(replace(none, vulnerability=((kind, Signal(1.0, flag=True, sure=sure)),)))
    return alone


@pytest.mark.parametrize("findings", every_finding())
def test_the_tier_of_findings_is_the_loudest_for_which_they_name_a_cause(findings: Findings) -> None:
    loudest = next((tier for tier in (Tier.PAGE, Tier.CLINICAL, Tier.PERSON) if causes_of(findings, tier)), None)

    assert tier_of(findings) is loudest


def test_rates_are_in_a_thousand_messages_and_none_without_messages() -> None:
    counts = {RiskRank.NONE: 900, RiskRank.CAUTION: 60, RiskRank.HIGH: 30, RiskRank.PAGE: 10}
    judged = {(RiskRank.PAGE, True): 6, (RiskRank.PAGE, False): 2}

    page, clinical, person = tier_rates(counts, judged, 2_000)

    assert (page.per_thousand, clinical.per_thousand, person.per_thousand) == (5.0, 15.0, 30.0)
    assert page.judged == Share(6, 8)
    assert page.judged.at_least == pytest.approx(0.400, abs=1e-3)  # Clopper-Pearson, one-sided
    assert clinical.judged.value is None
    assert tier_rates({}, {}, 0)[0].per_thousand is None


def test_an_alarm_with_two_causes_counts_for_both_and_the_loudest_tier_comes_first() -> None:
    found = cause_rates(
        [
            Raised(Tier.PERSON, ("dispute",), None),
            Raised(Tier.PAGE, ("crisis", "emergent"), warranted=True),
            Raised(Tier.PAGE, ("emergent",), warranted=False),
        ],
        messages=1_000,
    )

    assert [(one.tier, one.rate.name, one.rate.alarms, one.rate.judged) for one in found] == [
        (Tier.PAGE, "emergent", 2, Share(1, 2)),
        (Tier.PAGE, "crisis", 1, Share(1, 1)),
        (Tier.PERSON, "dispute", 1, Share(0, 0)),
    ]


def test_what_nothing_judged_has_that_as_its_cause() -> None:
    assert raised(RiskRank.HIGH, None, warranted=None) == Raised(Tier.CLINICAL, (UNREAD,), None)


def test_the_worth_of_a_page_is_bayes_rule_with_bounds_on_the_careful_side() -> None:
    worth = worth_of_a_page(Share(90, 100), Share(1, 100))

    assert [one.prevalence for one in worth] == list(PREVALENCES)
    assert worth[0].likely == pytest.approx(0.9 * 0.001 / (0.9 * 0.001 + 0.01 * 0.999))
    assert worth[0].at_least < worth[0].likely
    assert [one.likely for one in worth] == sorted(one.likely for one in worth)


def test_the_measure_that_ships_has_the_rates_that_the_worth_follows_from() -> None:
    shipped = measured.shipped()

    assert shipped.caused.n >= 500
    assert shipped.routine.n >= 300
    assert [one.prevalence for one in shipped.worth] == [0.001, 0.002, 0.005]
    assert all(0 < one.at_least < one.likely < 1 for one in shipped.worth)
