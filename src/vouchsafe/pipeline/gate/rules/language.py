"""Language of the message."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput, primary

RULE = RuleId("language")
SOURCE = "R11, 45 CFR 92.201: an unsupported language goes to a person"


def language(case: GateInput) -> Hold | None:
    """Hold where the message is in a language that the desk does not answer in, or in none we can name."""
    if primary(case.findings.language) not in case.pack.languages:
        return Hold(RULE, "the desk does not answer in the language of the message", SOURCE)
    return None
