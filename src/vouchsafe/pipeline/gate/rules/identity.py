"""Identity against the data in the reply."""

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import PLACEHOLDER

RULE = RuleId("identity")
SOURCE = "R58, R181: identity is verified before any personal information is given"


def identity(case: GateInput) -> Hold | None:
    """Hold where we are less sure of the contact than the question or the draft asks for.

    1. The intent asks for a level of assurance; a shared address never lifts it above 1.
    2. A personal value in a sentence of substance asks for a code or a log-in; a name in a greeting does not.
    """
    level = case.person.level
    if case.person.shared_address:
        level = min(level, Assurance.CHANNEL_ASSERTED)
    needed = case.intent.level if case.intent else Assurance.ANONYMOUS  # 1
    if _holds_personal_values(case):  # 2
        needed = max(needed, Assurance.CODE_VERIFIED)
    if level < needed:
        return Hold(RULE, "we are not sure enough who is writing for this answer", SOURCE)
    return None


def _holds_personal_values(case: GateInput) -> bool:
    labels = {
        match["label"]
        for sentence in case.sentences
        for match in PLACEHOLDER.finditer(sentence.text)
        if not (sentence.origin is Origin.PHRASE and match["label"] == "NAME")
    }
    return bool(labels)
