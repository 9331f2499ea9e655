"""Measures the shipped redactor on labelled JSON Lines and prints one row a source.

    python training/redaction/measure.py --data DIR [--light] [--strict] [--lower] [--labels] [--misses SOURCE N]

DIR holds `*.jsonl` with `id, text, spans` ([start, end, label]), or with labels inside the text ({{NAME:Mary}}) as in
`quality/redaction`; rows with a `kind` are told apart by it. Nothing in the redactor is trained, so leaving one
source out is the same as scoring each; rules were written by people who had seen some of these texts.

Only letters and digits count as characters. OTHER is neutral. An identifier is caught only if all its letters and
digits are masked, whatever the label.
    leak     identifying characters left / identifying characters
    recall   identifiers caught / identifiers
    clean    messages with identifiers where none is left / messages with identifiers
    over     characters outside any span that were masked / characters outside any span
    touched  messages without any span where something was masked / messages without any span
"""

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vouchsafe.domain.identifier import Profile
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd

MARK = re.compile(r"\{\{(?P<label>[A-Z_]+):(?P<words>.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled message."""

    id: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    kind: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts of one source."""

    counts: Counter[str] = field(default_factory=Counter)
    by_label: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missed: list[str] = field(default_factory=list)

    def add(self, row: Row, masked: Iterable[tuple[int, int, str]]) -> None:
        """Count one message."""
        owner: list[str | None] = [None] * len(row.text)
        for start, end, label in row.spans:
            owner[start:end] = [label] * (end - start)
        hidden = [False] * len(row.text)
        for start, end, _ in masked:
            hidden[start:end] = [True] * (end - start)
        leaks = [self._span(row, span, hidden) for span in row.spans if span[2] != "OTHER"]
        self.counts["messages"] += 1
        if leaks:
            self.counts["holding"] += 1
            self.counts["clean"] += not any(leaks)
        if not row.spans:
            self.counts["free"] += 1
            self.counts["touched"] += any(hidden)
        plain = [at for at, one in enumerate(row.text) if one.isalnum() and owner[at] is None]
        self.counts["plain"] += len(plain)
        self.counts["over"] += sum(hidden[at] for at in plain)

    def _span(self, row: Row, span: tuple[int, int, str], hidden: list[bool]) -> bool:
        start, end, label = span
        places = [at for at in range(start, end) if row.text[at].isalnum()] or list(range(start, end))
        left = sum(not hidden[at] for at in places)
        for counts in (self.counts, self.by_label[label]):
            counts["spans"] += 1
            counts["caught"] += left == 0
            counts["characters"] += len(places)
            counts["left"] += left
        if left:
            around = row.text[max(0, start - 40) : end + 25].replace("\n", " / ")
            self.missed.append(f"{label} | {row.text[start:end]!r} | {around}")
        return left > 0

    def rate(self, part: str, whole: str) -> float:
        """A share in [0, 1]; 0 where there is nothing to share."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else 0.0


def read(path: Path, *, lower: bool) -> list[Row]:
    """The rows of a file; `lower` writes every text in lower case where that keeps its length."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        text, spans = _unmarked(one["text"]) if "spans" not in one else (one["text"], _spans(one["spans"]))
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
        rows.append(Row(str(one["id"]), lowered if lower else text, spans, one.get("kind")))
    return rows


def _spans(found: Iterable[Mapping[str, object]]) -> tuple[tuple[int, int, str], ...]:
    return tuple((int(str(one["start"])), int(str(one["end"])), str(one["label"])) for one in found)


def _unmarked(marked: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """The text without its marks, and the spans they named."""
    pieces, spans, length, at = [], [], 0, 0
    for mark in MARK.finditer(marked):
        before, words = marked[at : mark.start()], mark["words"]
        start = length + len(before)
        pieces += [before, words]
        length = start + len(words)
        spans.append((start, length, mark["label"]))
        at = mark.end()
    return "".join([*pieces, marked[at:]]), tuple(spans)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--light", action="store_true", help="without the model for names")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--lower", action="store_true", help="every text in lower case")
    parser.add_argument("--labels", action="store_true", help="recall and leak by label")
    parser.add_argument("--misses", nargs=2, metavar=("SOURCE", "N"), help="show what was left; not in any report")
    parser.add_argument("--over", nargs=2, metavar=("SOURCE", "N"), help="show what was masked without a label")
    options = parser.parse_args()
    redactor = Redactor(None if options.light else SpacyMd())
    redactor.redact(["Mary called on May 5."])
    profile = Profile.STRICT if options.strict else Profile.STANDARD
    tallies: dict[str, Tally] = {}
    seconds = 0.0
    for path in sorted(options.data.glob("*.jsonl")):
        shown = int(options.over[1]) if options.over and path.name.startswith(options.over[0]) else 0
        for row in read(path, lower=options.lower):
            before = time.process_time()
            part = redactor.redact([row.text], profile=profile).parts[0]
            seconds += time.process_time() - before
            masked = [(found.span.start, found.span.end, found.by) for found in part.found]
            tallies.setdefault(row.kind or path.name.split(".")[0], Tally()).add(row, masked)
            shown -= _show_over(row, masked, shown)
    _print(redactor.ref, profile, tallies, seconds, by_label=options.labels)
    if options.misses:
        for name, tally in tallies.items():
            if name.startswith(options.misses[0]):
                print(*tally.missed[: int(options.misses[1])], sep="\n")


def _show_over(row: Row, masked: list[tuple[int, int, str]], shown: int) -> int:
    if shown <= 0:
        return 0
    extra = [one for one in masked if not any(start < one[1] and one[0] < end for start, end, _ in row.spans)]
    for start, end, by in extra:
        print(f"OVER {by} | {row.text[start:end]!r} | {row.text[max(0, start - 30) : end + 20]!r}")
    return len(extra)


def _print(ref: str, profile: Profile, tallies: dict[str, Tally], seconds: float, *, by_label: bool) -> None:
    pool = Tally()
    for tally in tallies.values():
        pool.counts.update(tally.counts)
        for label, counts in tally.by_label.items():
            pool.by_label[label].update(counts)
    print(f"{ref}, profile {profile.value}")
    print(f"{'source':24}{'messages':>9}{'leak':>8}{'recall':>8}{'clean':>8}{'over':>8}{'touched':>9}")
    for name, tally in [*tallies.items(), ("pooled", pool)]:
        print(
            f"{name:24}{tally.counts['messages']:9}{tally.rate('left', 'characters'):8.4f}"
            f"{tally.rate('caught', 'spans'):8.4f}{tally.rate('clean', 'holding'):8.4f}"
            f"{tally.rate('over', 'plain'):8.4f}{tally.rate('touched', 'free'):9.4f}"
        )
    print(f"mean leak of the sources {sum(t.rate('left', 'characters') for t in tallies.values()) / len(tallies):.4f}")
    print(f"{pool.counts['messages'] / seconds:.0f} messages a second of processor time")
    if by_label:
        for label, counts in sorted(pool.by_label.items(), key=lambda item: -item[1]["spans"]):
            if label != "OTHER":
                print(
                    f"  {label:16}{counts['spans']:7}  recall {counts['caught'] / counts['spans']:.4f}"
                    f"  leak {counts['left'] / counts['characters']:.4f}"
                )


if __name__ == "__main__":
    main()
