"""How often alarms are raised and what they turned out to be worth: by tier and by cause, over a period (R197)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vouchsafe.domain.finding import RANK_OF_TIER, RiskRank, Tier, causes_of
from vouchsafe.domain.states import CaseFile
from vouchsafe.pipeline.gate.rules import attachment, operator_hold, redaction_failed, skip_check, sticky
from vouchsafe.quality.detection_score import Share

UNREAD = "unread"
"""Nothing could judge the words, or they were erased since."""
OTHER = "other"
_RULES = (sticky.RULE, attachment.RULE, operator_hold.RULE, skip_check.RULE, redaction_failed.RULE)
"""Rules that ask for an alarm without a finding in the newest messages."""

TIERS = (Tier.PAGE, Tier.CLINICAL, Tier.PERSON)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm with its causes; `warranted` is what a person said of it, None while nobody has."""

    tier: Tier
    causes: tuple[str, ...]
    warranted: bool | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something alarmed. `judged`: of those that a person judged, how many were warranted."""

    name: str
    alarms: int
    per_thousand: float | None
    """None where no message came in."""
    judged: Share


@dataclass(frozen=True, slots=True)
class CauseRate:
    """The rate of one cause within a tier. An alarm with two causes counts for both."""

    tier: Tier
    rate: Rate


def tier_rates(
    counts: Mapping[RiskRank, int], judged: Mapping[tuple[RiskRank, bool], int], messages: int
) -> tuple[Rate, ...]:
    """The rate of each tier, the loudest first. `counts` and `judged`: cases by rank, and by rank and verdict."""
    found = []
    for tier in TIERS:
        rank = RANK_OF_TIER[tier]
        warranted, not_so = judged.get((rank, True), 0), judged.get((rank, False), 0)
        found.append(_rate(tier.value, counts.get(rank, 0), messages, Share(warranted, warranted + not_so)))
    return tuple(found)


def cause_rates(raised: Iterable[Raised], messages: int) -> tuple[CauseRate, ...]:
    """The rate of each cause: the loudest tier first, within it the most frequent cause."""
    alarms: Counter[tuple[Tier, str]] = Counter()
    judged: Counter[tuple[Tier, str]] = Counter()
    warranted: Counter[tuple[Tier, str]] = Counter()
    for one in raised:
        for cause in one.causes:
            key = (one.tier, cause)
            alarms[key] += 1
            judged[key] += one.warranted is not None
            warranted[key] += one.warranted is True
    order = sorted(alarms, key=lambda key: (TIERS.index(key[0]), -alarms[key], key[1]))
    return tuple(
        CauseRate(key[0], _rate(key[1], alarms[key], messages, Share(warranted[key], judged[key]))) for key in order
    )


def raised(rank: RiskRank, file: CaseFile | None, *, warranted: bool | None) -> Raised:
    """An alarm of this rank with the causes that its case names."""
    tier = next(one for one in TIERS if RANK_OF_TIER[one] is rank)
    return Raised(tier, _causes(file, tier) if file else (UNREAD,), warranted)


def _causes(file: CaseFile, tier: Tier) -> tuple[str, ...]:
    found = causes_of(file.drafted.grounded.understood.findings, tier)
    if found:
        return found
    fired = {one.rule for one in file.ruling.rules if one.fired}
    return tuple(rule for rule in _RULES if rule in fired) or (OTHER,)


def _rate(name: str, alarms: int, messages: int, judged: Share) -> Rate:
    return Rate(name, alarms, 1000 * alarms / messages if messages else None, judged)
