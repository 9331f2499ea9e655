"""What must be signed before a desk may draft for or answer real patients (R200).

A desk starts in `shadow`. To raise it to `copilot` or `auto`, an administrator names a YAML file with nine entries:
each says who signed, on which day, and where the signed paper is kept. All of it goes into the trail, sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import yaml

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.pack import MODE_ORDER, Mode

NEEDED: Mapping[str, str] = {
    "risk_analysis": "risk analysis of this use (45 CFR 164.308(a)(1)(ii)(A))",
    "impact_assessment": "impact assessment of the AI on the people it answers",
    "register_entry": "entry of this use in the organisation's AI register",
    "data_owner": "consent of the owner of the data",
    "notice": "the notice that tells patients an AI may answer",
    "agreement_chain": "business associate agreements down to the last subcontractor (45 CFR 164.504(e))",
    "on_call_test": "a page was sent and somebody answered it",
    "stop_test": "the stop was pressed and held",
    "staff_training": "staff who answer were trained (45 CFR 164.530(b))",
}
"""The nine papers, in the order of R200, with what each is."""


class NotSigned(VouchsafeError):
    """A paper is missing or its entry is incomplete; the message names it."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """One signed paper: who, when, and where it is kept."""

    paper: str
    by: str
    day: date
    kept: str


def needs_sign_offs(before: Mode, after: Mode) -> bool:
    """Whether the step lets the AI do more on a real desk; a step down never waits for paper."""
    return MODE_ORDER.index(after) > MODE_ORDER.index(before) and after in {Mode.COPILOT, Mode.AUTO}


def read_sign_offs(content: str, today: date) -> tuple[SignOff, ...]:
    """All nine sign-offs of a YAML file. Raises: NotSigned, naming every paper that is missing or incomplete."""
    try:
        rows = yaml.safe_load(content) or {}
    except yaml.YAMLError:
        raise NotSigned("the sign-off file is not YAML; vouchsafe desk papers prints a blank one") from None
    if not isinstance(rows, dict):
        raise NotSigned("the sign-off file does not name papers; vouchsafe desk papers prints a blank one")
    found = {paper: _sign_off(paper, rows.get(paper), today) for paper in NEEDED}
    missing = [paper for paper, one in found.items() if one is None]
    if missing:
        raise NotSigned(
            f"not signed yet: {', '.join(missing)}; name a file with --signed in which each has by, day (not in "
            "the future) and kept; vouchsafe desk papers prints a blank one"
        )
    return tuple(one for one in found.values() if one is not None)


def blank() -> str:
    """The file to fill in."""
    entry = '  by: ""    # name and role\n  day:      # such as 2026-03-02\n  kept: ""  # where the paper is\n'
    return "\n".join(f"# {says}\n{paper}:\n{entry}" for paper, says in NEEDED.items())


def _sign_off(paper: str, row: object, today: date) -> SignOff | None:
    if not isinstance(row, dict):
        return None
    by, day, kept = row.get("by"), row.get("day"), row.get("kept")
    if not (isinstance(by, str) and by.strip() and isinstance(kept, str) and kept.strip()):
        return None
    # `date` alone: a datetime is one too, and YAML makes one of a day with an hour.
    if type(day) is not date or day > today:
        return None
    return SignOff(paper, by.strip(), day, kept.strip())
