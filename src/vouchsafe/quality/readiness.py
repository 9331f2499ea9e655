"""The readiness record (R4): each stage's ways to fail, with metric, limit, owner and what measures it.

It is data, written before a model is chosen. Loading checks that it is whole; where a result was kept beside the
shipped heads, limit and result can be shown together.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

import yaml

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.staff import Role
from vouchsafe.pipeline.flow import STAGES as COMPUTED
from vouchsafe.quality.measured import figures

STAGES = ("ingest", *COMPUTED, "review", "send", "trail")
"""Every stage in the life of a message; those in the middle are the ones that `pipeline/flow.py` runs."""


class NotReady(VouchsafeError):
    """The record is not whole; the message names the stage and what it lacks."""


class Kept(StrEnum):
    """Whether a limit was kept, as far as what was measured can show."""

    YES = "kept"
    NO = "not kept"
    NOT_SHOWN = "not shown"
    """The rate itself keeps the limit, its one-sided 95 % bound does not: so few messages cannot carry it."""
    UNKNOWN = "run it"
    """Measured by a command or a test; no result is kept here."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What the metric may come to, in `unit`."""

    value: float
    unit: str
    is_floor: bool

    def __str__(self) -> str:
        said = f"{self.value * 100:g} %" if self.unit == "share" else f"{self.value:g} {self.unit}"
        return f"{'at least' if self.is_floor else 'at most'} {said}"

    def keeps(self, value: float) -> bool:
        """Whether a value is within the limit."""
        return value >= self.value if self.is_floor else value <= self.value


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a stage fails, and how that is seen. `how` is `command`, `test` or `program`."""

    failure: str
    metric: str
    limit: Limit
    source: str
    how: str
    by: str
    figure: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the record. `models`: roles of `data/weights.yaml`, and files of ours, that it reads."""

    name: str
    does: str
    owner: Role
    models: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a failure. `says` is empty where nothing is kept."""

    kept: Kept
    says: str


def load(commands: Collection[str]) -> tuple[Stage, ...]:
    """The record, in the order of the stages. `commands`: what may stand after `command:`. Raises: NotReady."""
    text = resources.files("vouchsafe.data").joinpath("readiness.yaml").read_text(encoding="utf-8")
    return parse(text, commands)


def parse(text: str, commands: Collection[str]) -> tuple[Stage, ...]:
    """A record from its YAML. Raises: NotReady where a stage, a limit, an owner or a measure is missing or unknown."""
    try:
        content = yaml.safe_load(text)
        stages = tuple(_stage(row, commands) for row in content["stages"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise NotReady(f"the readiness record is not of its shape: {type(error).__name__} {error}") from None
    names = tuple(one.name for one in stages)
    if names != STAGES:
        raise NotReady(f"the readiness record names {', '.join(names)}; the stages are {', '.join(STAGES)}")
    return stages


def result(failure: Failure) -> Result:
    """What was measured with the shipped heads, where the failure says where that stands."""
    if not failure.figure:
        return Result(Kept.UNKNOWN, "")
    found: Any = figures()
    for name in failure.figure.split("."):
        found = found[name]
    return _judged(failure.limit, found)


def _judged(limit: Limit, share: Mapping[str, Any]) -> Result:
    counted = limit.unit not in {"share", "area"}
    value = float(share["hits"] if counted else share["value"])
    bound = float(share["at_least"] if limit.is_floor else share["at_most"])
    word = "at least" if limit.is_floor else "at most"
    says = f"{share['hits']} of {share['n']}" + ("" if counted else f", {value:.3f}, {word} {bound:.3f}")
    if not limit.keeps(value):
        return Result(Kept.NO, says)
    return Result(Kept.YES if counted or limit.keeps(bound) else Kept.NOT_SHOWN, says)


def _stage(row: Mapping[str, Any], commands: Collection[str]) -> Stage:
    name = str(row["stage"])
    if row["owner"] not in set(Role):
        raise NotReady(f"the owner of {name} is no role: {row['owner']}")
    found = tuple(_failure(name, one, commands) for one in row["failures"])
    if not found:
        raise NotReady(f"{name} names no way to fail; a model is chosen only after that is written down")
    return Stage(name, str(row["does"]), Role(row["owner"]), tuple(map(str, row["models"])), found)


def _failure(stage: str, row: Mapping[str, Any], commands: Collection[str]) -> Failure:
    limits = [name for name in ("at_most", "at_least") if name in row["threshold"]]
    if len(limits) != 1:
        raise NotReady(f"{stage}, {row['failure']}: exactly one of at_most and at_least is needed")
    ((how, by),) = row["by"].items()
    if how not in {"command", "test", "program"} or (how == "command" and by not in commands):
        raise NotReady(f"{stage}, {row['failure']}: nothing measures it, {how} {by} is not there")
    limit = Limit(float(row["threshold"][limits[0]]), str(row["threshold"]["unit"]), is_floor=limits[0] == "at_least")
    return Failure(
        str(row["failure"]),
        str(row["metric"]),
        limit,
        str(row["source"]),
        how,
        str(by),
        str(row.get("figure", "")),
    )
