"""Messages full of identifiers."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import PLACEHOLDER

RULE = RuleId("phi_heavy")
SOURCE = "R79: a message heavy with personal data goes to a person"

HEAVY_LABELS = frozenset({"SSN", "CREDENTIAL", "BIOMETRIC"})
"""One of these is enough."""

MANY = 8
"""So many different values, of whatever kind, are enough; a signature block has four or five."""


def phi_heavy(case: GateInput) -> Hold | None:
    """Hold where the message holds a credential or a social security number, or many identifiers."""
    found = {match.group(): match["label"] for words in case.words for match in PLACEHOLDER.finditer(words)}
    if len(found) >= MANY or HEAVY_LABELS & set(found.values()):
        return Hold(RULE, "the message holds much personal data", SOURCE)
    return None
