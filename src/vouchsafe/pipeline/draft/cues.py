"""What a question asks for by its kind, a price or a time, and which sentences give one: English and Spanish.

"How much is parking?" shares one word with every sentence about parking. Which of them answers is told by the amount
in it. A cue orders sentences of a passage that was found already; it never brings one in.
"""

import re
from dataclasses import dataclass

from vouchsafe.domain.words import folded


@dataclass(frozen=True, slots=True)
class _Cue:
    """A kind of question, and the shape of the sentences that answer it. Both read folded text."""

    asks: re.Pattern[str]
    gives: re.Pattern[str]


_PRICE = _Cue(
    re.compile(
        r"how much|\bcosts?\b|\bprices?\b|\bfees?\b|\bcharges?\b|\bpay\b|\bfree\b|"
        r"cuanto (?:cuesta|vale|es|cobran|hay que pagar)|precio|\bcostos?\b|\bcuestan?\b|tarifa|\bgratis\b|\bpagar?\b"
    ),
    re.compile(
        r"[$€£]\s?\d|\d (?:dollars?|cents?|euros?|dolares|centavos)\b|\bfree\b(?! to\b)|"
        r"\bno (?:charge|fee|cost)|\bgratis\b|\bgratuit[oa]s?\b|\bsin (?:costo|cargo)\b"
    ),
)
_TIME = _Cue(
    re.compile(
        r"\bwhen\b|what time|(?:which|what) days?\b|\bhours\b|how (?:late|early)|\b(?:is|are|be) [^?.,]{0,60}\bopen\b|"
        r"\byou open\b|\bcuando\b|\bhorarios?\b|que (?:hora|dias?)\b|\babren?\b|\bcierran?\b"
    ),
    re.compile(
        r"\d{1,2}:\d{2}|\d\s?[ap]\.?m\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\bweekdays\b|\bnoon\b|"
        r"\b(?:lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|mediodia)\b"
    ),
)
_DURATION = _Cue(
    re.compile(
        r"how long|how (?:many|much) (?:minutes|hours|days|weeks|months|time)|how (?:soon|fast)|"
        r"cuanto tiempo|cuanto (?:tardan?|demoran?|duran?)|cuant[oa]s (?:minutos|horas|dias|semanas|meses)|\bplazo\b"
    ),
    re.compile(
        r"\b(?:minutes?|hours?|days?|weeks?|months?|years?|minutos?|horas?|dias?|semanas?|mes(?:es)?|anos?)\b|"
        r"\b(?:at once|immediately|enseguida|de inmediato)\b"
    ),
)
_PLACE = _Cue(
    re.compile(
        r"\bwhere\b|(?<!mail )\baddress\b|\bdirections\b|(?:which|what) (?:room|floor|building|entrance)|"
        r"\bdonde\b|(?<!correo )\bdireccion\b|que (?:piso|planta|sala|edificio)\b"
    ),
    re.compile(
        r"\b(?:street|avenue|road|lane|square|walk|floor|level|building|wing|calle|avenida|plaza|piso|planta|edificio)\b|"
        r"\b(?:in|at|to|en|al?) (?:the |our |el |la )?(?:[a-z]+ ){0,3}(?:garage|room|lobby|desk|entrance|garaje|sala|"
        r"entrada)\b|"
        r"\b(?:behind|beside|next to|opposite|across from|above|junto a|detras del?|frente al?|al lado)\b"
    ),
)
_CONTACT = _Cue(
    re.compile(
        r"\b(?:tele)?phone\b|\b(?:what|which|the) number\b|number (?:do|can|should|to)\b|\bcall\b|\bcontact\b|"
        r"\breach (?!out\b)|e-?mail|\bwrite to\b|can i write\b|\bfax\b|"
        r"telefono|\bllam(?:o|ar|amos)\b|contactar|\bcorreo\b|\bescrib(?:o|ir)\b"
    ),
    re.compile(r"\d{3}[\s.-]\d{4}|\S@\S|https?://|\bextension \d"),
)
_CUES = (_PRICE, _TIME, _DURATION, _PLACE, _CONTACT)


def giving(question: str, texts: list[str]) -> list[bool]:
    """Which of the texts hold what the question asks for by its kind; none where it asks for nothing of that sort."""
    asked = folded(question)
    wanted = [cue.gives for cue in _CUES if cue.asks.search(asked)]
    return [any(gives.search(plain) for gives in wanted) for plain in map(folded, texts)]
