"""May this call be made? The one place that answers, from the agreement register, and the only builder of a `Permit`.

What is looked at, in this order; the first gap is the answer, and `gaps` names them all:
1. a row for exactly this service, endpoint and region
2. a named person confirmed the row
3. it covers the model, the feature and every class of data
4. the region, and where asked the jurisdiction, are inside the workspace's pin
5. the party does not train on the data, and keeps it no longer than allowed
6. the papers that the register asks for are signed, in force, complete in their terms, and not overdue for review
7. the same of every link above, up to the covered entity, and of every sub-processor below
"""

from collections.abc import Iterable, Iterator
from datetime import date

from vouchsafe.domain.agreement import (
    PHI,
    Agreement,
    AgreementId,
    Call,
    DataClass,
    Paper,
    Permit,
    Refusal,
    Register,
    Service,
    Term,
    Why,
)

UNREADABLE = (
    "The agreement register in force cannot be read, so nothing may leave under it; adopt it again from its file: "
    "vouchsafe agreements adopt FILE --login YOU."
)
"""What is said where a register is in force and neither its seal nor its file opens."""
_NO_REGISTER = "No agreement register was adopted, so nothing may leave this installation"
_OWN_RELAY = (
    "If your organisation runs the mail server itself, an administrator says so with: vouchsafe agreements relay "
    "--ours --login YOU. If another company does, have an agreement signed and add its row; vouchsafe agreements relay "
    "prints it to fill in."
)
"""What to do about mail that has no row. The command stands in `cli/agreements.py`; a test runs it as it is told."""


def permit(register: Register | None, call: Call, today: date) -> Permit | Refusal:
    """The permit for one call on this day, or why it may not be made."""
    if register is None:
        return Refusal(
            Why.NO_REGISTER,
            f"{_NO_REGISTER}. {_OWN_RELAY}"
            if call.by_mail
            else f"{_NO_REGISTER}; vouchsafe agreements blank prints one to fill in.",
        )
    rows = [one for one in register.agreements if one.service is call.service and one.endpoint == call.endpoint]
    if not rows:
        return Refusal(
            Why.NO_ROW,
            f"No agreement on record names the mail server {call.endpoint}. {_OWN_RELAY}"
            if call.by_mail
            else f"No agreement on record names the endpoint {call.endpoint}; have one signed and add its row, or "
            "choose a service that runs on a machine of your own.",
        )
    judged = [(row, list(_refusals(register, row, call, today))) for row in rows]
    for row, refusals in judged:
        if not refusals:
            return Permit(call, row.id, row.party, _chain(register, row), row.inside, register.ref, today)
    # The row that comes nearest: people want to hear of the paper they meant.
    return min((refusals for _, refusals in judged), key=len)[0]


def gaps(register: Register, today: date) -> dict[AgreementId, tuple[Refusal, ...]]:
    """Each row with everything that keeps it from permitting what it covers; an empty tuple where nothing does."""
    return {row.id: tuple(_of_row(register, row, row.data, today)) for row in register.agreements}


def _refusals(register: Register, row: Agreement, call: Call, today: date) -> Iterator[Refusal]:
    yield from _coverage(row, call)
    yield from _of_row(register, row, call.data, today)


def _coverage(row: Agreement, call: Call) -> Iterator[Refusal]:
    if row.region != call.region and (call.region or row.service is Service.MODEL):
        yield Refusal(
            Why.REGION,
            f"The agreement {row.id} with {row.party} is for the region {row.region}, not for {call.region}; "
            "have the other region added to the paper, or use the one that is covered.",
        )
    if row.service is Service.MODEL and call.model not in row.models:
        yield _not_covered(row, f"the model {call.model}")
    if call.feature not in row.features:
        yield _not_covered(row, f"the feature {call.feature.value}")
    for missing in sorted(call.data - row.data):
        yield _not_covered(row, f"data of the class {missing.value}")


def _not_covered(row: Agreement, what: str) -> Refusal:
    return Refusal(
        Why.NOT_COVERED,
        f"The agreement {row.id} with {row.party} does not cover {what}; "
        "compare it with the signed paper, and add it there first.",
    )


def _of_row(register: Register, row: Agreement, data: frozenset[DataClass], today: date) -> Iterator[Refusal]:
    """Gaps of a row whatever is called: its own, those above it, those below it."""
    yield from _confirmed(row, today)
    yield from _place(register, row)
    yield from _use(register, row, data)
    yield from _paper(register, row, today)
    yield from _above(register, row, data, today)
    yield from _below(register, row, data, today)


def _confirmed(row: Agreement, today: date) -> Iterator[Refusal]:
    if row.confirmed is None or row.confirmed.on > today:
        yield Refusal(
            Why.UNCONFIRMED,
            f"Nobody has confirmed the row {row.id} for {row.party} against its signed paper yet; "
            "let a named person compare them and fill in confirmed.",
        )


def _place(register: Register, row: Agreement) -> Iterator[Refusal]:
    """R29. A machine of the organisation's own is where the data is already."""
    if row.inside:
        return
    pin = register.pin
    if not pin.regions:
        yield Refusal(
            Why.REGION,
            "No region was chosen for this workspace, so nothing may leave it; name the regions under pin.",
        )
    elif row.region not in pin.regions:
        yield Refusal(
            Why.REGION,
            f"{row.party} would process the data in {row.region}; this workspace is pinned to {_words(pin.regions)}.",
        )
    if pin.jurisdictions and row.jurisdiction not in pin.jurisdictions:
        yield Refusal(
            Why.JURISDICTION,
            f"{row.party} is controlled from {row.jurisdiction}; this workspace is pinned to companies from "
            f"{_words(pin.jurisdictions)}.",
        )


def _use(register: Register, row: Agreement, data: frozenset[DataClass]) -> Iterator[Refusal]:
    """R31 and R68: what a model provider may do with the words besides answering."""
    if row.service is not Service.MODEL or row.inside:
        return
    if not row.no_training:
        yield Refusal(
            Why.TRAINING,
            f"{row.party} has not agreed to keep what it is sent out of training; "
            "have that put in writing, then set no_training.",
        )
    if data & PHI and row.retention_days is None:
        yield Refusal(
            Why.RETENTION,
            f"It is not on record how long {row.party} keeps what it is sent; patients' words need that in writing.",
        )
    elif data & PHI and row.retention_days is not None and row.retention_days > register.longest_retention_days:
        yield Refusal(
            Why.RETENTION,
            f"{row.party} keeps what it is sent for {row.retention_days} days; "
            f"this workspace allows {register.longest_retention_days} for patients' words.",
        )


def _paper(register: Register, row: Agreement, today: date) -> Iterator[Refusal]:
    if row.inside:
        return
    for kind in sorted(register.requires):
        held = [paper for paper in row.papers if paper.kind is kind]
        in_force = [one for one in held if one.signed <= today and (one.ends is None or today <= one.ends)]
        if not held:
            yield Refusal(Why.PAPER, f"No signed {_name(kind)} with {row.party} is on record for {row.id}.")
        elif not in_force:
            yield Refusal(Why.PAPER, _not_in_force(row, held[-1], today))
        else:
            yield from _terms(row, in_force[-1])
    if row.reviewed is None or row.reviewed > today or row.review_by is None:
        yield Refusal(Why.REVIEW, f"The agreement {row.id} with {row.party} has no date of its last and next review.")
    elif row.review_by < today:
        yield Refusal(
            Why.REVIEW,
            f"The agreement {row.id} with {row.party} was due for review on {row.review_by.isoformat()}; "
            "review it and set the next day.",
        )


def _not_in_force(row: Agreement, paper: Paper, today: date) -> str:
    when = (
        f"is signed for {paper.signed.isoformat()}, which is still to come"
        if paper.signed > today
        else f"ended on {paper.ends.isoformat() if paper.ends else 'an unknown day'}"
    )
    return f"The {_name(paper.kind)} with {row.party} for {row.id} {when}; renew it before anything is sent."


def _terms(row: Agreement, paper: Paper) -> Iterator[Refusal]:
    missing = sorted(set(Term) - paper.terms)
    if missing:
        yield Refusal(
            Why.TERMS,
            f"The {_name(paper.kind)} with {row.party} says nothing on "
            f"{_words(one.replace('_', ' ') for one in missing)} (45 CFR 164.504(e)(2)); have it completed.",
        )


def _above(register: Register, row: Agreement, data: frozenset[DataClass], today: date) -> Iterator[Refusal]:
    """Whoever hands the data on must be allowed to have it."""
    if row.inside:
        return
    links = _upward(register, row)
    if register.operator is not None and register.operator not in {one.id for one in links}:
        operator = register.get(register.operator)
        yield Refusal(
            Why.CHAIN,
            f"{row.id} does not stand under {register.operator}, the agreement by which "
            f"{operator.party if operator else 'the operator'} works for {register.covered_entity}; "
            "the chain is broken there.",
        )
    for link in links[1:]:
        yield from _link(register, link, data, today)


def _below(register: Register, row: Agreement, data: frozenset[DataClass], today: date) -> Iterator[Refusal]:
    """Whoever the party hands the data on to, and so on down."""
    for sub in row.sub_processors:
        link = register.get(sub.agreement)
        if link is None or link.under != row.id:
            yield Refusal(
                Why.CHAIN,
                f"{row.party} hands data on to {sub.party}, and no agreement between those two is on record "
                f"under {row.id}.",
            )
            continue
        yield from _link(register, link, data, today)
        yield from _place(register, link)
        yield from _use(register, link, data)
        yield from _below(register, link, data, today)


def _link(register: Register, link: Agreement, data: frozenset[DataClass], today: date) -> Iterator[Refusal]:
    """A gap elsewhere in the chain, told as one."""
    for gap in (*_confirmed(link, today), *_paper(register, link, today)):
        yield Refusal(Why.CHAIN, f"A link of the chain is missing: {gap.says}")
    for missing in sorted(data - link.data):
        yield Refusal(
            Why.CHAIN,
            f"A link of the chain is missing: the agreement {link.id} with {link.party} does not cover "
            f"data of the class {missing.value}.",
        )


def _upward(register: Register, row: Agreement) -> list[Agreement]:
    """The row, then whoever stands above it, nearest first. The file reader refused circles."""
    links, at = [row], register.get(row.under)
    while at is not None:
        links.append(at)
        at = register.get(at.under)
    return links


def _chain(register: Register, row: Agreement) -> tuple[AgreementId, ...]:
    def downward(one: Agreement) -> Iterator[AgreementId]:
        for sub in one.sub_processors:
            yield sub.agreement
            if (link := register.get(sub.agreement)) is not None:
                yield from downward(link)

    return (*(one.id for one in reversed(_upward(register, row))), *downward(row))


def _name(kind: str) -> str:
    return {"baa": "business associate agreement", "dpa": "data processing agreement"}[kind]


def _words(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
