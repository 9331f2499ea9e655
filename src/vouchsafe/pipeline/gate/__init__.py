"""The gate: deterministic rules over stored facts, all of them run, the strictest wins (R14)."""

from vouchsafe.pipeline.gate.decision import decide, decide_for_person, judge_message
from vouchsafe.pipeline.gate.input import GateInput, Signer, gate_input
from vouchsafe.pipeline.gate.notices import notice_for
from vouchsafe.pipeline.gate.stage import run

__all__ = [
    "GateInput",
    "Signer",
    "decide",
    "decide_for_person",
    "gate_input",
    "judge_message",
    "notice_for",
    "run",
]
