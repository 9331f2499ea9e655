"""Reads `facts.yaml`, the values that slots of approved answers are filled with, each with its type.

clinic_phone: {type: phone, value: (555) 555-0100}
desk_hours: {type: opening_hours, value: Mon-Fri 8:00-18:00}
garage: {type: text, value: {en: the Dune Street garage, es: el garaje de Dune Street}}
"""

from collections.abc import Mapping
from pathlib import Path

from vouchsafe.domain.facts import BadFact, Fact, Facts, fact_of
from vouchsafe.plugins.knowledge.folder.formats import Unreadable, parse_yaml

FACTS_FILE = "facts.yaml"
_MAX_BYTES = 256 * 1024
_MOST = 500
_KEYS = frozenset({"type", "value"})


def read_facts(folder: Path) -> Facts:
    """The facts of a folder; none where it has no such file.

    A fact that cannot be used stands under `refused` with the reason, so that only answers that need it are left out;
    a file that cannot be read at all stands there under the empty name.
    """
    file = folder / FACTS_FILE
    if not file.is_file():
        return Facts(place=FACTS_FILE)
    try:
        return _facts(_loaded(folder, file))
    except (Unreadable, OSError) as error:
        says = str(error) if isinstance(error, Unreadable) else f"cannot be opened ({type(error).__name__})"
        return Facts(refused={"": says}, place=FACTS_FILE)


def _loaded(folder: Path, file: Path) -> Mapping[str, object]:
    if not file.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("a link that leads out of the folder; copy the file into it")
    if file.stat().st_size > _MAX_BYTES:
        raise Unreadable("larger than 256 kB; it holds short values only")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8 text") from error
    rows = parse_yaml(text, "table of facts", as_written=True)
    if len(rows) > _MOST:
        raise Unreadable(f"more than {_MOST} facts")
    return rows


def _facts(rows: Mapping[str, object]) -> Facts:
    known: dict[str, Fact] = {}
    refused: dict[str, str] = {}
    for name, row in rows.items():
        try:
            known[name] = _fact(name, row)
        except BadFact as problem:
            refused[name[:40]] = str(problem)
    return Facts(known, refused, FACTS_FILE)


def _fact(name: str, row: object) -> Fact:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise BadFact("needs a type and a value and nothing else: {type: phone, value: (555) 555-0100}")
    return fact_of(name, str(row["type"]), row["value"])
