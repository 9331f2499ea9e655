"""The ruling: all rules run, the strictest wins, and the queue and the alarm follow from what fired."""

from collections.abc import Sequence

from vouchsafe.domain.pack import Pack
from vouchsafe.domain.ruling import STRICTNESS, RuleResult, Ruling, Verdict
from vouchsafe.domain.states import Understood
from vouchsafe.pipeline.gate.input import GateInput, message_input
from vouchsafe.pipeline.gate.routing import queues_for, tier_for
from vouchsafe.pipeline.gate.rules import ALL_RULES, MESSAGE_RULES, PERSON_RULES, Rule


def decide(case: GateInput) -> Ruling:
    """Whether the AI may answer alone. Pure: the same facts give the same ruling, also years later (R14)."""
    return _rule_on(case, ALL_RULES)


def decide_for_person(case: GateInput) -> Ruling:
    """Whether a person's reply may leave: approved, or what it still lacks.

    The caller gives `gate_input` the signatures so far and, for an edited reply, the person's text.
    """
    return _rule_on(case, PERSON_RULES)


def judge_message(understood: Understood, pack: Pack) -> Ruling:
    """What the message alone would lead to, before any search: approved means that its words stop nothing."""
    return _rule_on(message_input(understood, pack), MESSAGE_RULES)


def _rule_on(case: GateInput, rules: Sequence[Rule]) -> Ruling:
    holds = [(rule, rule.judge(case)) for rule in rules]
    verdict = max((hold.verdict for _, hold in holds if hold), key=STRICTNESS.__getitem__, default=Verdict.APPROVED)
    fired = {rule.id for rule, hold in holds if hold}
    queue, also = queues_for(case, fired)
    held = verdict is not Verdict.APPROVED
    return Ruling(
        verdict=verdict,
        rules=tuple(
            RuleResult(rule.id, hold is not None, hold.reason if hold else "", rule.source) for rule, hold in holds
        ),
        queue=queue if held else None,
        also=also if held else (),
        tier=tier_for(case, fired) if held else None,
        pack=case.pack.ref,
    )
