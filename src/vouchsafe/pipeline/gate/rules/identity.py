"""Identity against the data in the reply."""

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.identifier import Label
from vouchsafe.domain.message import Author
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import PLACEHOLDER

RULE = RuleId("identity")
SOURCE = "R58, R181: identity is verified before any personal information is given"


def identity(case: GateInput) -> Hold | None:
    """Hold where we are less sure of the contact than the question or the draft asks for.

    1. The intent asks for a level of assurance; a shared address never lifts it above 1.
    2. A personal value in a sentence of substance asks for a code or a log-in; a name in a greeting does not.
    3. The machine writes personal values only where the pack says that answers to the question hold some.
    """
    values = _personal_values(case)
    if values and case.author is Author.MACHINE and not (case.intent and case.intent.personal):  # 3
        return Hold(RULE, "the question needs no personal values in its answer", SOURCE)
    level = case.person.level
    if case.person.shared_address:
        level = min(level, Assurance.CHANNEL_ASSERTED)
    needed = case.intent.level if case.intent else Assurance.ANONYMOUS  # 1
    if values:  # 2
        needed = max(needed, Assurance.CODE_VERIFIED)
    if level < needed:
        return Hold(RULE, "we are not sure enough who is writing for this answer", SOURCE)
    return None


def _personal_values(case: GateInput) -> frozenset[str]:
    """The kinds of tokens in what would leave, but for a name in a phrase."""
    return frozenset(
        match["label"]
        for sentence in case.sentences
        for match in PLACEHOLDER.finditer(sentence.text)
        if not (sentence.origin is Origin.PHRASE and match["label"] == Label.NAME)
    )
