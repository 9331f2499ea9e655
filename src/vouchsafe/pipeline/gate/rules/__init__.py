"""The built-in rules, listed by hand: none can be switched off, and none slips in unseen (design section 8)."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.rules import (
    approved_source,
    attachment,
    authority,
    automatic,
    clinical,
    clinician_signs,
    commitments,
    complaint,
    confidence,
    crisis,
    detector_failed,
    disclosure,
    dispute,
    draft_language,
    human_request,
    identity,
    injection,
    intent_agrees,
    language,
    legal_threat,
    loop,
    lossy,
    mode,
    model_draft,
    newer_message,
    no_draft,
    open_slot,
    operator_hold,
    opt_out,
    other_subject,
    outage,
    partial,
    person_holds,
    phi_heavy,
    protected_topics,
    redaction_failed,
    safeguarding,
    self_service,
    signatures,
    skip_check,
    source,
    sticky,
    stop,
    thread_claim,
    threat,
    uncertain_reply,
    unknown_intent,
    vulnerability,
    wording,
)

Judge = Callable[[GateInput], Hold | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, where the duty comes from, what it holds, and the function that judges."""

    id: RuleId
    source: str
    holds: str
    judge: Judge


def _rule(module: ModuleType) -> Rule:
    judge: Judge = getattr(module, module.RULE)
    return Rule(module.RULE, module.SOURCE, (judge.__doc__ or "").partition("\n")[0], judge)


MESSAGE_RULES: tuple[Rule, ...] = tuple(
    _rule(module)
    for module in (
        crisis,
        safeguarding,
        threat,
        clinical,
        outage,
        sticky,
        legal_threat,
        complaint,
        dispute,
        skip_check,
        injection,
        human_request,
        language,
        vulnerability,
        attachment,
        lossy,
        thread_claim,
        phi_heavy,
        authority,
        operator_hold,
        redaction_failed,
        detector_failed,
        automatic,
        unknown_intent,
        identity,
        opt_out,
        newer_message,
        person_holds,
        uncertain_reply,
        loop,
        stop,
        mode,
    )
)
"""Rules that read the message and its circumstances."""

DRAFT_RULES: tuple[Rule, ...] = tuple(
    _rule(module)
    for module in (
        no_draft,
        confidence,
        source,
        approved_source,
        intent_agrees,
        wording,
        open_slot,
        model_draft,
        partial,
        draft_language,
        protected_topics,
        commitments,
        self_service,
        other_subject,
        disclosure,
        signatures,
        clinician_signs,
    )
)
"""Rules that read what would leave."""

ALL_RULES: tuple[Rule, ...] = MESSAGE_RULES + DRAFT_RULES

PERSON_RULES: tuple[Rule, ...] = tuple(
    _rule(module)
    for module in (clinician_signs, signatures, source, open_slot, other_subject, newer_message, automatic)
)
"""Rules that bind people too. Stop does not: it silences what is automatic (R184)."""


def rule_reference() -> str:
    """The page `docs/reference/rules.md`."""
    rows = "\n".join(
        f"| `{rule.id}` | {rule.holds} | {'message' if rule in MESSAGE_RULES else 'draft'} |"
        f" {'yes' if any(rule.id == one.id for one in PERSON_RULES) else ''} | {rule.source} |"
        for rule in ALL_RULES
    )
    return _PAGE.format(rows=rows)


_PAGE = """# Rules of the gate

Generated from `vouchsafe.pipeline.gate.rules`; a test keeps this page equal to it.
Every rule runs on every case, also after one has fired, and the strictest verdict wins. No rule can be switched off;
a policy pack may add rows (`holds`) that tighten. *Reads* says whether a rule judges the message and its
circumstances or what would leave. *Binds people* marks the rules that a person's own reply has to pass too.

| rule | what it does | reads | binds people | source |
|---|---|---|---|---|
{rows}
"""
