"""Labelled messages that detection learns from, and what each row teaches about every label.

Usage: python training/detection/material.py --data DIR --out FILE

Writes one JSON line a row for the commands in `heads/`; rows of others go through the shipped redaction first. The file
holds texts: keep it private.

Sources: `written.jsonl` (development messages of another hand than the rules), `writers/*.txt` (further hands, each a
source of its own), `own/*.txt` (ours), the examples of the shipped packs, and outside clinical and administrative rows.
"""

import argparse
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import yaml

from vouchsafe.domain.finding import Vulnerability
from vouchsafe.governance.packs import SHIPPED, load_pack
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd

SEED = 20261121
FOLDS = 3
HERE = Path(__file__).parent
SHIPPED_FOLDER = HERE.parents[1] / "src" / "vouchsafe" / "data" / "detect"
DEVELOPMENT, OWN, PACK = "development", "own", "pack"
WRITER = "writer "
OUTSIDE_EACH = 700
"""So many rows of one outside source and kind at most: they are clean and many, and would drown the others."""
NEEDS_PERSON = "needs_person"

KINDS = tuple(kind.value for kind in Vulnerability)
LABELS = (
    "clinical", "emergent", "crisis", "threat", "dispute", "complaint", "legal_threat", "human_request", "outage",
    "injection", *KINDS, NEEDS_PERSON,
)  # fmt: skip
ALSO = {"clinical": {"emergent", "crisis"}}
"""A crisis and an emergency are clinical, whether or not the row says so."""

_HEADING = re.compile(r"#[a-z_ ]*")
LIVES = {"financial", "health", "life_event", "language", "accessibility", "capability"}
UNSURE: dict[str, set[str]] = {
    "clinical": {"safeguarding", "complaint", "outage", "threat", "human_request", *LIVES},
    "emergent": {"crisis", "safeguarding", "outage"},
    "crisis": {"safeguarding"},
    "threat": {"legal_threat"},
    "safeguarding": {"threat", "crisis"},
    "dispute": {"complaint", "legal_threat", "financial"},
    "complaint": {"dispute", "legal_threat", "accessibility", "safeguarding", "threat", "human_request", "outage"},
    "legal_threat": {"dispute", "complaint"},
    "human_request": {"language", "capability", "accessibility", "complaint"},
    "outage": {"emergent"},
    **dict.fromkeys(LIVES, LIVES | {"crisis", "safeguarding", "clinical", "human_request", "dispute"}),
}
"""Where a row carries these labels and not the key, it teaches the key's head nothing: it may well mean it besides."""

NOT_LABELLED = {
    "Banking77": {"dispute", "complaint", "financial", "human_request", "injection", "outage", NEEDS_PERSON},
    "RasaHQ/helpdesk-assistant": {"human_request", "outage", NEEDS_PERSON},
    "CLINC150": {NEEDS_PERSON},
    "VA.gov content": {"dispute", "legal_threat", *LIVES},
    "HealthCare.gov 2013 content": {"dispute", *LIVES},
}
"""Administrative sources that hold these things without a label."""
TITLES = frozenset({"MedQuAD"})
"""Titles of health pages: clinical, and neither urgent nor anybody's own case."""
SMALL_TALK = frozenset({"Banking77", "CLINC150"})
"""Far from a clinic's inbox."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text with its labels. `lookalike` marks what only sounds like a label.

    `intents` are those of a routine question, the main one first; `asks_nothing_known` says that somebody looked and
    none of the shipped ones covers it.
    """

    text: str
    labels: frozenset[str]
    source: str
    lookalike: bool = False
    intents: tuple[str, ...] = ()
    asks_nothing_known: bool = False

    @property
    def ours(self) -> bool:
        """Whether it was written for this project."""
        return self.source in {DEVELOPMENT, OWN, PACK} or self.source.startswith(WRITER)

    def answer(self, label: str) -> int:
        """1 means the label, 0 does not, -1 teaches nothing about it."""
        if label == NEEDS_PERSON and (self.labels or self.ours):
            return int(bool(self.labels))
        if self.labels & ({label} | ALSO.get(label, set())):
            return 1
        if label in NOT_LABELLED.get(self.source, ()):
            return -1
        if self.source in TITLES:
            return -1 if label in LIVES else 0
        if not self.ours and self.labels:
            # Outside clinical rows say nothing about how urgent they are or who wrote them.
            return 0 if label in {"threat", "dispute", "complaint", "legal_threat", "outage", "injection"} else -1
        one_label = self.source == OWN or self.source.startswith(WRITER)
        return -1 if one_label and self.labels & UNSURE.get(label, set()) else 0


def main() -> None:
    """Gather all rows and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--without", default="", help="writers to leave out, with commas: h,i,j")
    args = parser.parse_args()
    left = {f"{WRITER}{name}" for name in args.without.split(",")}
    hands = [row for row in (*development(), *writers()) if row.source not in left]
    ours = [*with_intents(hands), *own(), *examples()]
    with args.out.open("w", encoding="utf-8") as lines:
        for row in (*ours, *redacted(outside(args.data / "clinical.jsonl"))):
            line = {**asdict(row), "labels": sorted(row.labels)}
            lines.write(json.dumps(line) + "\n")


def rows_of(file: Path) -> list[Row]:
    """What `main` wrote, in its order."""
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Row(**{**one, "labels": frozenset(one["labels"]), "intents": tuple(one["intents"])}) for one in found]


def folds_of(rows: Sequence[Row]) -> list[int]:
    """Whole sources, but our own rows and the packs' examples by chance: they have one author."""
    dice = random.Random(SEED)
    sources = sorted({row.source for row in rows} - {OWN, PACK})
    return [dice.randrange(FOLDS) if row.source in {OWN, PACK} else sources.index(row.source) % FOLDS for row in rows]


def redacted(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows as detection would see them."""
    redactor = Redactor(SpacyMd())
    for row in rows:
        yield replace(row, text=redactor.redact([row.text]).parts[0].text.value)


def development() -> list[Row]:
    """The development messages; those of a topic without a label are its look-alikes."""
    found = []
    for line in (HERE / "written.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        lookalike = not row["labels"] and not re.match(r"dev-routine", row["id"])
        found.append(Row(row["text"], frozenset(row["labels"]), DEVELOPMENT, lookalike))
    return found


def writers() -> list[Row]:
    """Messages of further hands, one file and source each."""
    return [row for file in files("writers") for row in _listed(file, f"{WRITER}{file.stem}")]


def with_intents(rows: Iterable[Row]) -> Iterator[Row]:
    """Routine rows with the intents that a reader gave them (`intents.jsonl`: text, intents)."""
    lines = (HERE / "intents.jsonl").read_text(encoding="utf-8").splitlines()
    read = {line["text"]: tuple(line["intents"]) for line in map(json.loads, lines)}
    for row in rows:
        if row.labels or row.text not in read:
            yield row
        else:
            yield replace(row, intents=read[row.text], asks_nothing_known=not read[row.text])


def own() -> list[Row]:
    """Rows of ours: the lists beside this file and the examples that explanations name, each text once."""
    shipped = yaml.safe_load((SHIPPED_FOLDER / "examples.yaml").read_text(encoding="utf-8"))
    named = [
        Row(text, frozenset() if label == "routine" else frozenset({label}), OWN)
        for label, texts in shipped.items()
        for text in texts
    ]
    listed = [row for file in files("own") for row in _listed(file, OWN)]
    return list({row.text: row for row in (*named, *listed)}.values())


def examples() -> list[Row]:
    """The examples of the shipped packs: routine questions."""
    return [
        Row(text, frozenset(), PACK, intents=(f"{desk}/{intent.name}",))
        for desk in SHIPPED
        for intent in load_pack(name=desk).intents
        for text in intent.examples
    ]


def outside(file: Path) -> list[Row]:
    """Clinical and administrative rows of others, at most so many of a source and kind, drawn with the seed."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        label = row["labels"].get("clinical")
        if label is not None:
            labels = frozenset({"clinical"}) if label else frozenset()
            groups.setdefault((row["source"], label), []).append(Row(row["text"], labels, row["source"]))
    dice = random.Random(SEED)
    return [row for key in sorted(groups) for row in dice.sample(groups[key], min(OUTSIDE_EACH, len(groups[key])))]


def files(folder: str) -> list[Path]:
    """The lists of a folder beside this file, in order of name."""
    return sorted((HERE / folder).glob("*.txt"))


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over files, for manifests."""
    return hashlib.sha256(b"\n".join(path.read_bytes() for path in paths)).hexdigest()


def _listed(file: Path, source: str) -> list[Row]:
    r"""A line is a message (`\n` in it a new line); `# labels` names those of the lines below.

    `# none` are routine, `# none LABEL` only sound like the label.
    """
    found: list[Row] = []
    labels: Sequence[str] = ()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if _HEADING.fullmatch(line):
            labels = line[1:].split()
            unknown = set(labels) - set(LABELS) - {"none"}
            if unknown:
                raise ValueError(f"{file.name}, line {number}: unknown labels {sorted(unknown)}")
        elif line.strip():
            none = "none" in labels
            found.append(Row(line.replace("\\n", "\n").strip(), frozenset() if none else frozenset(labels), source,
                             lookalike=none and len(labels) > 1))  # fmt: skip
    return found


if __name__ == "__main__":
    main()
