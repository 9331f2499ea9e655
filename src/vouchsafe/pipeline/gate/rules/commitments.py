"""Commitments in what would leave: refunds, waivers, promises, deadlines."""

import re

from vouchsafe.domain.draft import Origin
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput, GateSentence
from vouchsafe.pipeline.gate.matching import first_family, plain

RULE = RuleId("commitments")
SOURCE = "R16: no binding commitment unless operations authorised that remedy in advance"

_DEED = (
    r"(?:refund|waive|reimburse|compensate|forgive|write off|write-off|credit (?:you|your|the)|cancel your|"
    r"reduce your|lower your|remove (?:the|your|this)|give you a discount|make an exception|extend your)"
)
_DONE = (
    r"(?:refunded|waived|reimbursed|forgiven|written off|credited|cancell?ed|removed|reduced|approved|extended|"
    r"adjusted)"
)

PERSONAL = {
    "a concession to this contact": re.compile(
        rf"\b(?:we|i)(?: have|'ve)? (?:just |already )?{_DONE}\b"
        rf"|\b(?:we|i)(?:'ll| will| shall| can|'re going to| are going to|'m going to| am going to) (?:\w+ ){{0,2}}"
        rf"{_DEED}\b[^.!?]{{0,40}}\b(?:your|you|this|it)\b"
        rf"|\byour (?:\w+ ){{0,2}}(?:refund|fees?|charges?|balance|bill|debt|copay|payment|request|claim) "
        rf"(?:has been|have been|is|are|was|were|will be) (?:\w+ )?{_DONE}\b"
        r"|\byou (?:will|'ll) (?:get|receive|have) (?:a |your |the )?(?:full |partial )?(?:refund|money back|credit)\b"
        r"|\b(?:le (?:devolveremos|reembolsaremos|perdonamos|haremos un descuento)|su (?:reembolso|cargo|multa) "
        r"(?:ha sido|fue|ser[aá]) (?:aprobado|anulado|eliminado|cancelado))"
    ),
    "a promise": re.compile(
        r"\b(?:we|i) (?:\w+ )?(?:guarantee|promise|assure you|commit to)\b"
        r"|\b(?:you have (?:our|my) word|guaranteed to|le (?:garantizamos|prometemos|aseguramos))\b"
    ),
    "an admission": re.compile(
        r"\b(?:it was|this is|that was|we are at) (?:our|my) (?:fault|mistake|error)\b"
        r"|\bwe (?:accept|admit) (?:liability|fault)\b"
    ),
}
"""Never said by the AI, not even where a passage says so."""

GENERAL = {
    "a concession": re.compile(
        rf"\b(?:we|i|the clinic|billing)(?:'ll| will| shall| can)? (?:\w+ )?{_DEED}\b"
        r"|\b(?:refunds?|waivers?|write-offs?|reimbursements?|discounts?) (?:is|are|will be|can be|of)\b"
        r"|\b(?:fee|charge|balance|bill)s? (?:is|are|will be|can be) (?:waived|refunded|written off|forgiven|reduced)\b"
        r"|\b(?:reembolso|descuento|condonaci[oó]n)\b"
    ),
    "a deadline": re.compile(
        r"\b(?:will|'ll|shall)\b[^.!?]{0,80}\b(?:by|before|within|no later than|in)\s+(?:the\s+)?(?:next\s+)?"
        r"(?:\d+|one|two|three|four|five|six|seven|ten|a|an|end of|monday|tuesday|wednesday|thursday|friday|saturday|"
        r"sunday|tomorrow|today|tonight|noon|minutes?|hours?|days?|weeks?)\b"
        r"|\b(?:a m[aá]s tardar|antes del? (?:lunes|martes|mi[eé]rcoles|jueves|viernes)|en un plazo de)\b"
    ),
}
"""Published rules may say so ("a refund is paid within 10 days"); other wording may not."""


def commitments(case: GateInput) -> Hold | None:
    """Hold where the draft commits the organisation to something.

    A verbatim sentence of a passage approved for automatic use is a published rule, not a concession. A remedy
    that the pack pre-authorises is said in the pack's own words, limits included, or not at all.
    """
    allowed = {plain(remedy.phrase) for remedy in case.pack.remedies}
    for sentence in case.sentences:
        if plain(sentence.text) in allowed:
            continue
        family = first_family(PERSONAL, sentence.text)
        if family is None and not _published(case, sentence):
            family = first_family(GENERAL, sentence.text)
        if family:
            return Hold(RULE, f"the draft makes {family}", SOURCE)
    return None


def _published(case: GateInput, sentence: GateSentence) -> bool:
    cited = case.source_of(sentence)
    return (
        sentence.origin is Origin.VERBATIM
        and cited is not None
        and cited.approved_for_auto
        and plain(sentence.text) in plain(cited.text)
    )
