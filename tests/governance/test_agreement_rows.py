"""The row of a mail relay of our own is written into a register and changes nothing else in it."""

from datetime import date
from importlib.resources import files

import pytest

from vouchsafe.domain.agreement import Permit
from vouchsafe.governance.agreement_files import AgreementsRefused, read_register
from vouchsafe.governance.agreement_rows import OWN_RELAY, blank_relay, new_register, with_own_relay
from vouchsafe.governance.agreements import permit
from vouchsafe.governance.ways_out import MAIL, PAGES
from vouchsafe.testing.agreements import TODAY, register_bytes

HERE, THERE = "smtp://127.0.0.1:25", "smtp://10.1.1.1:25"
_ROW = (
    b"{id: a, party: b, link: own, service: kms, endpoint: 'https://10.0.0.1', region: r, jurisdiction: US, "
    b"features: [keys], data: [public], retention_days: 3}"
)
BLANK = (files("vouchsafe.data") / "agreements" / "blank.yaml").read_bytes()
FILES = {
    "new": new_register("Example Clinic"),
    "the blank one": BLANK,
    "the demo's": (files("vouchsafe.data") / "demo" / "agreements.yaml").read_bytes(),
    "rows without indent, keys behind": register_bytes(),
    "no rows": b"covered_entity: Example Clinic\n",
    "rows first, a comment behind": b"agreements:\n- " + _ROW + b"\n# note\ncovered_entity: Example Clinic\n",
    "rows on one line": b"covered_entity: A\nagreements: [" + _ROW + b"]\nlongest_retention_days: 5\n",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_the_row_is_added_and_later_replaced_while_everything_else_stays(content: bytes) -> None:
    before = read_register(content)

    first = with_own_relay(content, HERE, "US", "Ann Lead, administrator", TODAY)
    again = with_own_relay(first, THERE, "US", "Ben Lead, administrator", TODAY)

    for written, endpoint in ((first, HERE), (again, THERE)):
        after = read_register(written)
        assert [one for one in after.agreements if one.id != OWN_RELAY] == list(before.agreements)
        assert after.covered_entity == before.covered_entity
        assert all(isinstance(permit(after, way.call(endpoint), TODAY), Permit) for way in (MAIL, PAGES))
    assert HERE.encode() not in again


def test_comments_of_the_operator_stay() -> None:
    written = with_own_relay(BLANK, HERE, "US", "Ann Lead", TODAY)

    comments = [line for line in BLANK.decode().splitlines() if "#" in line]
    assert [line for line in written.decode().splitlines() if "#" in line] == comments


@pytest.mark.parametrize(("endpoint", "country"), [("smtp://8.8.8.8:25", "US"), (HERE, "us"), (HERE, "")])
def test_an_address_outside_or_a_country_that_is_none_is_refused(endpoint: str, country: str) -> None:
    with pytest.raises(AgreementsRefused):
        with_own_relay(FILES["new"], endpoint, country, "Ann Lead", date(2026, 3, 2))


def test_the_printed_row_is_read_once_it_is_filled_in() -> None:
    filled = blank_relay("smtp://mx.provider.example:587")
    for key, value in (
        ("party", "Provider"), ("region", "us-east-1"), ("jurisdiction", "US"), ("signed", "2025-06-01"),
        ("file", "baa.pdf"), ("sha256", "ab" * 32), ("reviewed", "2026-01-01"), ("review_by", "2027-01-01"),
        ("confirmed", "{by: Ann, on: 2026-01-02}"),
    ):  # fmt: skip
        filled = filled.replace(f"{key}:  ", f"{key}: {value}  ").replace(f"    {key}:\n", f"    {key}: {value}\n")
    register = read_register(b"covered_entity: A\npin: {regions: [us-east-1]}\nagreements:\n" + filled.encode())

    assert all(
        isinstance(permit(register, way.call("smtp://mx.provider.example:587"), TODAY), Permit) for way in (MAIL, PAGES)
    )
