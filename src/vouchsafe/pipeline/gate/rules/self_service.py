"""Credentials: only the published self-service link."""

import re

from vouchsafe.domain.draft import Origin
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("self_service")
SOURCE = "R189: no change promised or performed, no account confirmed"

_CLAIMS = re.compile(
    r"(?<!do )(?<!can )\b(?:we|i)(?: have|'ve|'ll| will| can| could)? (?:\w+ )?(?:"
    r"reset|change|changed|unlock|unlocked|disable|disabled|"
    r"turn off|turned off|update|updated|switch|switched|set|send you)\b"
    r"|\byour (?:\w+ )?(?:account|user name|username|password|number|phone number|deposit) "
    r"(?:exists|is (?:registered|active|locked|on file|now)|was (?:found|reset|changed)|has been)\b"
    r"|\byour (?:new|temporary) password is\b"
    r"|\b(?:cambiamos|restablecimos|desbloqueamos|su cuenta (?:existe|est[aá] activa|fue))\b"
)


def self_service(case: GateInput) -> Hold | None:
    """Hold an answer on credentials that is not the published text, or that promises or confirms anything."""
    if case.intent is None or not case.intent.self_service_only:
        return None
    if any(sentence.origin is not Origin.VERBATIM for sentence in case.substance):
        return Hold(RULE, "answers on credentials are the published text and nothing else", SOURCE)
    if _CLAIMS.search(plain(case.draft_text)):
        return Hold(RULE, "the draft promises a change of credentials or confirms an account", SOURCE)
    return None
