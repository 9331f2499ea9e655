"""No finding lowers a risk: whatever is found besides, route, tier and place in the queue never get milder."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vouchsafe.domain.finding import (
    RANK_OF_TIER,
    ClinicalClass,
    Findings,
    Signal,
    Tier,
    Vulnerability,
    causes_of,
    tier_of,
)
from vouchsafe.domain.pack import Mode
from vouchsafe.pipeline.detect.route import AUTO, ESCALATE, PERSON, routed
from vouchsafe.testing.builders import ON, findings, the_pack

ROUTES = (AUTO, PERSON, ESCALATE)
FLAGS = (
    *("clinical", "crisis", "dispute", "complaint", "legal_threat", "human_request"),
    *("injection", "outage", "threat"),
)
MAYBE = replace(ON, score=0.7, sure=False)
SIGNALS = st.sampled_from([ON, MAYBE])
FOUND = st.builds(
    lambda flags, vulnerable, classes, intent, language, failed: findings(
        *flags, vulnerable=vulnerable, classes=classes, intent=intent, language=language, failed=failed
    ),
    st.lists(st.sampled_from(FLAGS), max_size=4, unique=True),
    st.lists(st.sampled_from(Vulnerability), max_size=3, unique=True),
    st.lists(st.sampled_from(ClinicalClass), max_size=2, unique=True),
    st.sampled_from([None, "opening_hours"]),
    st.sampled_from(["en", "es", "vi", "und"]),
    st.sampled_from([(), ("crisis",)]),
)


def with_vulnerability(found: Findings, kind: Vulnerability, signal: Signal) -> Findings:
    kinds = {**dict(found.vulnerability), kind: signal}
    return replace(found, vulnerability=tuple(kinds.items()))


@st.composite
def one_more(draw: st.DrawFn) -> tuple[Findings, Findings]:
    """Findings, and the same with one finding more, or with one that was doubtful and is sure."""
    before = draw(FOUND)
    what = draw(st.sampled_from([*FLAGS, *Vulnerability, *ClinicalClass, "failed"]))
    signal = draw(SIGNALS)
    if isinstance(what, Vulnerability):
        old = before.kind(what)
        return before, with_vulnerability(before, what, ON if old.sure else signal)
    if isinstance(what, ClinicalClass):
        return before, replace(before, clinical_classes=(*before.clinical_classes, what))
    if what == "failed":
        return before, replace(before, failed=(*before.failed, "language"))
    changes: dict[str, Any] = {what: ON if getattr(before, what).sure else signal}
    return before, replace(before, **changes)


@given(one_more(), st.sampled_from(Mode))
@settings(max_examples=400, deadline=None)
def test_one_finding_more_never_lowers_route_tier_or_rank(pair: tuple[Findings, Findings], mode: Mode) -> None:
    before, after = pair

    milder, stricter = routed(before, mode, the_pack()), routed(after, mode, the_pack())

    assert ROUTES.index(stricter.route) >= ROUTES.index(milder.route)
    assert RANK_OF_TIER[tier_of(after)] >= RANK_OF_TIER[tier_of(before)]
    assert RANK_OF_TIER[stricter.tier] >= RANK_OF_TIER[milder.tier]
    assert not before.at_risk or after.at_risk


@given(FOUND)
@settings(max_examples=200, deadline=None)
def test_every_alarm_names_its_cause(found: Findings) -> None:
    tier = tier_of(found)

    if tier is not None:
        assert causes_of(found, tier)
    assert [one for one in Tier if causes_of(found, one)] or tier is None
