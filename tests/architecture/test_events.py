"""The closed list of events: each is documented, and each is written somewhere or waits for a named later piece."""

import ast

from tests.architecture.sources import ROOT, trees

from vouchsafe.evidence.event_types import DESCRIPTIONS, EventType, event_reference

# The list is part of the leaf's schema and was settled whole, so that a verifier of today reads the logs of tomorrow.
# What nothing writes yet stands here under the piece of work that will write it.
RESERVED = {
    "grounded answers (issue C)": """
        PROMPT_PUBLISHED MODEL_PROMOTED EVALUATION_SIGNED
        DRIFT_REPORTED""",
    "evidence and secrecy (issue D)": """
        BUNDLE_MADE KEY_CREATED KEY_ROTATED KEY_REWRAPPED KEY_DESTROYED EPOCH_OPENED EPOCH_CLOSED
        CHECKPOINT_SIGNED CHECKPOINT_WITNESSED CHECKPOINT_STAMPED SUBJECT_EXPORTED SUBJECT_ERASED SUBJECT_RESTRICTED
        SUBJECT_MERGED SUBJECT_UNMERGED CONVERSATION_SPLIT HOLD_PLACED HOLD_LIFTED RETENTION_EXPIRED PREFIX_PRUNED
        BACKUP_MADE RESTORE_DRILLED""",
    "casework beyond the first rooms": """
        CASE_ASSIGNED CASE_REOPENED NOTE_WRITTEN BREAK_GLASS_OPENED BREAK_GLASS_CLOSED BREAK_GLASS_REVIEWED""",
    "identity, records and programs": """
        IDENTITY_CHALLENGED IDENTITY_VERIFIED IDENTITY_FAILED RECORD_WRITTEN RECORD_LOOKED_UP RECORD_AMENDED
        WEBHOOK_DELIVERED REPLY_BOUNCED TOKEN_ISSUED TOKEN_REVOKED MFA_ENROLLED MFA_REMOVED""",
    "administration and governance": """
        SETTING_CHANGED PACK_PROPOSED PACK_ROLLED_BACK
        CONSENT_GIVEN CONSENT_WITHDRAWN REQUEST_OPENED
        REQUEST_ANSWERED INCIDENT_OPENED INCIDENT_ASSESSED INCIDENT_NOTIFIED CONTROL_CHECKED""",
}


READS = {"evidence/event_types.py", "governance/explain.py"}
"""Modules that tell of event types and write none."""


def written() -> set[str]:
    """Names of event types that shipped code refers to where it writes events."""
    return {
        node.attr
        for path, tree in trees().items()
        if path not in READS
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "EventType"
    }


def test_every_event_type_is_written_somewhere_or_reserved_for_a_named_piece() -> None:
    reserved = {name for names in RESERVED.values() for name in names.split()}

    assert {kind.name for kind in EventType} - written() - reserved == set()
    assert reserved & written() == set(), "written by now: take it out of RESERVED"
    assert reserved <= {kind.name for kind in EventType}, "a reserved type that does not exist"


def test_every_event_type_has_a_sentence_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")

    assert page == event_reference()
    assert set(DESCRIPTIONS) == set(EventType)
    assert [kind.value for kind in EventType if f"`{kind.value}`" not in page] == []
