"""The template language of synthetic messages, and the grammar files that are written in it.

`(a|b|)` picks one of the alternatives, nested if need be; `{slot}` is filled afterwards. Answers of agents are
sentences of the knowledge pages, found by page and heading, so that pages and answers cannot drift apart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from vouchsafe.domain.sentences import qualifies_previous, sentence_spans
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One question of an intent in many phrasings, with the sentences that answer it, rule before exception."""

    asks: tuple[str, ...]
    answer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine intent. `hard`: administrative, but with words of care in it, the kind detectors trip over."""

    name: str
    desk: str
    weight: float
    hard: bool
    subjects: tuple[str, ...]
    contexts: tuple[str, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of message that people answer. `labels`: what detectors should say, names as in `synth.Labels`."""

    name: str
    desk: str
    weight: float
    joins: bool
    labels: Mapping[str, Any]  # Any: flags, a language, or lists of kinds; `synth` makes Labels of them
    subjects: tuple[str, ...]
    asks: tuple[str, ...]
    replies: tuple[str, ...]
    role: str
    queue: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Style:
    """Words for slots, and how people open, pad and close a message."""

    slots: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    by_manner: Mapping[str, Mapping[str, tuple[str, ...]]]
    """`greetings` and `closings`, each by manner (formal, plain, none)."""
    sms: Mapping[str, str]
    keyboard: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that synthetic conversations are made of."""

    routines: tuple[Routine, ...]
    families: tuple[Family, ...]
    style: Style


@cache
def load_grammar() -> Grammar:
    """The shipped grammar. Raises: ValueError where a topic names a page or heading that does not exist."""
    folder = demo_folder() / "synth"
    style = _read(folder / "style.yaml")
    families = _read(folder / "risks.yaml")["families"]
    return Grammar(
        routines=tuple(r for name in ("patient", "it") for r in _routines(_read(folder / f"{name}.yaml"))),
        families=tuple(_family(row) for row in families),
        style=_style(style),
    )


def expand(template: str, rng: Random, slots: Mapping[str, Sequence[str]]) -> str:
    """One sentence of a template. Raises: KeyError for a slot that nobody fills."""
    text = template
    while (choice := _CHOICE.search(text)) is not None:
        text = text[: choice.start()] + rng.choice(choice[1].split("|")) + text[choice.end() :]
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r" ([.,?!])", r"\1", text).strip()
    return _SLOT.sub(lambda slot: rng.choice(slots[slot[1]]), text)


def section_sentences(page: str, heading: str) -> tuple[str, ...]:
    """The sentences under a heading of a knowledge page, in order.

    Raises: ValueError for a heading that the page does not have.
    """
    text = (knowledge_folder() / page).read_text(encoding="utf-8")
    lines = text.splitlines()
    try:
        start = lines.index(f"## {heading}") + 1
    except ValueError as error:
        raise ValueError(f"{page} has no heading {heading!r}") from error
    section = []
    for line in lines[start:]:
        if line.startswith("#"):
            break
        section += [line[span.start : span.end].strip() for span in sentence_spans(line)]
    return tuple(section)


def pick_answer(answer: Sequence[str], rng: Random) -> tuple[str, ...]:
    """The first one to three sentences of an answer; an exception right behind them is never cut off."""
    count = min(len(answer), rng.randint(1, 3))
    while count < len(answer) and qualifies_previous(answer[count]):
        count += 1
    return tuple(answer[:count])


def _read(path: Path) -> dict[str, Any]:  # Any: YAML values are parsed into types by the callers
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _routines(content: Mapping[str, Any]) -> list[Routine]:
    return [
        Routine(
            name=row["name"],
            desk=content["desk"],
            weight=float(row["weight"]),
            hard=bool(row.get("hard", False)),
            subjects=tuple(row["subjects"]),
            contexts=tuple(row["contexts"]),
            topics=tuple(_topic(topic) for topic in row["topics"]),
        )
        for row in content["intents"]
    ]


def _topic(row: Mapping[str, Any]) -> Topic:
    by_hand = row.get("resolution")
    answer = tuple(by_hand) if by_hand else section_sentences(row["page"], row["section"])
    return Topic(asks=tuple(row["asks"]), answer=answer)


def _family(row: Mapping[str, Any]) -> Family:
    lists = {name: tuple(row[name]) for name in ("subjects", "asks", "replies")}
    return Family(**{**row, **lists, "joins": bool(row.get("joins", False)), "weight": float(row["weight"])})


def _style(row: Mapping[str, Any]) -> Style:
    words = ("slots", "greetings", "closings", "sms", "keyboard")
    return Style(
        slots={name: tuple(str(v) for v in values) for name, values in row["slots"].items()},
        phrases={name: tuple(values) for name, values in row.items() if name not in words},
        by_manner={
            part: {manner: tuple(values) for manner, values in row[part].items()} for part in ("greetings", "closings")
        },
        sms=dict(row["sms"]),
        keyboard=dict(row["keyboard"]),
    )
