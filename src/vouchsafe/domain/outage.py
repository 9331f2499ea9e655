"""Like reports of a fault: when several people report one within minutes, what is answered about it is likely wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from vouchsafe.domain.ids import CaseId

LIKE_REPORTS = 5
"""So many people with like reports stop automatic answers. Source: R188."""
WITHIN = timedelta(minutes=10)
"""Within so long. Source: R188."""


@dataclass(frozen=True, slots=True)
class FaultReport:
    """What one message says of a fault.

    `affects_care`: detection found a care-affecting outage; else only the words of a fault stand beside a system.
    `intent`: the question recognised in it, None where there is none. `systems`: what it names, in one spelling each.
    """

    affects_care: bool
    intent: str | None
    systems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as kept: `contact` is a keyed hash of whoever wrote it, the same for the same person."""

    id: UUID
    at: datetime
    contact: str
    case: CaseId
    report: FaultReport


@dataclass(frozen=True, slots=True)
class Outage:
    """A system that enough people reported, each report the newest of its contact, oldest first."""

    system: str
    reports: tuple[Reported, ...]


def outages(reports: Sequence[Reported]) -> tuple[Outage, ...]:
    """The systems of the last report that `LIKE_REPORTS` contacts named within the period before it.

    One report at least must affect care, or all be the same question: five people with five troubles of their own at
    their computers are no outage.
    """
    if not reports:
        return ()
    newest = reports[-1]
    near = [one for one in reports if newest.at - one.at <= WITHIN]
    return tuple(
        Outage(system, alike)
        for system in newest.report.systems
        if len(alike := _alike([one for one in near if system in one.report.systems])) >= LIKE_REPORTS
    )


def _alike(named: Sequence[Reported]) -> tuple[Reported, ...]:
    by_contact = {one.contact: one for one in named}
    if not any(one.report.affects_care for one in by_contact.values()):
        asked = Counter(one.report.intent for one in by_contact.values() if one.report.intent)
        usual = asked.most_common(1)[0][0] if asked else None
        by_contact = {who: one for who, one in by_contact.items() if one.report.intent == usual and usual}
    return tuple(sorted(by_contact.values(), key=lambda one: (one.at, one.id)))
