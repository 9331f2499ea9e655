"""Loads the policy pack of a desk: its files read strictly, joined, checked as a whole, and hashed.

A pack is a folder of YAML files (or one file). Every file is a mapping with some of the keys of
`pack_files.PackFile`; nothing of a pack is in force unless all of it is sound.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import (
    HoldRow,
    Intent,
    Mode,
    NoticeKind,
    NoticeText,
    Pack,
    Phrases,
    Queue,
    Remedy,
    Routes,
)
from vouchsafe.governance.pack_checks import problems_of
from vouchsafe.governance.pack_files import (
    HoldKeys,
    IntentRow,
    NoticeRow,
    PackRefused,
    PhrasesRow,
    QueueRow,
    RoutesRow,
    merge,
    read_all,
)

__all__ = ["SHIPPED", "PackRefused", "as_shipped", "load_pack"]

SHIPPED = ("patient", "it")
"""Names of the packs that come with vouchsafe."""


def load_pack(folder: Path | None = None, name: str = "patient") -> Pack:
    """The pack in a folder or file, else the shipped one of that name.

    Slots that the pack itself can fill (`{name}`, `{desk}`, `{phone}`, `{emergency_number}`, `{crisis_line}`) are
    filled in notices and phrases; `{within}`, `{title}`, `{part}` and `{link}` stay for whoever uses the text.
    Raises: PackRefused naming the file, the key and an example, or everything that is wrong with the whole.
    """
    root = _root(folder, name)
    parsed, digest = read_all(root)
    pack = _build(merge(parsed), digest)
    problems = problems_of(pack)
    if problems:
        raise PackRefused(root.name, problems)
    return pack


def as_shipped(intent: Intent) -> bool:
    """Whether a shipped intent has exactly these examples and counter-examples."""
    return (intent.examples, intent.counter_examples) in _shipped_examples()


@cache
def _shipped_examples() -> frozenset[tuple[tuple[str, ...], tuple[str, ...]]]:
    return frozenset((one.examples, one.counter_examples) for name in SHIPPED for one in load_pack(name=name).intents)


def _root(folder: Path | None, name: str) -> Traversable:
    if folder is not None:
        if not folder.exists():
            raise PackRefused(str(folder), ["no such folder or file"])
        return folder
    if name not in SHIPPED:
        raise PackRefused(name, [f"no shipped pack of this name; shipped are {' and '.join(SHIPPED)}"])
    return files("vouchsafe.data") / "packs" / name


def _build(whole: Mapping[str, Any], digest: str) -> Pack:
    """The pack as a value; what does not fit together is found by `problems_of` afterwards."""
    slots = {
        "{name}": whole["organisation"],
        "{desk}": whole["title"],
        "{phone}": whole["phone"],
        "{emergency_number}": whole["emergency_number"],
        "{crisis_line}": whole["crisis_line"],
    }
    simple = ("name", "version", "title", "organisation", "audience", "zone", "emergency_number", "crisis_line")
    numbers = ("phone", "signatures", "notice_every_min", "auto_replies_per_day", "min_confidence")
    return Pack(
        digest=digest,
        intents=tuple(_intent(row) for row in whole["intents"]),
        queues=tuple(_queue(row) for row in whole["queues"]),
        routes=_routes(whole["routes"]),
        notices=tuple(_notice(row, slots) for row in whole["notices"]),
        phrases=tuple(_phrases(row, slots) for row in whole["phrases"]),
        remedies=tuple(Remedy(**row.model_dump()) for row in whole.get("remedies", [])),
        holds=tuple(_hold(row) for row in whole.get("holds", [])),
        languages=tuple(whole["languages"]),
        groups=frozenset(whole["groups"]),
        groups_at=tuple((Assurance(row.level), frozenset(row.groups)) for row in whole.get("groups_at", [])),
        pages_for=tuple(Tier(tier) for tier in whole["pages_for"]),
        **{key: whole[key] for key in (*simple, *numbers)},
    )


def _intent(row: IntentRow) -> Intent:
    values = row.model_dump() | {
        "mode": Mode(row.mode),
        "queue": QueueName(row.queue),
        "examples": tuple(row.examples),
        "counter_examples": tuple(row.counter_examples),
        "level": Assurance(row.level),
    }
    return Intent(**values)


def _queue(row: QueueRow) -> Queue:
    return Queue(**(row.model_dump() | {"name": QueueName(row.name)}))


def _routes(row: RoutesRow) -> Routes:
    return Routes(**{finding: QueueName(queue) for finding, queue in row.model_dump().items()})


def _notice(row: NoticeRow, slots: Mapping[str, str]) -> NoticeText:
    return NoticeText(NoticeKind(row.kind), row.language, _filled(row.text, slots), row.safe_for_writer)


def _phrases(row: PhrasesRow, slots: Mapping[str, str]) -> Phrases:
    return Phrases(**{key: _filled(text, slots) for key, text in row.model_dump().items()})


def _hold(row: HoldKeys) -> HoldRow:
    queue = None if row.queue is None else QueueName(row.queue)
    return HoldRow(row.id, row.reason, tuple(row.words), row.look_in, queue)


def _filled(text: str, slots: Mapping[str, str]) -> str:
    for slot, value in slots.items():
        text = text.replace(slot, value)
    return text.strip()
