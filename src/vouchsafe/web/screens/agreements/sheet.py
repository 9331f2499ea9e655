"""The register as a page shows it: each row with what refuses it and how long it still holds, and what changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from vouchsafe.domain.agreement import (
    Agreement,
    Call,
    DataClass,
    Link,
    PaperKind,
    Permit,
    Refusal,
    Register,
    Service,
)
from vouchsafe.governance.agreement_letter import letter
from vouchsafe.governance.agreements import gaps, permit
from vouchsafe.governance.ways_out import DATABASE, MAIL, MODEL, PAGES, WayOut, Without

SOON_DAYS = 60
"""From so many days before a paper ends or a review is due, the page says so."""

SERVICES = {
    Service.MODEL: "language model",
    Service.MAIL_RELAY: "mail relay",
    Service.SMS: "text messages",
    Service.TELEPHONY: "telephony",
    Service.PAGING: "paging",
    Service.STORAGE: "storage",
    Service.KMS: "key store",
}
LINKS = {
    Link.BUSINESS_ASSOCIATE: "business associate",
    Link.SUB_PROCESSOR: "sub-processor",
    Link.OWN: "a machine of our own",
}
CLASSES = {
    DataClass.NONE: "no words of anybody",
    DataClass.PUBLIC: "public pages",
    DataClass.STAFF: "words of employees",
    DataClass.REDACTED: "patients' words, redacted",
    DataClass.IDENTIFIED: "patients' words and addresses as they are",
}
PAPERS = {PaperKind.BAA: "business associate agreement", PaperKind.DPA: "data processing agreement"}
FIELDS = {
    "party": "party",
    "link": "role",
    "under": "stands under",
    "service": "service",
    "endpoint": "endpoint",
    "region": "region",
    "jurisdiction": "controlled from",
    "models": "models",
    "features": "features",
    "data": "data",
    "no_training": "kept out of training",
    "retention_days": "kept for days",
    "papers": "papers",
    "sub_processors": "sub-processors",
    "reviewed": "last review",
    "review_by": "next review by",
    "confirmed": "confirmed",
}
"""What is compared of a row between two versions, in words."""


_NAMES = {MODEL.name: "model", MAIL.name: "relay", PAGES.name: "pages", DATABASE.name: "database"}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day after which the row refuses. `left`: days until then, negative once it has passed."""

    what: str
    on: date
    left: int

    @property
    def near(self) -> bool:
        """Whether somebody should begin to see to it."""
        return self.left <= SOON_DAYS


@dataclass(frozen=True, slots=True)
class Row:
    """One agreement. `refused`: everything that keeps it from permitting what it covers; empty where nothing does."""

    agreement: Agreement
    refused: tuple[Refusal, ...]
    deadlines: tuple[Deadline, ...]
    answer: str
    """The written answer for procurement."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A call that this installation would make, or that somebody asks about, and what the register says to it today.

    `without`: what is done where the answer is no.
    """

    call: Call
    answer: Permit | Refusal
    without: Without = Without.REFUSED

    @property
    def permit(self) -> Permit | None:
        """The permit, if there is one."""
        return self.answer if isinstance(self.answer, Permit) else None

    @property
    def refusal(self) -> Refusal | None:
        """Why not, if it may not be made."""
        return self.answer if isinstance(self.answer, Refusal) else None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a row between two versions. `before` and `after` are empty where the row came or went."""

    row: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """An adopted version with what it changed against the one before it."""

    ref: str
    by: str
    at: datetime
    rows: int
    changes: tuple[Change, ...]


ADDED, ENDED = "added", "taken out"


def rows(register: Register, today: date) -> tuple[Row, ...]:
    """Every agreement, refused ones first, else in the order of the file."""
    found = gaps(register, today)
    made = [
        Row(one, found[one.id], tuple(_deadlines(one, today)), letter(register, one, today))
        for one in register.agreements
    ]
    return tuple(sorted(made, key=lambda one: not one.refused))


def trials(ways: Iterable[tuple[WayOut, Call]], register: Register | None, today: date) -> dict[str, Trial | None]:
    """What the register says today to each way out that is set, by the name that the page uses."""
    found = {_NAMES[way.name]: Trial(call, permit(register, call, today), way.without) for way, call in ways}
    return {name: found.get(name) for name in _NAMES.values()}


def named(model: Trial | None, register: Register | None, name: str, today: date) -> Trial | None:
    """What the register says to the same call of another model, by its name; None where no model is named."""
    if model is None or not name:
        return None
    call = replace(model.call, model=name)
    return Trial(call, permit(register, call, today), model.without)


def changes(before: Register | None, after: Register) -> tuple[Change, ...]:
    """What the later version says that the earlier one did not; empty for the first version."""
    return tuple(_changes(before, after)) if before else ()


def _changes(before: Register, after: Register) -> Iterator[Change]:
    for name, title in (("covered_entity", "covered entity"), ("longest_retention_days", "longest retention in days")):
        was, is_now = (str(getattr(one, name)) for one in (before, after))
        if was != is_now:
            yield Change("", title, was, is_now)
    if before.pin != after.pin:
        yield Change("", "pinned to", *(_listed(one.pin.regions | one.pin.jurisdictions) for one in (before, after)))
    held = {one.id: one for one in before.agreements}
    for row in after.agreements:
        if row.id not in held:
            yield Change(row.id, ADDED)
            continue
        for field in fields(Agreement):
            was, is_now = (_in_words(getattr(one, field.name)) for one in (held[row.id], row))
            if was != is_now:
                yield Change(row.id, FIELDS.get(field.name, field.name), was, is_now)
    kept = {one.id for one in after.agreements}
    yield from (Change(one, ENDED) for one in held if one not in kept)


def _deadlines(row: Agreement, today: date) -> Iterator[Deadline]:
    for paper in row.papers:
        if paper.ends:
            yield Deadline(PAPERS[paper.kind], paper.ends, (paper.ends - today).days)
    if row.review_by:
        yield Deadline("next review", row.review_by, (row.review_by - today).days)


def _in_words(value: object) -> str:
    if isinstance(value, frozenset):
        return _listed(value)
    if isinstance(value, tuple):
        return "; ".join(_paper_or_party(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    by, on = getattr(value, "by", None), getattr(value, "on", None)
    if by is not None:
        return f"{by}, {on}"
    return "" if value is None else str(value).replace("_", " ")


def _listed(values: frozenset[object] | frozenset[str]) -> str:
    return ", ".join(sorted(str(one).replace("_", " ") for one in values))


def _paper_or_party(one: object) -> str:
    if party := getattr(one, "party", ""):
        return str(party)
    kind, signed, ends = (getattr(one, name) for name in ("kind", "signed", "ends"))
    return f"{str(kind).upper()} {signed} – {ends or 'until ended'}"
