"""Agreement registers for tests: the plainest one that permits a call, with what a test is about changed in it."""

from datetime import date
from typing import Any

import yaml

from vouchsafe.domain.agreement import Call, DataClass, Feature, Register, Service
from vouchsafe.governance.agreement_files import read_register

TODAY = date(2026, 3, 2)
ENDPOINT = "https://models.provider.example/v1"
TERMS = [
    "permitted_uses",
    "safeguards",
    "incident_reporting",
    "sub_contractors",
    "return_or_destruction",
    "records_for_hhs",
]


def a_paper(**changes: Any) -> dict[str, Any]:
    """A signed business associate agreement with every term."""
    return {
        "kind": "baa",
        "signed": "2025-06-01",
        "ends": "2027-05-31",
        "file": "provider-baa.pdf",
        "sha256": "ab" * 32,
        "terms": TERMS,
        **changes,
    }


def a_row(**changes: Any) -> dict[str, Any]:
    """A row as it stands in the file, complete: a model provider under a signed agreement."""
    return {
        "id": "provider-chat",
        "party": "Provider Inc.",
        "link": "business_associate",
        "service": "model",
        "endpoint": ENDPOINT,
        "region": "us-east-1",
        "jurisdiction": "US",
        "models": ["large-2"],
        "features": ["messages"],
        "data": ["redacted"],
        "no_training": True,
        "retention_days": 0,
        "papers": [a_paper()],
        "reviewed": "2026-01-15",
        "review_by": "2027-01-15",
        "confirmed": {"by": "Ann Lead, privacy officer", "on": "2026-01-15"},
        **changes,
    }


def a_sub_processor(**changes: Any) -> dict[str, Any]:
    """The row of somebody to whom the provider hands data on."""
    row = a_row(
        id="hosting",
        party="Hosting Ltd.",
        link="sub_processor",
        under="provider-chat",
        service="storage",
        endpoint="https://store.hosting.example",
        models=[],
        features=["store"],
    )
    return {**row, **changes}


def an_own_model(**changes: Any) -> dict[str, Any]:
    """The row of a model on a machine of the organisation's own: a name under it, and no contract."""
    row = a_row(
        id="own-model",
        party="Example Clinic",
        link="own",
        endpoint="http://127.0.0.1:8000/v1",
        region="on-premises",
        papers=[],
        no_training=False,
        retention_days=None,
        reviewed=None,
        review_by=None,
    )
    return {**row, **changes}


def a_relay(endpoint: str, **changes: Any) -> dict[str, Any]:
    """The row of a mail relay under a signed agreement, for replies, notices and pages."""
    row = a_row(
        id="relay",
        service="mail_relay",
        endpoint=endpoint,
        models=[],
        features=["send", "page"],
        data=["identified", "none"],
    )
    return {**row, **changes}


def register_bytes(*rows: dict[str, Any], **changes: Any) -> bytes:
    """The file of a register, pinned to one region."""
    whole = {
        "covered_entity": "Example Clinic",
        "requires": ["baa"],
        "pin": {"regions": ["us-east-1"], "jurisdictions": []},
        "agreements": list(rows or [a_row()]),
        **changes,
    }
    return yaml.safe_dump(whole).encode()


def a_register(*rows: dict[str, Any], **changes: Any) -> Register:
    """A register of these rows."""
    return read_register(register_bytes(*rows, **changes))


def a_call(**changes: Any) -> Call:
    """The call that the plainest row permits."""
    plain: dict[str, Any] = {
        "service": Service.MODEL,
        "endpoint": ENDPOINT,
        "region": "us-east-1",
        "feature": Feature.MESSAGES,
        "data": frozenset({DataClass.REDACTED}),
        "model": "large-2",
    }
    return Call(**{**plain, **changes})
