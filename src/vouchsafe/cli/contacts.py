"""`vouchsafe contacts import FILE.csv|FILE.jsonl`: take over people from the organisation's master.

Columns of the CSV, or keys of each JSON object; several values of one column have semicolons between, in JSON they
may be a list:

    record      the master's own number of the person; required. The same number again replaces the person
    names       every name the person goes by; required
    emails      mail addresses
    phones      telephone numbers
    dates       dates of birth and the like, as 1961-04-17
    ids         other numbers: account, member, insurance
    addresses   postal addresses
    language    BCP 47 tag, en where it is left out
    staff       yes for people who work here; no where it is left out
    groups      what this person may read beside what the desk gives: clinician, it, or names of groups as the pages
                have them (staff:benefits); clinician, it and groups of work are for people with staff yes
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import cyclopts
import orjson

from vouchsafe.app import open_app
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.passage import names_members, of_work
from vouchsafe.installing import MasterContact, Refused, import_contacts, the_workspace
from vouchsafe.settings import load_settings

app = cyclopts.App(name="contacts", help="People of the organisation's master.")

_LISTS = ("names", "emails", "phones", "dates", "ids", "addresses")
COLUMNS = ("record", *_LISTS, "language", "staff", "groups")
_REQUIRED = frozenset({"record", "names"})
_EMAIL = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}$")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_LONGEST = 500
_STAFF = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}

Row = Mapping[str, object]


@dataclass(slots=True)
class ReadFile:
    """What a file holds: people, and for each line with a mistake a sentence that quotes nobody."""

    people: list[MasterContact] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@app.command(name="import")
def import_(file: Path) -> int:
    """Take over people; whoever is known by record number is replaced. Exit code 1 if lines were left out.

    Parameters
    ----------
    file
        CSV with a header line, or JSON Lines (.jsonl), UTF-8. Columns: record (the master's number of the person) and
        names are required; emails, phones, dates (as 1961-04-17), ids, addresses; language (en if left out), staff
        (yes or no), groups (clinician, it, or named ones such as staff:benefits). Several values of one column have
        semicolons between. Whoever is replaced is in the groups that this file says, and in no other.
    """
    read = read_file(file)
    with open_app(load_settings()) as opened:
        added, replaced = import_contacts(opened, the_workspace(opened), read.people)
    print(f"{added} people added, {replaced} replaced, {len(read.problems)} lines left out")
    for problem in read.problems:
        print(problem)
    return 1 if read.problems else 0


def read_file(file: Path) -> ReadFile:
    """Every line of the file. Raises: Refused where it cannot be read at all or lacks a required column."""
    read, seen = ReadFile(), dict[str, int]()
    rows = _json_lines(file) if file.suffix.lower() in {".jsonl", ".ndjson"} else _csv_lines(file)
    try:
        for number, row in rows:
            try:
                person = _person(row)
                _check_once(person.record, number, seen)
            except _Wrong as wrong:
                read.problems.append(f"line {number}: {wrong}")
            else:
                read.people.append(person)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is not UTF-8; save it as UTF-8 and try again") from None
    except csv.Error:
        raise Refused(f"{file} is not a CSV file; is a quotation mark left open?") from None
    return read


class _Wrong(ValueError):
    """A line cannot be used; the sentence names the column and never what stands in it."""


def _csv_lines(file: Path) -> Iterator[tuple[int, Row]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        _check_columns(header)
        if len(set(header)) != len(header):
            raise Refused("a column stands in the header twice; each name stands there once")
        reader.fieldnames = header
        for row in reader:
            if None in row or None in row.values():
                yield reader.line_num, {"": ""}
            else:
                yield reader.line_num, row


def _json_lines(file: Path) -> Iterator[tuple[int, Row]]:
    with file.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = None
            yield number, row if isinstance(row, dict) else {"": ""}


def _check_columns(names: list[str]) -> None:
    missing = sorted(_REQUIRED - set(names))
    if missing:
        raise Refused(f"the header lacks {' and '.join(missing)}; columns are {', '.join(COLUMNS)}")
    unknown = len(set(names) - set(COLUMNS))
    if unknown:
        raise Refused(f"{unknown} columns of the header are unknown; columns are {', '.join(COLUMNS)}")


def _check_once(record: str, number: int, seen: dict[str, int]) -> None:
    first = seen.setdefault(record.casefold(), number)
    if first != number:
        raise _Wrong(f"the record number stands in line {first} already")


def _person(row: Row) -> MasterContact:
    if "" in row:
        raise _Wrong("it does not have the shape of the others")
    if set(row) - set(COLUMNS):
        raise _Wrong(f"it has an unknown key; keys are {', '.join(COLUMNS)}")
    lists = {name: _several(name, row.get(name)) for name in _LISTS}
    record = _one("record", row.get("record"))
    if not record or not lists["names"]:
        raise _Wrong("record and names are required")
    _check("emails", all(_EMAIL.match(one) for one in lists["emails"]), "one is no mail address")
    enough = all(sum(c.isdigit() for c in one) >= 7 for one in lists["phones"])
    _check("phones", enough, "one has fewer than seven digits")
    _check("dates", all(_is_date(one) for one in lists["dates"]), "one is not written as 1961-04-17")
    language = _one("language", row.get("language")) or "en"
    _check("language", bool(_LANGUAGE.match(language)), "it is no tag such as en or es-MX")
    staff = _STAFF.get(_one("staff", row.get("staff")).lower())
    if staff is None:
        raise _Wrong("staff: yes or no is needed")
    groups = frozenset(_several("groups", row.get("groups")))
    _check("groups", all(map(names_members, groups)), "one is neither clinician, it, nor a name such as staff:benefits")
    _check("groups", staff or not any(map(of_work, groups)), "one is for people with staff yes alone")
    # The record number is as telling as any other number of the person, so redaction looks for it too.
    ids = tuple(dict.fromkeys((record, *lists["ids"])))
    return MasterContact(record, KnownContact(**{**lists, "ids": ids}), language, is_staff=staff, groups=groups)


def _several(name: str, value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else _one(name, value).split(";")
    return tuple(dict.fromkeys(one for part in parts if (one := _one(name, part))))


def _one(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int):
        raise _Wrong(f"{name}: text is needed")
    text = str(value).strip()
    if len(text) > _LONGEST or any(ord(c) < 32 for c in text):
        raise _Wrong(f"{name}: at most {_LONGEST} characters on one line")
    return text


def _check(name: str, well: bool, says: str) -> None:  # noqa: FBT001 - the outcome of the check itself
    if not well:
        raise _Wrong(f"{name}: {says}")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
