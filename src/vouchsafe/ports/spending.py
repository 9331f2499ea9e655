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
