"""What a sentence says besides facts: yes and no, thanks, "I am not sure but", a question back."""

import re

from vouchsafe.domain.sentences import sentences
from vouchsafe.domain.words import folded
from vouchsafe.pipeline.draft.support.said import taken_apart

_OPENER = re.compile(
    r"^\W*(?:(?:"
    # These begin statements too ("No appointment is needed", "Right after the visit"): only before a stop or a "but".
    r"(?:no|nope|sure|of course|certainly|absolutely|exactly|right|true|indeed|correct|"
    r"well|nice|great|cool|actually|so|also|"
    r"claro|bueno|si)(?=\s?[,.!?:;]|\s(?:but|i|i'm)\b)|"
    r"yes|yeah|yea|yep|ok|okay|oh|ah|mm+|hmm+|wow|awesome|haha|lol|hello|hi|hey|dear|but|por supuesto|gracias|hola|"
    r"thanks?(?: you)?(?: (?:so|very) much)?(?: for (?:asking|your (?:message|question|interest|patience)))?|"
    r"(?:i am|i'm|im)?\s?not (?:entirely |really |too |quite |so )?sure(?: about that)?|"
    r"i do(?: not| n't|n't)(?: know| think so)?(?=\s?[,.!?]|\sbut\b)|"
    r"i (?:do|did|see|understand|agree|know|think so|believe so|have)(?=\s?[,.!?]|\sbut\b)|all i know is(?: that)?|"
    r"i (?:also )?(?:know|think|believe|guess|heard|read|understand|see)(?: that)?|"
    r"you(?: a|')?re (?:right|correct|welcome)|"
    r"that(?: i|')?s (?:right|true|great|correct|awesome|interesting|it|good to know)|fun fact|"
    r"did you know(?: that)?|you know(?: that)?|(?:it is |it's )?(?:pretty |very )?interesting(?: to know that)?|"
    r"please note(?: that)?|note that|as (?:you may know|far as i know)|"
    r"(?:i am|i'm|we are|we're) (?:happy|glad) to (?:help|tell you)(?: that)?|"
    r"good (?:morning|afternoon|evening|question|news)|here is (?:what|how)[^,.:]{0,30}|tenga en cuenta que"
    r")(?=[\s,.!?:;-]|$)(?:\s?\[[a-z_]+_\d+\])?[\s,.!?:;-]*)+"
)
_APART = re.compile(r"\s+(?=['’](?:s|re|ll|ve|d|m)\b|n['’]t\b)", re.IGNORECASE)
_QUESTION_TO_YOU = re.compile(r"\b(?:you|your|usted|su)\b")


def substance(text: str) -> tuple[str, ...]:
    """The parts of a text that state something, each without its opening pleasantries, in order.

    A question to the reader states nothing, and neither does an exclamation without content.
    """
    found = []
    text = _joined(text)
    for sentence in sentences(text) or (text,):
        stated = _without_opener(sentence)
        if taken_apart(stated).content and not _asks_you(stated):
            found.append(stated)
    return tuple(found)


def asked(text: str) -> tuple[str, ...]:
    """The questions to the reader that stand in a text."""
    text = _joined(text)
    return tuple(one for s in sentences(text) or (text,) if _asks_you(one := _without_opener(s)))


def _joined(text: str) -> str:
    """The text with "do n't" and "it 's" written as people write them."""
    return _APART.sub("", text)


def _without_opener(sentence: str) -> str:
    flat = folded(sentence)
    opener = _OPENER.match(flat)
    # Folding keeps the length of all but rare letters; where it does not, the sentence stays whole.
    return sentence[opener.end() :] if opener and len(flat) == len(sentence) else sentence


def _asks_you(sentence: str) -> bool:
    return sentence.rstrip(' "”').endswith("?") and _QUESTION_TO_YOU.search(folded(sentence)) is not None
