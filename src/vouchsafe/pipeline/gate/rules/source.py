"""A source for every sentence."""

from vouchsafe.domain.draft import Origin
from vouchsafe.domain.message import Author
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput, GateSentence
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("source")
SOURCE = "R5, R7: no sentence of substance leaves without a citation that supports it"


def source(case: GateInput) -> Hold | None:
    """Hold where a sentence cites nothing, cites what the contact may not read, or is not what the passage says.

    1. Every sentence of substance has a citation and passed the support check.
    2. The cited passage is among those found for this contact.
    3. The cited span is not empty, and a verbatim sentence is that very span.
    """
    if all(_supported(case, sentence) for sentence in case.substance):
        return None
    return Hold(RULE, "a sentence is not supported by a source", SOURCE)


def _supported(case: GateInput, sentence: GateSentence) -> bool:
    if sentence.origin is Origin.PERSON and case.author is Author.PERSON:
        # A person's own sentence rests on that person, who signs it; the machine never writes one of this origin.
        return True
    cited = case.source_of(sentence)
    if cited is None or sentence.citation is None or not sentence.supported:  # 1, 2
        return False
    said = plain(cited.says(sentence.citation.span))
    return bool(said) and (sentence.origin is not Origin.VERBATIM or plain(sentence.text) == said)  # 3
