"""Reads the agreement register from its YAML file: which keys it may have, and what is said where one is wrong."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vouchsafe.domain.agreement import (
    Agreement,
    AgreementId,
    Confirmation,
    DataClass,
    Feature,
    Link,
    Paper,
    PaperKind,
    Pin,
    Register,
    Service,
    SubProcessor,
    Term,
)
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.governance.pack_files import PlainLoader

LARGEST_BYTES = 1_000_000
"""A register is some hundred lines; more than this is not one."""


class AgreementsRefused(VouchsafeError):
    """A register does not load. Nothing of it is in force."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"agreement register refused:{lines}")


class _Strict(BaseModel):
    """An unknown key is an error, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Day = Annotated[date, Field(strict=False)]
_Kind = Annotated[PaperKind, Field(strict=False)]


class _PaperRow(_Strict):
    kind: _Kind
    signed: _Day
    ends: _Day | None = None
    file: str
    sha256: str
    terms: list[Annotated[Term, Field(strict=False)]] = []


class _ConfirmedRow(_Strict):
    by: str
    on: _Day


class _SubRow(_Strict):
    party: str
    agreement: str


class _Row(_Strict):
    """See `domain.agreement.Agreement`."""

    id: str
    party: str
    link: Annotated[Link, Field(strict=False)]
    under: str | None = None
    service: Annotated[Service, Field(strict=False)]
    endpoint: str
    region: str
    jurisdiction: str
    models: list[str] = []
    features: list[Annotated[Feature, Field(strict=False)]]
    data: list[Annotated[DataClass, Field(strict=False)]]
    no_training: bool = False
    retention_days: int | None = Field(default=None, ge=0)
    papers: list[_PaperRow] = []
    sub_processors: list[_SubRow] = []
    reviewed: _Day | None = None
    review_by: _Day | None = None
    confirmed: _ConfirmedRow | None = None


class _PinRow(_Strict):
    regions: list[str] = []
    jurisdictions: list[str] = []


class _File(_Strict):
    """See `domain.agreement.Register`."""

    covered_entity: str = Field(min_length=1)
    operator: str | None = None
    requires: list[_Kind] = Field(default=[PaperKind.BAA], min_length=1)
    pin: _PinRow = _PinRow()
    longest_retention_days: int = Field(default=0, ge=0)
    agreements: list[_Row] = []


def read_register(content: bytes) -> Register:
    """The register of a YAML file. Raises: AgreementsRefused naming every row and key that is wrong."""
    if len(content) > LARGEST_BYTES:
        raise AgreementsRefused([f"larger than {LARGEST_BYTES} bytes; that is no register"])
    try:
        data = yaml.load(content.decode(), PlainLoader)  # noqa: S506 - a SafeLoader with fewer types
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise AgreementsRefused([f"not readable as YAML: {' '.join(str(error).split())[:300]}"]) from error
    if not isinstance(data, Mapping):
        raise AgreementsRefused(["a mapping of keys is expected; vouchsafe agreements blank prints one"])
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise AgreementsRefused([_problem(one["loc"], one["msg"]) for one in error.errors()]) from error
    rows, problems = [], []
    for row in file.agreements:
        try:
            rows.append(_agreement(row))
        except ValueError as error:
            problems.append(f"agreements.{row.id}.{error}")
    problems += _between(file, rows)
    if problems:
        raise AgreementsRefused(problems)
    return Register(
        covered_entity=file.covered_entity,
        operator=_id(file.operator),
        requires=frozenset(file.requires),
        pin=Pin(frozenset(file.pin.regions), frozenset(file.pin.jurisdictions)),
        longest_retention_days=file.longest_retention_days,
        agreements=tuple(rows),
        ref=f"agreements@{hashlib.sha256(content).hexdigest()[:32]}",
    )


def _agreement(row: _Row) -> Agreement:
    return Agreement(
        id=AgreementId(row.id),
        party=row.party,
        link=row.link,
        under=_id(row.under),
        service=row.service,
        endpoint=row.endpoint,
        region=row.region,
        jurisdiction=row.jurisdiction,
        models=frozenset(row.models),
        features=frozenset(row.features),
        data=frozenset(row.data),
        no_training=row.no_training,
        retention_days=row.retention_days,
        papers=tuple(Paper(p.kind, p.signed, p.ends, p.file, p.sha256, frozenset(p.terms)) for p in row.papers),
        sub_processors=tuple(SubProcessor(s.party, AgreementId(s.agreement)) for s in row.sub_processors),
        reviewed=row.reviewed,
        review_by=row.review_by,
        confirmed=Confirmation(row.confirmed.by, row.confirmed.on) if row.confirmed else None,
    )


def _between(file: _File, rows: Sequence[Agreement]) -> list[str]:
    """What is wrong between rows that are each well-formed."""
    held = Counter(row.id for row in file.agreements)
    problems = [f"agreements.{one}: stands twice" for one, count in held.items() if count > 1]
    if file.operator is not None and file.operator not in held:
        problems.append(f"operator: there is no row {file.operator}")
    for row in rows:
        if row.under is not None and row.under not in held:
            problems.append(f"agreements.{row.id}.under: there is no row {row.under}")
        if row.under is not None and _circles(row, {one.id: one for one in rows}):
            problems.append(f"agreements.{row.id}.under: the chain leads back to itself")
    return problems


def _circles(row: Agreement, rows: Mapping[AgreementId, Agreement]) -> bool:
    seen, at = {row.id}, row.under
    while at is not None and at in rows:
        if at in seen:
            return True
        seen.add(at)
        at = rows[at].under
    return False


def _id(text: str | None) -> AgreementId | None:
    return None if text is None else AgreementId(text)


def _problem(loc: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, loc))}: {message[0].lower()}{message[1:]}"
