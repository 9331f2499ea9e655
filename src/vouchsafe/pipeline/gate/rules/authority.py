"""Authority of the contact to ask about another person."""

import re

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("authority")
SOURCE = "R182, 45 CFR 164.502(g): authority to act for another person is checked by a person"

_KIN = (
    r"(?:mother|father|mom|mum|dad|parents?|wife|husband|spouse|partner|girlfriend|boyfriend|son|daughter|child|kid|"
    r"baby|brother|sister|grandmother|grandfather|grandma|grandpa|aunt|uncle|niece|nephew|cousin|friend|neighbou?r|"
    r"roommate|colleague|co-?worker|boss|employee|tenant|client)"
)
_THING = (
    r"(?:appointments?|visits?|results?|tests?|labs?|records?|chart|bills?|balance|account|prescriptions?|refills?|"
    r"medications?|medicines?|diagnosis|treatment|insurance|doctor|room|password|address|phone number|schedule|pay)"
)
_ABOUT_OTHER = re.compile(
    rf"\b(?:my|our|his|her|their)\s+{_KIN}(?:'s|s')\s+(?:\w+\s+){{0,2}}{_THING}\b"
    rf"|\b{_THING}\s+(?:of|for)\s+my\s+{_KIN}\b"
    r"|\bon behalf of\b|\bpower of attorney\b|\bde parte de\b"
    r"|\b(?:la cita|los resultados|el expediente|la factura|la cuenta|la receta)\s+de\s+mi\s+\w+",
)
_ASKS_FOR_PROCESS = re.compile(
    r"^\W*(?:(?:hi|hello|hola)\W+)?(?:how|where|can|could|may|is it possible|what form|which form|do (?:i|we) need|"
    r"c[oó]mo|d[oó]nde|puedo)\b"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def authority(case: GateInput) -> Hold | None:
    """Hold where the contact asks for something of another person.

    A question about the way to do it ("How do I reschedule my son's visit?") gets the published process, unless the
    answer to this intent would hold personal data.
    """
    personal = case.intent is not None and (case.intent.personal or case.intent.level > 0)
    for words in case.words:
        for sentence in _SENTENCE_END.split(words):
            flat = plain(sentence)
            if _ABOUT_OTHER.search(flat) and (personal or not _ASKS_FOR_PROCESS.search(flat)):
                return Hold(RULE, "the contact asks about another person", SOURCE)
    return None
