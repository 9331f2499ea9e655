"""Records calls to models and counts what they cost, so that a budget holds over all processes and after a crash."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vouchsafe.domain.ids import EventId
from vouchsafe.evidence.event import Event


@dataclass(frozen=True, slots=True)
class Spend:
    """An amount. `cost`: millionths of the currency that the prices are in."""

    calls: int = 0
    tokens: int = 0
    cost: int = 0

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(self.calls + other.calls, self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: "Spend") -> "Spend":
        return Spend(self.calls - other.calls, self.tokens - other.tokens, self.cost - other.cost)

    def within(self, most: "Spend") -> bool:
        """Whether no part of it is above its limit."""
        return self.calls <= most.calls and self.tokens <= most.tokens and self.cost <= most.cost


def in_currency(cost: int) -> str:
    """A cost in units of the currency that the prices are in, with as many decimals as so little money needs."""
    decimals = 6 if cost < 10_000 else 4 if cost < 1_000_000 else 2
    return f"{cost / 1_000_000:,.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What calls of a day used, what is set aside for running ones included, and what they may use at most.

    `most.cost` is 0 where no price is set: then nothing is counted as cost.
    """

    used: Spend
    most: Spend

    @property
    def left(self) -> Spend:
        """What is left, no part below 0."""
        gap = self.most - self.used
        return Spend(max(0, gap.calls), max(0, gap.tokens), max(0, gap.cost))

    @property
    def nearly_over(self) -> bool:
        """Whether a tenth or less of one part is left: a call sets aside more than it will use, so refusals begin."""
        pairs = ((self.left.calls, self.most.calls), (self.left.tokens, self.most.tokens))
        priced = ((self.left.cost, self.most.cost),) if self.most.cost else ()
        return any(left * 10 <= most for left, most in (*pairs, *priced))


class Ledger(Protocol):
    """Each method is one transaction of its own, committed when it returns."""

    def reserve(self, called: Event, amount: Spend, most: Spend, day: date) -> EventId | None:
        """Record the call and set the amount aside, unless that day's total would pass `most`: then None, nothing done.

        What is set aside counts until `settle`, also after a crash.
        """
        ...

    def settle(self, answered: Event, reserved: Spend, used: Spend, day: date) -> None:
        """Record how the call ended, and count what it used in place of what was set aside."""
        ...

    def refused(self, event: Event) -> None:
        """Record a call that was not made."""
        ...
