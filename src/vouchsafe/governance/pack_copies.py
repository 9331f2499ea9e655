"""An organisation's own copy of a shipped pack, with its name, numbers and zone in place of the demo clinic's."""

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.resources import as_file, files
from pathlib import Path

from vouchsafe.domain.pack import Pack
from vouchsafe.governance.pack_files import PackRefused
from vouchsafe.governance.packs import SHIPPED, load_pack

DEMO_NAME = re.compile(r"\blinden\s*bay\b", re.IGNORECASE)
"""The invented organisation of the shipped packs."""

FICTIONAL_NUMBER = re.compile(r"(?<!\d)(?:1?\d{3})?555\D{0,2}01\d\d(?!\d)")
"""555-0100 to 555-0199 ring nowhere. Source: NANPA, line numbers set aside for fictional use."""

_HEAD = "pack.yaml"
_COMMENT = re.compile(r"\A(?:#.*\n)+")


ZONE, EMERGENCY_NUMBER, CRISIS_LINE = "America/New_York", "911", "988"
"""What a copy says where nothing else was asked for; the numbers are those of the United States."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a copy says instead of the demo clinic's words; each field is a key of `pack.yaml`.

    `phone`: the number that notices name, as people should read it. `zone`: IANA name in which the desk's days count.
    """

    organisation: str
    phone: str
    zone: str = ZONE
    emergency_number: str = EMERGENCY_NUMBER
    crisis_line: str = CRISIS_LINE


def write_copy(name: str, folder: Path, own: OwnWords) -> Pack:
    """Copy the shipped pack into `folder`, which must not exist yet, with these words in it; gives the copy, loaded.

    The folder appears whole or not at all. Raises: PackRefused where it exists, the copy would not load, or it would
    still speak as the demo clinic.
    """
    if folder.exists():
        raise PackRefused(str(folder), ["this folder exists; edit the pack in it, or move it away first"])
    if name not in SHIPPED:
        raise PackRefused(name, [f"no shipped pack of this name; shipped are {' and '.join(SHIPPED)}"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        with as_file(files("vouchsafe.data") / "packs" / name) as shipped:
            shutil.copytree(shipped, fresh)
        head = fresh / _HEAD
        head.write_text(_in_own_words(head.read_text("utf-8"), own), encoding="utf-8")
        pack = load_pack(fresh)
        if found := demo_words(pack):
            raise PackRefused(name, found)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return pack


def demo_words(pack: Pack) -> list[str]:
    """Where the pack still says what only the demo clinic may say; a sentence each, empty where it nowhere does."""
    return [
        f"{place}: {what}; put your own into {_HEAD} of the pack"
        for place, text in _texts(pack)
        for what in _demo_in(text)
    ]


def _texts(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "organisation", pack.organisation
    yield "title", pack.title
    yield "phone", pack.phone
    for notice in pack.notices:
        yield f"notices.{notice.kind.value}.{notice.language}", notice.text
    for phrases in pack.phrases:
        for field in fields(phrases):
            yield f"phrases.{phrases.language}.{field.name}", getattr(phrases, field.name)
    for remedy in pack.remedies:
        yield f"remedies.{remedy.name}", remedy.phrase


def _demo_in(text: str) -> Iterator[str]:
    if DEMO_NAME.search(text):
        yield "names the demo clinic, Linden Bay"
    if FICTIONAL_NUMBER.search(text):
        yield "names a number that rings nowhere (555-0100 to 555-0199)"


def _in_own_words(head: str, own: OwnWords) -> str:
    """`pack.yaml` with these values; comments and all other keys stay as they are."""
    said = {field.name: _one_line(getattr(own, field.name)) for field in fields(own)}
    lines = [f"# A desk of {said['organisation']}. Edit this folder; a restart puts it in force."]
    for line in _COMMENT.sub("", head).splitlines():
        key = line.partition(":")[0]
        # A JSON string is a YAML string, whatever stands in it.
        lines.append(f"{key}: {json.dumps(said.pop(key), ensure_ascii=False)}" if key in said else line)
    if said:
        raise PackRefused(_HEAD, [f"{key}: missing from the shipped pack" for key in said])
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
