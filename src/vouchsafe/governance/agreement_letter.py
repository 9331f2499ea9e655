"""The written answer to "where does our data go": endpoint, region, agreement and dates of one row, for procurement."""

from collections.abc import Iterator
from datetime import date

from vouchsafe.domain.agreement import Agreement, AgreementId, Link, PaperKind, Register
from vouchsafe.governance.agreements import gaps

_LINKS = {
    Link.BUSINESS_ASSOCIATE: "business associate",
    Link.SUB_PROCESSOR: "sub-processor",
    Link.OWN: "run by the organisation itself",
}
_KINDS = {PaperKind.BAA: "Business associate agreement", PaperKind.DPA: "Data processing agreement"}
NOTHING_LEAVES = (
    "No agreement register was adopted. vouchsafe hands no words to any provider outside this installation: "
    "replies are made of the organisation's own pages, on the organisation's own machine."
)
"""The answer where no register was adopted."""


def letter(register: Register, row: Agreement, today: date) -> str:
    """The answer for one row (R131): every fact on record, then whether it is in force today, and if not, why."""
    return "\n".join(
        [
            *_heading(register, row, today),
            "",
            *_facts(row),
            "",
            *_chain(register, row),
            "",
            *_verdict(register, row, today),
        ]
    )


def _heading(register: Register, row: Agreement, today: date) -> Iterator[str]:
    yield f"Where data of {register.covered_entity} goes: {row.party}"
    yield f"As of {today.isoformat()}, from the agreement register {register.ref}, row {row.id}."


def _facts(row: Agreement) -> Iterator[str]:
    yield f"Service:            {row.service.value.replace('_', ' ')}"
    yield f"Role:               {_LINKS[row.link]}"
    yield f"Endpoint:           {row.endpoint}"
    yield f"Region:             {row.region}"
    yield f"Controlled from:    {row.jurisdiction}"
    if row.models:
        yield f"Models:             {', '.join(sorted(row.models))}"
    yield f"Features covered:   {', '.join(sorted(row.features))}"
    yield f"Data covered:       {', '.join(sorted(row.data))}"
    yield f"Used for training:  {'no' if row.no_training or row.inside else 'not excluded'}"
    yield f"Kept by the party:  {_retention(row)}"
    for paper in row.papers:
        until = f"ends {paper.ends.isoformat()}" if paper.ends else "runs until ended"
        yield f"{_KINDS[paper.kind]}: signed {paper.signed.isoformat()}, {until}"
        yield f"  Evidence:         {paper.file}, SHA-256 {paper.sha256}"
        yield f"  Terms:            {', '.join(sorted(t.replace('_', ' ') for t in paper.terms)) or 'none on record'}"
    if not row.papers and not row.inside:
        yield "Signed papers:      none on record"
    yield f"Last review:        {_day(row.reviewed)}, next by {_day(row.review_by)}"
    confirmed = row.confirmed
    yield f"Confirmed:          {f'{confirmed.by}, {confirmed.on.isoformat()}' if confirmed else 'by nobody yet'}"


def _chain(register: Register, row: Agreement) -> Iterator[str]:
    yield "Chain:"
    yield f"  {register.covered_entity} (covered entity)"
    above: list[Agreement] = []
    at = register.get(row.under)
    while at is not None:
        above.insert(0, at)
        at = register.get(at.under)
    for link in above:
        yield f"  -> {link.party} ({_LINKS[link.link]}, {link.id})"
    yield f"  -> {row.party} ({_LINKS[row.link]}, {row.id})"
    yield from _sub_processors(register, row, "     ")


def _sub_processors(register: Register, row: Agreement, indent: str) -> Iterator[str]:
    for sub in row.sub_processors:
        link = register.get(sub.agreement)
        if link is None or link.under != row.id:
            yield f"{indent}-> {sub.party} (sub-processor, no agreement on record)"
            continue
        yield f"{indent}-> {sub.party} (sub-processor, {link.region}, {link.id})"
        yield from _sub_processors(register, link, indent + "   ")


def _verdict(register: Register, row: Agreement, today: date) -> Iterator[str]:
    found = gaps(register, today)[AgreementId(row.id)]
    if not found:
        yield "In force: calls to this endpoint, in this region, with these models, features and data are permitted."
        return
    yield "Not in force: vouchsafe refuses every call to this endpoint, because"
    yield from (f"  - {gap.says}" for gap in found)


def _retention(row: Agreement) -> str:
    if row.inside:
        return "on the organisation's own machine"
    if row.retention_days is None:
        return "not on record"
    return "not at all" if row.retention_days == 0 else f"{row.retention_days} days"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "not on record"
