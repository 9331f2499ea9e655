"""What the words of a message alone allow: auto, person or escalate. The gate rules on source and draft besides.

Used by the batch command `detect` (design section 10). A finding may only make the route more careful.
"""

from dataclasses import dataclass

from vouchsafe.domain.finding import Findings, Tier, Vulnerability, tier_of
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Mode, Pack

AUTO, PERSON, ESCALATE = "auto", "person", "escalate"


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a message goes, in whose queue, how loud, and why in plain sentences without words of the message."""

    route: str
    queue: QueueName | None
    tier: Tier | None
    reasons: tuple[str, ...]


def routed(findings: Findings, mode: Mode, pack: Pack) -> Routed:
    """The route of a message by its words; `mode` is that of the intent recognised, OFF for none."""
    risks = _risks(findings, pack)
    if risks:
        reasons = tuple(says for says, _ in risks)
        return Routed(ESCALATE, risks[0][1], tier_of(findings), reasons)
    holds = _holds(findings, mode, pack)
    if holds:
        reasons = tuple(says for says, _ in holds)
        return Routed(PERSON, holds[0][1], tier_of(findings), reasons)
    return Routed(AUTO, None, None, (f"recognised as routine: {findings.intent.name}",))


def _risks(findings: Findings, pack: Pack) -> list[tuple[str, QueueName]]:
    """Every risk found with the queue that takes it, in the order in which queues take a message.

    Of risks to safety a sure one goes before one that only may be there: its queue is the right one.
    """
    to, abuse = pack.routes, findings.kind(Vulnerability.SAFEGUARDING)
    found: list[tuple[bool, str, QueueName]] = [
        (findings.crisis.sure, "a crisis", to.crisis),
        (findings.emergent, "urgent clinical words", to.emergent),
        (abuse.sure, "safeguarding", to.safeguarding),
        (findings.threat.sure, "a threat", to.threat),
        (findings.crisis.flag and not findings.crisis.sure, "what may be a crisis", to.crisis),
        (abuse.flag and not abuse.sure, "what may be safeguarding", to.safeguarding),
        (findings.clinical.flag and not findings.emergent, "clinical context", to.clinical),
        (findings.threat.flag and not findings.threat.sure, "what may be a threat", to.threat),
        (findings.outage.flag, "an outage or device fault that affects care", to.outage),
        (findings.legal_threat.flag, "a legal threat", to.legal_threat),
        (findings.complaint.flag, "a complaint", to.complaint),
        (findings.dispute.flag, "a dispute", to.dispute),
        (findings.injection.flag, "text that tries to instruct the machine", to.injection),
        (findings.human_request.flag, "a person is asked for", to.human_request),
    ]
    risks = [(says, queue) for is_found, says, queue in found if is_found]
    for kind, signal in findings.vulnerability:
        if signal.flag and kind is not Vulnerability.SAFEGUARDING:
            risks.append((f"vulnerability: {kind.value}", _queue_of(kind, pack)))
    return risks


def _queue_of(kind: Vulnerability, pack: Pack) -> QueueName:
    if kind is Vulnerability.HEALTH:
        return pack.routes.clinical
    return pack.routes.language if kind is Vulnerability.LANGUAGE else pack.routes.vulnerability


def _holds(findings: Findings, mode: Mode, pack: Pack) -> list[tuple[str, QueueName]]:
    """What keeps a message from an automatic answer although no risk was found."""
    intent = pack.intent(findings.intent.name)
    queue = intent.queue if intent else pack.routes.unknown
    holds: list[tuple[str, QueueName]] = []
    if findings.language.split("-")[0] not in pack.languages:
        holds.append(("a language that the desk does not answer in", pack.routes.language))
    holds += [(f"could not be judged: {name}", queue) for name in findings.failed]
    if findings.intent.name is None:
        holds.append(("not recognised as a routine intent", queue))
    elif mode is not Mode.AUTO:
        holds.append((f"the intent {findings.intent.name} is in mode {mode.value}", queue))
    return holds
