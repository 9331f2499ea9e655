"""Nothing is stored without a purpose on record (R159)."""

from dataclasses import fields

import pytest
from sqlalchemy import LargeBinary

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.store import schema
from vouchsafe.store.elements import ELEMENTS
from vouchsafe.store.fields import Field

PLACES = {one.place for one in ELEMENTS}


@pytest.mark.parametrize("field", list(Field), ids=lambda field: field.name)
def test_every_sealed_field_says_what_it_holds_and_why(field: Field) -> None:
    assert [one for one in ELEMENTS if one.field is field], (
        "write a line in store/elements.py, then vouchsafe reference"
    )


@pytest.mark.parametrize("name", sorted(schema.metadata.tables))
def test_every_column_of_bytes_says_why_it_is_kept(name: str) -> None:
    columns = schema.metadata.tables[name].columns
    bytes_in = {f"{name}.{column.name}" for column in columns if isinstance(column.type, LargeBinary)}

    assert bytes_in - PLACES == set(), "write a line in store/elements.py, then vouchsafe reference"


def test_every_part_of_a_contacts_record_has_a_line_of_its_own() -> None:
    told = [one.holds for one in ELEMENTS if one.place == "contact.sealed"]

    assert sorted(told) == sorted(["groups", *(field.name for field in fields(KnownContact))])


def test_every_line_names_a_place_that_there_is() -> None:
    there = {f"{table.name}.{column.name}" for table in schema.metadata.tables.values() for column in table.columns}

    assert PLACES - there == {"object (file)"}
    assert all(one.holds and one.purpose for one in ELEMENTS)
