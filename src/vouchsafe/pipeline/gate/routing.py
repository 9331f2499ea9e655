"""Who picks up a held case, who hears of it at once, and how loud the alarm is: tables over the rules that fired."""

from collections.abc import Callable, Collection

from vouchsafe.domain.finding import Signal, Tier, Vulnerability, tier_of
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.message import Readable
from vouchsafe.domain.pack import Routes
from vouchsafe.domain.ruling import RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.rules import (
    attachment,
    clinical,
    complaint,
    crisis,
    dispute,
    human_request,
    injection,
    language,
    legal_threat,
    operator_hold,
    outage,
    safeguarding,
    skip_check,
    sticky,
    threat,
    vulnerability,
)

Route = Callable[[GateInput, Routes], QueueName | None]

_LOUDNESS = (None, Tier.PERSON, Tier.CLINICAL, Tier.PAGE)


def _clinical(case: GateInput, routes: Routes) -> QueueName:
    return routes.emergent if case.findings.emergent else routes.clinical


def _abuse(case: GateInput) -> Signal:
    return case.findings.kind(Vulnerability.SAFEGUARDING)


def _sticky(case: GateInput, routes: Routes) -> QueueName | None:
    earlier = case.circumstances.sticky
    if earlier.crisis:
        return routes.crisis
    return routes.safeguarding if earlier.safeguarding else routes.clinical


def _vulnerability(case: GateInput, routes: Routes) -> QueueName:
    if case.findings.has(Vulnerability.HEALTH):
        return routes.clinical
    return routes.language if case.findings.has(Vulnerability.LANGUAGE) else routes.vulnerability


def _operator(case: GateInput, _routes: Routes) -> QueueName | None:
    return next((row.queue for row in operator_hold.fired_rows(case) if row.queue), None)


_PICKED_UP_BY: tuple[tuple[RuleId, Route], ...] = (
    (crisis.RULE, lambda case, routes: routes.crisis if case.findings.crisis.sure else None),
    (clinical.RULE, lambda case, routes: routes.emergent if case.findings.emergent else None),
    (safeguarding.RULE, lambda case, routes: routes.safeguarding if _abuse(case).sure else None),
    (threat.RULE, lambda case, routes: routes.threat if case.findings.threat.sure else None),
    (crisis.RULE, lambda _case, routes: routes.crisis),
    (safeguarding.RULE, lambda _case, routes: routes.safeguarding),
    (clinical.RULE, _clinical),
    (threat.RULE, lambda _case, routes: routes.threat),
    (sticky.RULE, _sticky),
    (outage.RULE, lambda _case, routes: routes.outage),
    (legal_threat.RULE, lambda _case, routes: routes.legal_threat),
    (complaint.RULE, lambda _case, routes: routes.complaint),
    (dispute.RULE, lambda _case, routes: routes.dispute),
    (skip_check.RULE, lambda _case, routes: routes.injection),
    (injection.RULE, lambda _case, routes: routes.injection),
    (operator_hold.RULE, _operator),
    (human_request.RULE, lambda case, routes: case.intent.queue if case.intent else routes.human_request),
    (language.RULE, lambda _case, routes: routes.language),
    (vulnerability.RULE, _vulnerability),
    (attachment.RULE, lambda _case, routes: routes.attachment),
)
"""The first rule that fired and names a queue decides who picks the case up; what is sure goes before what may be.

Clinical findings, now or earlier, stand before an outage: clinicians pick the case up and IT hears of it (R141, R188).
"""

_ALSO_HEAR: tuple[tuple[RuleId, Callable[[GateInput, Routes], tuple[QueueName, ...]]], ...] = (
    (crisis.RULE, lambda _case, routes: (routes.crisis,)),
    (clinical.RULE, lambda case, routes: (_clinical(case, routes),)),
    (safeguarding.RULE, lambda _case, routes: (routes.safeguarding,)),
    (threat.RULE, lambda _case, routes: (routes.threat,)),
    (outage.RULE, lambda _case, routes: (routes.outage, routes.outage_also)),
    (legal_threat.RULE, lambda _case, routes: (routes.legal_threat,)),
    (complaint.RULE, lambda _case, routes: (routes.complaint,)),
    (dispute.RULE, lambda _case, routes: (routes.dispute,)),
    (skip_check.RULE, lambda _case, routes: (routes.injection,)),
    (attachment.RULE, lambda case, routes: (routes.clinical,) if _may_show_a_body(case) else ()),
)
"""Queues that hear of a case whoever picks it up. Source: R188, both routes at once."""


def queues_for(case: GateInput, fired: Collection[RuleId]) -> tuple[QueueName, tuple[QueueName, ...]]:
    """Who picks the case up, and who else hears of it, each queue once."""
    routes = case.pack.routes
    named = (route(case, routes) for rule, route in _PICKED_UP_BY if rule in fired)
    fallback = case.intent.queue if case.intent else routes.unknown
    queue = next((name for name in named if name is not None), fallback)
    also = (name for rule, route in _ALSO_HEAR if rule in fired for name in route(case, routes))
    return queue, tuple(name for name in dict.fromkeys(also) if name != queue)


def tier_for(case: GateInput, fired: Collection[RuleId]) -> Tier | None:
    """The loudest alarm that findings, earlier risks, pictures and security ask for (R197). None: no alarm."""
    earlier = case.circumstances.sticky
    asked = [tier_of(case.findings)]
    if earlier.crisis or earlier.safeguarding:
        asked.append(Tier.PAGE)
    if earlier.clinical or _may_show_a_body(case):
        asked.append(Tier.CLINICAL)
    if skip_check.RULE in fired or operator_hold.RULE in fired or case.redaction_failed or case.attachments:
        asked.append(Tier.PERSON)
    return max(asked, key=_LOUDNESS.index)


def _may_show_a_body(case: GateInput) -> bool:
    """R190: images of a body go to the clinical worklist; we cannot look, so every picture of a patient may be one."""
    return case.pack.audience == "patient" and Readable.PICTURE in case.attachments
