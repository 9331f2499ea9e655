"""What the words of a message alone allow: auto, person or escalate. The gate rules on source and draft besides.

Used by the batch command `detect` (design section 10). A finding may only make the route more careful.
"""

from dataclasses import dataclass

from vouchsafe.domain.finding import Findings, Signal, Tier, Vulnerability, tier_of
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Mode, Pack

AUTO, PERSON, ESCALATE = "auto", "person", "escalate"
_CRISIS, _EMERGENT, _SAFEGUARDING, _THREAT = "crisis", "urgent clinical words", "safeguarding", "a threat"
_SAFETY = frozenset({_CRISIS, _EMERGENT, _SAFEGUARDING, _THREAT})
"""Risks to somebody's safety: they take a message before all others."""


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
    """Every risk found with the queue that takes it, in the order in which queues take a message."""
    to = pack.routes
    found: list[tuple[Signal | bool, str, QueueName]] = [
        (findings.crisis, _CRISIS, to.crisis),
        (findings.emergent, _EMERGENT, to.emergent),
        (findings.has(Vulnerability.SAFEGUARDING), _SAFEGUARDING, to.safeguarding),
        (findings.threat, _THREAT, to.threat),
        (findings.clinical.flag and not findings.emergent, "clinical context", to.clinical),
        (findings.outage, "an outage or device fault that affects care", to.outage),
        (findings.legal_threat, "a legal threat", to.legal_threat),
        (findings.complaint, "a complaint", to.complaint),
        (findings.dispute, "a dispute", to.dispute),
        (findings.injection, "text that tries to instruct the machine", to.injection),
        (findings.human_request, "a person is asked for", to.human_request),
    ]
    flagged = [one for one in found if (one[0].flag if isinstance(one[0], Signal) else one[0])]
    # Of risks to safety, one that a rule named goes before one that only reads like it: its queue is the surer one.
    first = sorted((one for one in flagged if one[1] in _SAFETY), key=lambda one: not _by_rule(one[1], findings))
    risks = [(says, queue) for _, says, queue in (*first, *(one for one in flagged if one[1] not in _SAFETY))]
    for kind, signal in findings.vulnerability:
        if signal.flag and kind is not Vulnerability.SAFEGUARDING:
            risks.append((f"vulnerability: {kind.value}", _queue_of(kind, pack)))
    return risks


def _by_rule(says: str, findings: Findings) -> bool:
    """Whether a rule, not only a head, found a risk to safety."""
    signals = {
        _CRISIS: findings.crisis,
        _EMERGENT: findings.clinical,
        _SAFEGUARDING: dict(findings.vulnerability).get(Vulnerability.SAFEGUARDING, Signal()),
        _THREAT: findings.threat,
    }
    rules = [reason for reason in signals[says].reasons if reason.score is None]
    return any(says != _EMERGENT or reason.by.startswith("emergency.") for reason in rules)


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
