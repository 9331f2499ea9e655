"""Messages of which something was lost or uncertain in the reading."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("lossy")
SOURCE = "Design section 7: what was not read whole, and as it was written, goes to a person"

_SAYS = {
    "truncated": "the mail ends in the middle",
    "text_cut": "the text is too long and was cut",
    "header_cut": "the subject is too long and was cut",
    "broken_part": "a part of the mail could not be read",
    "broken_encoding": "a part of the mail is damaged",
    "characters_lost": "some characters could not be read",
    "html_not_judged": "which words of the page a reader sees could not be told",
    "alternatives_differ": "the two versions of the mail say different things",
    "header_injection": "a header holds a hidden line break",
}
"""Words of `Inbound.problems` after which the text may not be what the person wrote. The others lose nothing."""


def lossy(case: GateInput) -> Hold | None:
    """Hold where a message was cut, damaged, or can be read in two ways."""
    said = [_SAYS[problem] for problem in case.problems if problem in _SAYS]
    return Hold(RULE, said[0], SOURCE) if said else None
