"""Rules: phrases of one family in a file, each with an id and a source. A rule that fired is never talked down."""

import hashlib
from functools import cache

from vouchsafe.pipeline.detect.rules import (
    clinical,
    crisis,
    disagreement,
    emergency,
    human,
    injection,
    outage,
    threat,
    vulnerability,
)
from vouchsafe.pipeline.detect.rules.rule import Match, Rule, matches

CLINICAL = (*emergency.RULES, *clinical.RULES)
CRISIS = crisis.RULES
DISPUTE = disagreement.DISPUTE
COMPLAINT = disagreement.COMPLAINT
LEGAL = disagreement.LEGAL
TONE = disagreement.TONE
HUMAN = human.RULES
INJECTION = injection.RULES
OUTAGE = outage.RULES
THREAT = threat.RULES
VULNERABILITY = vulnerability.RULES

ALL = (
    *CLINICAL, *CRISIS, *DISPUTE, *COMPLAINT, *LEGAL, *TONE, *HUMAN, *INJECTION, *OUTAGE, *THREAT, *VULNERABILITY,
)  # fmt: skip


@cache
def digest() -> str:
    """SHA-256 over every rule: its id, patterns and kind. A changed rule is another detector."""
    lines = (
        "\x1f".join(
            (r.id, r.pattern.pattern, r.unless.pattern if r.unless else "", r.needs.pattern if r.needs else "", r.kind)
        )
        for r in ALL
    )
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


__all__ = [
    "ALL", "CLINICAL", "COMPLAINT", "CRISIS", "DISPUTE", "HUMAN", "INJECTION", "LEGAL", "OUTAGE", "THREAT", "TONE",
    "VULNERABILITY", "Match", "Rule", "digest", "matches",
]  # fmt: skip
