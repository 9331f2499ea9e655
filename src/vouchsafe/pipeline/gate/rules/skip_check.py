"""Asking to go round a check of identity."""

import re

from vouchsafe.domain.ruling import Hold, RuleId, Verdict
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("skip_check")
SOURCE = "R189: asking to skip the check is a security finding"

_CREDENTIAL = r"(?:password|passcode|pin|mfa|2fa|two[- ]factor|two[- ]step|sign-?in code|login|log-?in|account|token)"
_SKIPS = re.compile(
    r"\b(?:skip|bypass|waive|ignore|get around|without(?: going through| doing)?|turn off|switch off|disable|remove)\s+"
    r"(?:the |my |this |that |all |any |your |her |his )?(?:\w+ )?"
    r"(?:verification|identity check|id check|security check|"
    r"security questions?|check|mfa|2fa|two[- ]factor|two[- ]step|authenticat(?:or|ion)|code)\b"
    rf"|\b(?:send|text|email|mail|tell|give) (?:me|us) (?:(?:the|my|his|her|their|a|new) ){{1,3}}"
    rf"(?:\w+ )?{_CREDENTIAL}\b"
    rf"|\b(?:just|simply|please) (?:set|change|reset) (?:my|his|her|their|the) {_CREDENTIAL}(?: for me| to\b)"
    rf"|\b(?:my (?:boss|colleague|co-?worker|doctor|manager|director)|dr\.? \w+)(?:'s)? "
    rf"(?:needs? (?:a |an )?(?:new )?)?{_CREDENTIAL}\b"
    r"|\b(?:change|switch|update) (?:my|his|her) (?:direct deposit|bank account|phone number) "
    r"to (?:this|the following|\[|\d)"
    r"|\bsin (?:el |la )?(?:verificaci[oó]n|c[oó]digo)\b"
)


def skip_check(case: GateInput) -> Hold | None:
    """Hold and tell security where the contact asks to go round a check, or for somebody's credentials."""
    if any(_SKIPS.search(plain(words)) for words in case.words):
        return Hold(RULE, "the contact asks to go round a check of identity", SOURCE, Verdict.ESCALATED)
    return None
