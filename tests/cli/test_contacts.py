"""People of the master are taken over from a file; mistakes are named by line and quote nobody."""

from pathlib import Path

import orjson
import pytest
from sqlalchemy import select
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.cli import contacts
from vouchsafe.cli.contacts import read_file
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event_types import EventType
from vouchsafe.installing import Refused, import_contacts
from vouchsafe.settings import Settings
from vouchsafe.store import contacts as stored
from vouchsafe.store import schema, trail

HEADER = "record,names,emails,phones,dates,ids,addresses,language,staff\n"
ADA = (
    'P1,Ada Byron;Ada King,ada@home.example;ada@work.example,(555) 555-0101,1815-12-10,ACC1,"1 Mill Lane, Bay",en,no\n'
)
EVE = "P2,Eve Stone,,,,,,es-MX,yes\n"


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    return App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)


def a_file(tmp_path: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_people_of_a_csv_file_are_recognised_by_their_addresses(app: App, clinic: Clinic, tmp_path: Path) -> None:
    read = read_file(a_file(tmp_path, "\ufeff" + HEADER + ADA + EVE))

    assert (read.problems, import_contacts(app, clinic.workspace, read.people)) == ([], (2, 0))
    with clinic.store(clinic.workspace) as work:
        for address in ("ADA@home.example", "ada@work.example", "+1 555 555 0101"):
            (ada,) = stored.at(work.context, PhiText(address))
            assert ada.known.names == ("Ada Byron", "Ada King")
        assert ada.known.ids == ("P1", "ACC1")
        assert ada.known.dates == ("1815-12-10",)
        assert ada.known.addresses == ("1 Mill Lane, Bay",)
        assert not ada.is_staff
        (event,) = trail.search(work.context, types=[EventType.CONTACT_IMPORTED])
        rows = work.context.connection.execute(select(schema.contact.c.language, schema.contact.c.is_staff)).all()
    assert event.leaf.case is None
    assert sorted(map(tuple, rows)) == [("en", False), ("es-MX", True)]


def test_json_lines_hold_the_same(tmp_path: Path) -> None:
    row = {"record": 1, "names": ["Ada Byron"], "emails": "a@x.example; b@x.example", "staff": True}
    read = read_file(a_file(tmp_path, orjson.dumps(row) + b"\n\n[1]\nnone\n", "people.jsonl"))

    (ada,) = read.people
    assert (ada.record, ada.known.emails, ada.is_staff) == ("1", ("a@x.example", "b@x.example"), True)
    assert [problem.partition(":")[0] for problem in read.problems] == ["line 3", "line 4"]


def test_the_same_record_again_replaces_the_person_and_the_address_stays_theirs_alone(
    app: App, clinic: Clinic, tmp_path: Path
) -> None:
    import_contacts(app, clinic.workspace, read_file(a_file(tmp_path, HEADER + ADA)).people)
    changed = ADA.replace("ada@work.example", "ada@new.example").replace("P1", "p1")

    counts = import_contacts(app, clinic.workspace, read_file(a_file(tmp_path, HEADER + changed + EVE)).people)

    assert counts == (1, 1)
    with clinic.store(clinic.workspace) as work:
        found = {
            address: len(stored.at(work.context, PhiText(address)))
            for address in ("ada@home.example", "ada@work.example", "ada@new.example", "p1")
        }
        assert stored.count(work.context) == 2
    assert found == {"ada@home.example": 1, "ada@work.example": 0, "ada@new.example": 1, "p1": 0}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",Ada Byron,,,,,,,", "record and names are required"),
        ("P9,,,,,,,,", "record and names are required"),
        ("P9,Ada Byron,ada at home,,,,,,", "emails: one is no mail address"),
        ("P9,Ada Byron,,12,,,,,", "phones: one has fewer than seven digits"),
        ("P9,Ada Byron,,,10/12/1815,,,,", "dates: one is not written as 1961-04-17"),
        ("P9,Ada Byron,,,,,,English please,", "language: it is no tag such as en or es-MX"),
        ("P9,Ada Byron,,,,,,,perhaps", "staff: yes or no is needed"),
        ("P9,Ada Byron", "it does not have the shape of the others"),
        ("P9,Ada Byron,,,,,,,,,,", "it does not have the shape of the others"),
        ("P1,Ada Byron,,,,,,,", "the record number stands in line 2 already"),
        ("P9," + "Byron" * 200 + ",,,,,,,", "names: at most 500 characters on one line"),
    ],
)
def test_a_line_with_a_mistake_is_left_out_and_quotes_nobody(tmp_path: Path, line: str, says: str) -> None:
    read = read_file(a_file(tmp_path, HEADER + ADA + line + "\n" + EVE))

    assert read.problems == [f"line 3: {says}"]
    assert [one.record for one in read.people] == ["P1", "P2"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks names and record"),
        (b"record,name\nP1,Ada\n", "lacks names"),
        (b"record,names,Byron Ada\nP1,Ada,x\n", "1 columns of the header are unknown"),
        (b"record,names,names\nP1,Ada,x\n", "twice"),
        (b"record,names\nP1,\xe9\n", "not UTF-8"),
        (b'record,names\nP1,"Byron\n', "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_quotes_nobody(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        read_file(a_file(tmp_path, content))
    assert "Byron" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        read_file(tmp_path / "none.csv")


def test_the_help_names_every_column() -> None:
    for column in contacts.COLUMNS:
        assert f"    {column} " in (contacts.__doc__ or "")


def test_a_person_is_in_the_groups_that_the_last_file_says_and_they_are_sealed(
    app: App, clinic: Clinic, tmp_path: Path
) -> None:
    def import_rows(rows: str) -> frozenset[str]:
        read = read_file(a_file(tmp_path, rows))
        assert read.problems == []
        import_contacts(app, clinic.workspace, read.people)
        with clinic.store(clinic.workspace) as work:
            (eve,) = stored.at(work.context, PhiText("eve@work.example"))
            (sealed,) = work.context.connection.execute(select(schema.contact.c.sealed)).scalars()
            assert b"benefits" not in bytes(sealed)
            assert eve.known.names == ("Eve Stone",)
        return eve.groups

    with_groups = "record,names,emails,staff,groups\nP2,Eve Stone,eve@work.example,yes,"
    assert import_rows(with_groups + "clinician; staff:benefits\n") == {"clinician", "staff:benefits"}
    assert import_rows(with_groups + "it\n") == {"it"}
    assert import_rows("record,names,emails,staff\nP2,Eve Stone,eve@work.example,yes\n") == frozenset()


@pytest.mark.parametrize(
    ("staff", "groups", "says"),
    [
        ("yes", "benefits", "neither clinician, it, nor a name"),
        ("yes", "staff", "neither clinician, it, nor a name"),
        ("yes", "public", "neither clinician, it, nor a name"),
        ("yes", "internal", "neither clinician, it, nor a name"),
        ("no", "clinician", "people with staff yes alone"),
        ("no", "staff:benefits", "people with staff yes alone"),
    ],
)
def test_a_group_that_nobody_may_be_given_so_leaves_the_line_out(
    tmp_path: Path, staff: str, groups: str, says: str
) -> None:
    read = read_file(a_file(tmp_path, f"record,names,staff,groups\nP1,Ada Byron,{staff},{groups}\n"))

    assert read.people == []
    assert says in read.problems[0]
    assert "Ada" not in read.problems[0]
