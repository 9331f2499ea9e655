"""Disclosure of AI and the way to a person."""

from vouchsafe.domain.message import Author
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("disclosure")
SOURCE = "R21, R22, EU AI Act Art. 50: a reply of the AI says so and offers a person"


def disclosure(case: GateInput) -> Hold | None:
    """Hold an automatic reply that does not say it was written by an AI, or offers no person."""
    if case.author is Author.PERSON:
        return None
    text = plain(case.draft_text)
    wanted = (case.pack.phrases.disclosure, case.pack.phrases.human_path)
    if all(plain(phrase) in text for phrase in wanted):
        return None
    return Hold(RULE, "the draft does not say that an AI wrote it, or offers no person", SOURCE)
