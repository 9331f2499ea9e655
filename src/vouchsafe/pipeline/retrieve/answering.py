"""What a question asks for and what a passage offers: by shape, not by topic.

A question that is answered by yes or no is best answered by a passage that begins so; a passage that itself asks, such
as a list of links to other questions, answers nothing.
"""

import re
from dataclasses import dataclass

from vouchsafe.domain.words import folded

OFFERS = ("says", "asks", "times", "listed")
"""What `offered` gives, in this order: begins with a yes, a no or an "it depends"; share of its sentences that are
questions; words about time; items of a list. Each in [0, 1]."""

_PIECE = re.compile(r"(?<=[.?!:\n])\s+")
_YES_OR_NO = re.compile(
    r"\W*(?:(?:and|but|so|y|pero|(?:what )?if [^,?]*,|si [^,?]*,)\s*)?"
    r"(?:can|could|may|do|does|did|is|are|was|were|will|would|should|am|has|have|must|"
    r"puedo|puede|pueden|podria|se puede|debo|tengo que|hay|es|esta|tienen|necesito|hace falta|aceptan|ofrecen)\b"
)
_WHEN = re.compile(
    r"\bwhen\b|how (?:long|soon|often)|deadline|\btimes?\b|\bhours\b|"
    r"\bcuando\b|cuanto tiempo|\bplazo\b|\bhoras?\b|horario"
)
_SAYS = re.compile(
    r"\W*(?:yes|no|maybe|sometimes|not (?:always|necessarily)|(?:it|that) depends|usually|possibly|"
    r"in (?:some|certain|most) cases|si|depende|a veces|no siempre|en (?:algunos|ciertos) casos)\b"
)
_TIME = re.compile(
    r"\b(?:days?|weeks?|months?|years?|hours?|minutes?|a\.?m|p\.?m|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"deadline|before|after|within|soon|dias?|semanas?|mes(?:es)?|anos?|horas?|minutos?|plazo|antes|despues|"
    r"lunes|martes|miercoles|jueves|viernes|sabados?|domingos?)\b"
)
_END = re.compile(r"[.?!:\n]+")
_ITEM = re.compile(r"(?m)^- ")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The shape of the answer that a question asks for."""

    yes_or_no: bool
    when: bool


def wanted(query: str) -> Wanted:
    """What is asked for. Only the questions of a longer text count, where it has any, else its last piece."""
    pieces = [piece for piece in _PIECE.split(folded(query).strip()) if piece]
    questions = [piece for piece in pieces if piece.endswith("?")] or pieces[-1:]
    return Wanted(
        yes_or_no=any(_YES_OR_NO.match(piece) for piece in questions),
        when=any(_WHEN.search(piece) for piece in questions),
    )


def offered(text: str) -> tuple[float, float, float, float]:
    """What a passage's own text offers, in the order of `OFFERS`."""
    plain = folded(text)
    return (
        float(_SAYS.match(plain) is not None),
        min(1.0, plain.count("?") / max(1, len(_END.findall(plain)))),
        min(1.0, len(_TIME.findall(plain)) / 3),
        min(1.0, len(_ITEM.findall(plain)) / 4),
    )
