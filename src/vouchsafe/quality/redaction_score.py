"""How well a redactor does on labelled messages. Only letters and digits count as characters.

    leak     identifying characters left / identifying characters
    recall   identifiers of which nothing is left / identifiers
    clean    messages with identifiers where nothing is left / messages with identifiers
    over     characters outside any span that were masked / characters outside any span
    touched  messages without any span where something was masked / messages without any span

and beside them, where one file is looked at closely,

    precision  identifying characters that were masked / characters that were masked, neutral ones aside

The label that a redactor gives does not matter: what is masked is masked. OTHER is neutral.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vouchsafe.quality.intervals import resampled, wilson
from vouchsafe.quality.labelled import NEUTRAL, LabelledText

MEASURES = ("leak", "recall", "clean", "over", "touched")


@dataclass(frozen=True, slots=True)
class Caught:
    """One identifier: its label, its characters, and how many of them were left."""

    label: str
    characters: int
    left: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One message. `plain` and `over`: characters outside any span, and how many of those were masked."""

    id: str
    group: str
    caught: tuple[Caught, ...]
    plain: int
    over: int
    free: bool
    """Nothing was labelled, not even as neutral."""
    touched: bool

    @property
    def characters(self) -> int:
        """Identifying characters."""
        return sum(one.characters for one in self.caught)

    @property
    def left(self) -> int:
        """Identifying characters that were left."""
        return sum(one.left for one in self.caught)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, what it was counted over, and its two-sided 95 % interval."""

    share: float
    of: int
    low: float
    high: float


def score(row: LabelledText, masked: Iterable[tuple[int, int]]) -> Scored:
    """Hold half-open masked ranges against the labels."""
    hidden = [False] * len(row.text)
    for start, end in masked:
        hidden[start:end] = [True] * (end - start)
    labelled = [False] * len(row.text)
    caught = []
    for start, end, label in row.spans:
        labelled[start:end] = [True] * (end - start)
        if label == NEUTRAL:
            continue
        places = [at for at in range(start, end) if row.text[at].isalnum()] or list(range(start, end))
        caught.append(Caught(label, len(places), sum(not hidden[at] for at in places)))
    plain = [at for at, one in enumerate(row.text) if one.isalnum() and not labelled[at]]
    return Scored(
        id=row.id,
        group=row.group,
        caught=tuple(caught),
        plain=len(plain),
        over=sum(hidden[at] for at in plain),
        free=not row.spans,
        touched=any(hidden),
    )


def rates(rows: Sequence[Scored]) -> dict[str, Rate]:
    """Every measure over some messages, in the order of `MEASURES`."""
    holding = [row for row in rows if row.caught]
    spans = [one for row in rows for one in row.caught]
    free = [row for row in rows if row.free]
    return {
        "leak": _of_characters([row.left for row in rows], [row.characters for row in rows]),
        "recall": _counted(sum(not one.left for one in spans), len(spans)),
        "clean": _counted(sum(not row.left for row in holding), len(holding)),
        "over": _of_characters([row.over for row in rows], [row.plain for row in rows]),
        "touched": _counted(sum(row.touched for row in free), len(free)),
    }


def precision(rows: Sequence[Scored]) -> Rate:
    """Of the characters that were masked, how many identify somebody."""
    right = [row.characters - row.left for row in rows]
    return _of_characters(right, [good + row.over for good, row in zip(right, rows, strict=True)])


def closely(rows: Sequence[Scored]) -> dict[str, Rate]:
    """Every measure, and precision."""
    return {**rates(rows), "precision": precision(rows)}


def by_group(rows: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The messages of each group, groups in the order in which they come."""
    found: dict[str, list[Scored]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def table(title: str, groups: Mapping[str, Sequence[Scored]]) -> Iterator[str]:
    """Lines of a table: a head, then each group with how many messages it has and every measure."""
    yield f"{title:24}{'messages':>9}" + "".join(f"{measure:>9}" for measure in MEASURES)
    for name, of in groups.items():
        found = rates(of)
        yield f"{name[:23]:24}{len(of):9}" + "".join(f"{found[measure].share:9.4f}" for measure in MEASURES)


def by_label(rows: Sequence[Scored]) -> dict[str, tuple[Rate, float]]:
    """Recall and the share of characters left, by label, the commonest first."""
    found: dict[str, list[Caught]] = {}
    for row in rows:
        for one in row.caught:
            found.setdefault(one.label, []).append(one)
    return {
        label: (
            _counted(sum(not one.left for one in of), len(of)),
            sum(one.left for one in of) / max(1, sum(one.characters for one in of)),
        )
        for label, of in sorted(found.items(), key=lambda item: -len(item[1]))
    }


def overall(rows: Sequence[Scored]) -> Iterator[str]:
    """Lines: every measure over some messages, with its interval and what it was counted over."""
    for measure, rate in closely(rows).items():
        yield f"  {measure:10} {rate.share:.4f}  95 % interval {rate.low:.4f} to {rate.high:.4f}, n {rate.of}"


def labels(rows: Sequence[Scored]) -> Iterator[str]:
    """Lines: every label with recall, its interval and the share of characters left."""
    for label, (rate, left) in by_label(rows).items():
        said = f"{rate.low:.3f} to {rate.high:.3f}"
        yield f"  {label:16} n {rate.of:<6} recall {rate.share:.4f} ({said})  leak {left:.4f}"


def worst(rows: Sequence[Scored], count: int) -> dict[str, list[str]]:
    """Ids of the messages that leak most, by label."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        for label in {one.label for one in row.caught if one.left}:
            left = sum(one.left for one in row.caught if one.label == label)
            found.setdefault(label, []).append((left, row.id))
    return {label: [row for _, row in sorted(of, reverse=True)[:count]] for label, of in sorted(found.items())}


def _counted(hits: int, of: int) -> Rate:
    low, high = wilson(hits, of)
    return Rate(hits / of if of else 0.0, of, low, high)


def _of_characters(parts: Sequence[int], wholes: Sequence[int]) -> Rate:
    pairs = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole]
    low, high = resampled(pairs, lambda one: one[0], lambda one: one[1])
    total = sum(wholes)
    return Rate(sum(parts) / total if total else 0.0, total, low, high)
