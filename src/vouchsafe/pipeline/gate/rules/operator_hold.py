"""Rows an operator added to the pack; they may only tighten."""

import re

from vouchsafe.domain.pack import HoldRow
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("operator_hold")
SOURCE = "Design section 8: operator rows may only tighten"


def operator_hold(case: GateInput) -> Hold | None:
    """Hold where any word of an operator's row stands in the message or the draft."""
    fired = fired_rows(case)
    if fired:
        return Hold(RULE, "; ".join(row.reason for row in fired), SOURCE)
    return None


def fired_rows(case: GateInput) -> tuple[HoldRow, ...]:
    """The rows that fire, in the order of the pack."""
    texts = {"message": plain("\n".join(case.words)), "draft": plain(case.draft_text)}
    texts["both"] = "\n".join(texts.values())
    return tuple(row for row in case.pack.holds if _stands_in(row.words, texts[row.look_in]))


def _stands_in(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(plain(word))}(?!\w)", text) for word in words if plain(word))
