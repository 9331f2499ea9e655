"""Identifiers of another subject in what would leave."""

from vouchsafe.domain.identifier import Label
from vouchsafe.domain.message import Author
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import PLACEHOLDER, identifiers_in, plain, social_security_numbers_in

RULE = RuleId("other_subject")
SOURCE = "Design section 7: a value in a draft comes from this conversation or from a cited passage"
_NEVER_NEEDED = frozenset({Label.SSN, Label.CREDENTIAL})


def other_subject(case: GateInput) -> Hold | None:
    """Hold where what would leave names a value that is neither the conversation's own nor in a cited passage.

    1. A token must be one of this conversation, and of a kind that an answer may need (R111): who sent a social
       security number or a password does not get it back from anybody.
    2. A value that the redactor found, or that looks like an identifier, must stand in a cited passage, in an
       approved phrase, or in the contact's own words. People name dates and numbers that no passage has, so their
       texts are held to what the caller found: what names another contact, social security numbers, credentials.
    """
    text = case.draft_text
    tokens = {match.group(): match["label"] for match in PLACEHOLDER.finditer(text)}
    if tokens.keys() - set(case.placeholders) or _NEVER_NEEDED & set(tokens.values()):  # 1
        return _hold()
    known = _known_words(case)
    by_shape = social_security_numbers_in(text) if case.author is Author.PERSON else identifiers_in(text)
    values = {plain(value) for value in (*case.found, *by_shape) if value not in tokens}
    return _hold() if any(value and value not in known for value in values) else None  # 2


def _known_words(case: GateInput) -> str:
    cited = [source.text for sentence in case.sentences if (source := case.source_of(sentence))]
    phrases = case.pack.phrases
    fixed = [phrases.greeting, phrases.disclosure, phrases.human_path, phrases.closing, phrases.person_signature]
    return "\n".join(plain(text) for text in (*cited, *fixed, *case.words))


def _hold() -> Hold:
    return Hold(RULE, "the text names a value of unknown origin", SOURCE)
