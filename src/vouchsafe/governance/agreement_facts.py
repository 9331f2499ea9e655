"""Dated notes on what large providers' agreements are said to cover: help for reading a paper. They permit nothing."""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import yaml

from vouchsafe.domain.agreement import Feature
from vouchsafe.governance.pack_files import PlainLoader


@dataclass(frozen=True, slots=True)
class Fact:
    """One note: who, which of their offers, whether an agreement is said to cover it (yes, no, partly), who says so."""

    party: str
    offer: str
    features: frozenset[Feature]
    covered: str
    says: str
    requirement: str
    source: str
    noted: date


def shipped_facts() -> tuple[Fact, ...]:
    """Every note, in the order of the file."""
    content = (files("vouchsafe.data") / "agreements" / "facts.yaml").read_text("utf-8")
    rows = yaml.load(content, PlainLoader)["facts"]  # noqa: S506 - a SafeLoader with fewer types
    return tuple(
        Fact(
            row["party"],
            row["offer"],
            frozenset(Feature(one) for one in row["features"]),
            row["covered"],
            row["says"],
            row["requirement"],
            row["source"],
            date.fromisoformat(row["noted"]),
        )
        for row in rows
    )


def blank() -> str:
    """A register to fill in; as it stands it permits nothing."""
    return (files("vouchsafe.data") / "agreements" / "blank.yaml").read_text("utf-8")
