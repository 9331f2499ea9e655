"""Messages that speak in a conversation which may not be their sender's."""

from vouchsafe.domain.message import CLAIMS_THREAD, NEW_SENDER
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("thread_claim")
SOURCE = "R180: who somebody is never comes from a message"


def thread_claim(case: GateInput) -> Hold | None:
    """Hold where a message refers to a conversation of others, or a new address joins one."""
    if CLAIMS_THREAD in case.problems:
        return Hold(RULE, "it refers to a conversation that is not known to be the sender's", SOURCE)
    if NEW_SENDER in case.problems:
        return Hold(RULE, "it answers our mail from an address that did not write here before", SOURCE)
    return None
