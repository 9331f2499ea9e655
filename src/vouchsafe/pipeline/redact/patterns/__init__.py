"""The patterns, one file a family. Recall comes first: a match is never dropped because a check fails."""

from vouchsafe.pipeline.redact.patterns import (
    addresses,
    cards,
    contact_points,
    credentials,
    dates,
    file_names,
    keyed_ids,
    network,
    numbers,
    people,
    spelled,
)
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *contact_points.PATTERNS,
    *dates.PATTERNS,
    *keyed_ids.PATTERNS,
    *numbers.PATTERNS,
    *addresses.PATTERNS,
    *credentials.PATTERNS,
    *network.PATTERNS,
    *file_names.PATTERNS,
    *cards.PATTERNS,
    *spelled.PATTERNS,
    *people.PATTERNS,
)
