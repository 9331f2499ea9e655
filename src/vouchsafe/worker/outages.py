"""Five like reports of a fault stop automatic answers to that question, in the transaction of the fifth (R188)."""

from collections.abc import Sequence

import structlog

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import CaseId, DeskId
from vouchsafe.domain.outage import Outage, Reported, outages
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.states import Decided, Identified
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline.detect.faults import intents_about, report_of
from vouchsafe.store import alarms, fault_reports, stops
from vouchsafe.store.stops import StopScope
from vouchsafe.store.work import PgWork

log = structlog.get_logger()


def watch(work: PgWork, pack: Pack, state: Identified, decided: Decided) -> None:
    """Keep what the case reports of a fault; with the fifth like report, stop the questions that it makes wrong.

    Nothing is asked of the database where a case reports no fault.
    """
    head = state.received.head
    report = report_of(decided.drafted.grounded.understood)
    if report is None:
        return
    fault_reports.keep(work.context, head.desk, head.id, _writer(state), report)
    reports = fault_reports.recent(work.context, head.desk)
    stopped = [
        intent
        for outage in outages(reports)
        for intent in _touched(pack, outage)
        if _stop(work, head.desk, reports, outage.system, intent)
    ]
    if stopped:
        _alarm(work, pack, head.id)
        log.warning("automatic answers stopped by like reports", case=str(head.id), count=len(stopped))


def _touched(pack: Pack, outage: Outage) -> tuple[str, ...]:
    """The questions that were asked with the reports, and those about the system."""
    asked = {one.report.intent for one in outage.reports if one.report.intent}
    return tuple(sorted(asked | set(intents_about(outage.system, pack.intents))))


def _writer(state: Identified) -> str:
    """Who wrote: the contact, else the address, else the conversation, as for a chat without a name."""
    received = state.received
    address = next((t.sender_address.value for t in reversed(received.turns) if t.id in received.unanswered), "")
    return str(state.identity.contact or address.strip().casefold() or received.head.conversation)


def _stop(work: PgWork, desk: DeskId, reports: Sequence[Reported], named: str, intent: str) -> bool:
    """Stop the question at the desk, unless a stop covers it; after a release only what was reported since counts."""
    if any(
        one.scope is StopScope.INTENT and one.intent == intent and one.desk in {None, desk}
        for one in stops.in_force(work.context)
    ):
        return False
    released = stops.last_release(work.context, desk, intent)
    since = [one for one in reports if released is None or one.at > released]
    found = next((one for one in outages(since) if one.system == named), None)
    if found is None:
        return False
    reason = f"{len(found.reports)} people reported a fault of one system within ten minutes: {named}"
    stop = stops.press(work.context, StopScope.INTENT, desk=desk, intent=intent, by=None, reason=reason)
    payload: dict[str, Json] = {
        "scope": StopScope.INTENT.value,
        "reason": reason,
        "stop": str(stop),
        "intent": intent,
        "desk": str(desk),
        "cases": [str(one.case) for one in found.reports],
    }
    work.note(Event(EventType.STOP_PRESSED, system("fault_watch"), Outcome.OK, payload=payload))
    return True


def _alarm(work: PgWork, pack: Pack, case: CaseId) -> None:
    """Page whoever owns outages, unless this case pages them already."""
    queue = pack.routes.outage
    if not any(one.queue == queue and one.tier is Tier.PAGE for one in alarms.of_case(work.context, case)):
        alarms.raise_alarm(work.context, case, queue, Tier.PAGE)
