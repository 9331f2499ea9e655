"""What is being asked: the sentences of a message that carry its question, one question at a time."""

import re
from collections.abc import Sequence

from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.states import SafeTurn
from vouchsafe.domain.text import SafeText, Span, joined, part_of
from vouchsafe.domain.words import FUNCTION_WORDS, without_tokens, words

MAX_PARTS = 4
"""More questions than this in one message are a matter for a person anyway; each costs one search."""
_PLEASANTRY = re.compile(
    r"\W*+(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|greetings|thanks|thank you|many thanks|thx|cheers|"
    r"(?:best|kind|warm)?\s*regards|best|sincerely|yours|sent from my|i hope (?:you|this)|have a (?:nice|good|great)|"
    r"hola|buen[oa]s|estimad[oa]s?|querid[oa]s?|gracias|muchas gracias|saludos|un saludo|atentamente|cordialmente|"
    r"re:|fwd?:|subject:)(?=\W|$)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\W*+(?:(?:and|also|or|y|o|tambi[eé]n|so|pero|but)\W+)?(?:please\s+|por favor,?\s+)?"
    r"(?:what|when|where|who|whom|whose|which|why|how|can|could|may|do|does|did|is|are|was|will|would|should|am|"
    r"tell me|let me know|i(?:'d| would) like to know|i want to know|i(?:'m| am) wondering|"
    r"qu[eé]|cu[aá]ndo|d[oó]nde|qui[eé]n|cu[aá]l(?:es)?|por qu[eé]|c[oó]mo|cu[aá]nt[oa]s?|puedo|pueden|hay|tienen|"
    r"d[ií]game|me gustar[ií]a saber|quisiera saber)\b",
    re.IGNORECASE,
)
_SECOND_QUESTION = re.compile(
    r"(?:,|(?<!\s))\s+(?:and|y)(?:\s+(?:also|tambi[eé]n))?\s+"
    r"(?=(?:what|when|where|who|which|how|can i|can you|may i|do i|do you|"
    r"is there|are there|qu[eé]|cu[aá]ndo|d[oó]nde|cu[aá]l|c[oó]mo|cu[aá]nt[oa]s?|puedo|hay)\b)",
    re.IGNORECASE,
)
_GENERIC_SUBJECT = re.compile(
    r"\W*(?:re|fwd?|aw|rv)?\W*(?:question|help|hello|hi|info|information|pregunta|consulta)?\W*"
)


def query_of(turns: Sequence[SafeTurn], nothing: SafeText) -> SafeText:
    """All that the fresh messages say to the point: subject and sentences without greetings and thanks.

    `nothing` is an empty safe text, given back where nothing is left.
    """
    kept = [piece for turn in turns for piece in _to_the_point(turn)]
    return joined(kept[0], kept[1:]) if kept else nothing


def parts_of(turns: Sequence[SafeTurn]) -> tuple[SafeText, ...]:
    """The questions one by one, in order, at most `MAX_PARTS`; empty where fewer than two are asked.

    A question without a word of its own ("And how much?") belongs to the one before it.
    """
    parts: list[SafeText] = []
    for turn in turns:
        for span in sentence_spans(turn.text.value):
            sentence = part_of(turn.text, span)
            if not _is_question(sentence.value):
                continue
            for question in _split(sentence):
                if parts and not _content(question):
                    parts[-1] = joined(parts[-1], [question], " ")
                else:
                    parts.append(question)
    if len(parts) < 2:
        return ()
    # What is over the limit is asked together, so that nothing is passed over in silence.
    return (*parts[: MAX_PARTS - 1], *_rest(parts[MAX_PARTS - 1 :]))


def _rest(parts: list[SafeText]) -> tuple[SafeText, ...]:
    return (joined(parts[0], parts[1:], " "),) if parts else ()


def _to_the_point(turn: SafeTurn) -> list[SafeText]:
    kept = [] if _GENERIC_SUBJECT.fullmatch(turn.subject.value.lower()) else [turn.subject]
    for span in sentence_spans(turn.text.value):
        sentence = part_of(turn.text, span)
        pleasant = _PLEASANTRY.match(sentence.value) and not _is_question(sentence.value)
        if _content(sentence) and not (pleasant and len(_content(sentence)) < 5):
            kept.append(sentence)
    return kept


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("\"'”’) ").endswith("?") or _ASKS.match(sentence) is not None


def _split(sentence: SafeText) -> list[SafeText]:
    """The questions in one sentence: "Where do I park and how much is it?" asks twice."""
    found, start = [], 0
    for match in _SECOND_QUESTION.finditer(sentence.value):
        found.append(part_of(sentence, Span(start, match.start())))
        start = match.end()
    return [*found, part_of(sentence, Span(start, len(sentence.value)))]


def _content(text: SafeText) -> list[str]:
    """The words that are function words in no language we know."""
    return [word for word in words(without_tokens(text.value)) if not any(word in f for f in FUNCTION_WORDS.values())]
