"""The row of the mail relay that is set: printed to fill in, or written into the register for a server of our own."""

from collections.abc import Mapping
from datetime import date

import yaml

from vouchsafe.domain.agreement import AgreementId, Register
from vouchsafe.governance.agreement_files import AgreementsRefused, read_register
from vouchsafe.governance.pack_files import PlainLoader
from vouchsafe.governance.ways_out import MAIL, PAGES

OWN_RELAY = AgreementId("own-mail-relay")
_BLANK = """\
# The row for the mail relay that is set. Fill it in from the signed paper, put it under agreements: in your register
# (vouchsafe agreements blank prints a whole one), then: vouchsafe agreements adopt FILE --login YOU
  - id: mail-relay
    party:                     # the company as it stands on the paper
    link: business_associate
    service: mail_relay
    endpoint: {endpoint}
    region:                    # where the company handles the mail; it has to be one of those under pin
    jurisdiction:              # country of the company that controls it, in two capitals
    features: [{features}]     # send: replies and notices; page: pages to staff
    data: [{data}]             # identified: patients' words and addresses; none: pages, which hold neither
    papers:
      - kind: baa
        signed:                # such as 2026-03-02
        file:                  # such as mail-relay-baa.pdf
        sha256:                # (sha256sum mail-relay-baa.pdf)
        terms: [permitted_uses, safeguards, incident_reporting, sub_contractors, return_or_destruction, records_for_hhs]
    reviewed:
    review_by:
    confirmed:                 # {{by: "Ann Lead, privacy officer", on: 2026-03-02}}
"""


def blank_relay(endpoint: str) -> str:
    """The row of a relay that another company runs, to fill in."""
    return _BLANK.format(endpoint=endpoint, features=", ".join(_features()), data=", ".join(_data()))


def new_register(covered_entity: str) -> bytes:
    """A register without rows. It permits nothing."""
    return _dumped({"covered_entity": covered_entity, "requires": ["baa"], "pin": {"regions": []}, "agreements": []})


def with_own_relay(content: bytes, endpoint: str, country: str, by: str, on: date) -> bytes:
    """The register with a row that says: this mail server is run by the organisation itself. `by`: who says so.

    A row of this command's for another server is replaced; every other row, setting and comment stays as it is.
    Raises: AgreementsRefused for an address outside the organisation's own network or a country that is none.
    """
    register = read_register(content)
    row: Mapping[str, object] = {
        "id": str(OWN_RELAY),
        "party": register.covered_entity,
        "link": "own",
        "service": "mail_relay",
        "endpoint": endpoint,
        "region": "on-premises",
        "jurisdiction": country,
        "features": _features(),
        "data": _data(),
        "confirmed": {"by": by, "on": on},
    }
    written = _without_own(content) if register.get(OWN_RELAY) else content
    written = _with(written, row)
    _same_but_for_ours(register, read_register(written))
    return written


def _features() -> list[str]:
    return [one.feature.value for one in (MAIL, PAGES) if one.feature]


def _data() -> list[str]:
    return sorted(one.value for one in MAIL.data | PAGES.data)


def _with(content: bytes, row: Mapping[str, object]) -> bytes:
    """The row behind the last one, in the words of the file; only a list on one line is written anew."""
    text = content.decode()
    rows = _rows(text)
    if rows is None:
        return f"{text.rstrip()}\nagreements:\n{_indented(row, 2)}".encode()
    start, end, column = rows.start_mark.index, rows.end_mark.index, rows.start_mark.column
    if rows.flow_style:
        kept = yaml.load(text[start:end], PlainLoader)  # noqa: S506 - a SafeLoader with fewer types
        items = "".join(_indented(one, 2) for one in [*kept, row])
        return f"{text[:start].rstrip()}\n{items}{text[end:].lstrip(' ').removeprefix(chr(10))}".encode()
    before = text[:end].rstrip()
    return f"{before}\n{_indented(row, column)}{text[len(before) :].removeprefix(chr(10))}".encode()


def _without_own(content: bytes) -> bytes:
    """The file without the row of ours: its lines alone are taken out."""
    text = content.decode()
    rows = _rows(text)
    for item in rows.value if rows else ():
        named = {key.value: value.value for key, value in item.value}
        if named.get("id") == OWN_RELAY:
            if rows is not None and (rows.flow_style or len(rows.value) == 1):
                return f"{text[: rows.start_mark.index]}[]\n{text[rows.end_mark.index :]}".encode()
            start = text.rindex("-", 0, item.start_mark.index)
            return f"{text[:start].rstrip(' ')}{text[item.end_mark.index :]}".encode()
    return content


def _rows(text: str) -> "yaml.SequenceNode | None":
    """The list of agreements as it stands in the file."""
    whole = yaml.compose(text, yaml.SafeLoader)
    if isinstance(whole, yaml.MappingNode):
        for key, value in whole.value:
            if key.value == "agreements" and isinstance(value, yaml.SequenceNode):
                return value
    return None


def _indented(row: Mapping[str, object], column: int) -> str:
    lines = yaml.safe_dump([dict(row)], sort_keys=False, allow_unicode=True, width=1_000).splitlines()
    return "".join(f"{' ' * column}{line}\n" for line in lines)


def _dumped(whole: Mapping[str, object]) -> bytes:
    return yaml.safe_dump(dict(whole), sort_keys=False, allow_unicode=True).encode()


def _same_but_for_ours(before: Register, after: Register) -> None:
    """Raises: AgreementsRefused where anything else would change: the file is written in a way we do not know."""

    def others(register: Register) -> tuple[object, ...]:
        rows = tuple(one for one in register.agreements if one.id != OWN_RELAY)
        rules = register.requires, register.pin, register.longest_retention_days
        return register.covered_entity, register.operator, rules, rows

    if others(before) != others(after) or after.get(OWN_RELAY) is None:
        raise AgreementsRefused(["the row cannot be written into this file; add it by hand and adopt the file"])
