"""The gate's verdict, with every rule's result."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import QueueName

RuleId = NewType("RuleId", str)


class Verdict(StrEnum):
    """The three endings of the gate, least strict first."""

    APPROVED = "approved"
    AWAITING_HUMAN = "awaiting_human"
    ESCALATED = "escalated"


STRICTNESS = {Verdict.APPROVED: 0, Verdict.AWAITING_HUMAN: 1, Verdict.ESCALATED: 2}


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule fired. `reason` is a plain sentence without patient words; `verdict` is at least AWAITING_HUMAN."""

    rule: RuleId
    reason: str
    source: str
    verdict: Verdict = Verdict.AWAITING_HUMAN


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said. `reason` is empty where it did not fire."""

    rule: RuleId
    fired: bool
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on a case. The strictest rule wins; all rules ran.

    `queue` names where a person picks it up, `also` further queues that hear of it at once (R188: both routes).
    """

    verdict: Verdict
    rules: tuple[RuleResult, ...]
    queue: QueueName | None
    also: tuple[QueueName, ...]
    tier: Tier | None
    pack: str
    """`name@digest` of the policy pack that ruled."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons of the rules that fired, in rule order."""
        return tuple(r.reason for r in self.rules if r.fired)
