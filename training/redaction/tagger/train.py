"""Trains the tagger: writes `tagger.crfsuite` and `tagger.json` into `data/redact`, or elsewhere.

    python training/redaction/tagger/train.py --data DIR [--out DIR] [--leave-out SOURCE] [--threshold 0.65]
    python training/redaction/tagger/train.py --data DIR --words      writes data/redact/plain_words.txt

DIR holds `redaction/*.dev.jsonl` and `detection/*.jsonl`. `--leave-out` names a source that training does not see, for
the tables of docs/accuracy.md; a part of `written` is named `written:0` to `written:3`. Share-alike sources are never
read. One seed, one result. Takes a few minutes of one core.
"""

import argparse
import hashlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from material import HERE, SHARE_ALIKE, Row, Writer, labelled, lists, unlabelled
from pycrfsuite import Trainer

from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.tagger import FEATURES_VERSION, features, tokens

SEED = 20261121
EPOCHS = 2
SETTINGS = {"c1": 0.1, "c2": 0.02, "max_iterations": 80, "feature.minfreq": 2, "feature.possible_transitions": True}
GROUPS = {
    "FAX": "PHONE", "IP": "URL", "MRN": "ID", "HEALTH_PLAN_ID": "ID", "ACCOUNT": "ID", "LICENSE": "ID", "VEHICLE": "ID",
    "DEVICE": "ID", "UNIQUE_ID": "ID", "BIOMETRIC": "ID", "PHOTO": "ID",
}  # fmt: skip
TIMES = {"contextual_anonymizer": 1, "asq_phi": 2, "nannigalaxy": 3, "written": 6, "rows": 6}
"""How often a source's rows stand in an epoch, each time written anew."""
FOLDS = 4
SHIPPED = Path(str(files("vouchsafe.data"))) / "redact"


def sources(data: Path, leave_out: str | None) -> dict[str, list[Row]]:
    """The labelled sources by name, without share-alike ones and the one left out."""
    found = {path.name.split(".")[0]: labelled(path) for path in sorted((data / "redaction").glob("*.dev.jsonl"))}
    found["written"] = labelled(HERE.parent / "written.jsonl")
    if (HERE / "rows.jsonl").exists():
        found["rows"] = labelled(HERE / "rows.jsonl")
    name, _, fold = (leave_out or "").partition(":")
    if fold:
        found[name] = [row for at, row in enumerate(found[name]) if at % FOLDS != int(fold)]
        name = ""
    return {of: rows for of, rows in found.items() if of not in {*SHARE_ALIKE, name}}


def free(data: Path, chance: random.Random) -> list[Row]:
    """Messages without identifiers, and remarks in which only a person's name stands."""
    folder = data / "detection"
    # Texts of asq_phi stand in clinical.jsonl too, with their identifiers.
    clinical = unlabelled(folder / "clinical.jsonl", lambda one: "ASQ" not in str(one["source"]).upper())
    remarks = unlabelled(folder / "emotion.jsonl", lambda one: "[NAME]" in str(one["text"]))
    others = unlabelled(folder / "emotion.jsonl", lambda one: "[" not in str(one["text"]))
    return [*chance.sample(clinical, 1500), *chance.sample(remarks, 1000), *chance.sample(others, 400)]


def fitted(data: Path, leave_out: str | None, out: Path) -> None:
    """Train on everything but what is left out."""
    chance = random.Random(SEED)
    writer, trainer = Writer(lists(), chance), Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(SETTINGS)
    found = sources(data, leave_out)
    began, count = time.monotonic(), 0
    for _ in range(EPOCHS):
        rows = [row for name, of_source in found.items() for _ in range(TIMES[name]) for row in of_source]
        for row in [*rows, *free(data, chance)]:
            every, labels = classified(writer.anew(row))
            if every:
                trainer.append(features(every), labels)
                count += 1
    print(f"{count} rows read in {time.monotonic() - began:.0f} s; fitting", flush=True)
    trainer.train(str(out))
    print(f"fitted in {time.monotonic() - began:.0f} s, {out.stat().st_size / 1e6:.1f} MB", flush=True)


def classified(row: Row) -> tuple[list, list[str]]:
    """The tokens of a row and the class of each."""
    text, owner = "", []
    for part, label in row:
        text += part
        owner += [GROUPS.get(label, label) if label else "O"] * len(part)
    every = tokens(text)
    return every, [owner[one.start] for one in every]


def plain_words(data: Path, leave_out: str | None = None) -> list[str]:
    """Words that stand at least three times in small letters in texts without names; none from the source left out."""
    counts: Counter[str] = Counter()
    for row in _without_labels(data, leave_out):
        counts.update(word for text, label in row if not label for word in re.findall(r"(?<!\w)[a-z]{2,}(?!\w)", text))
    known = lexicon()
    names = known.world_first | known.world_last | known.first_names | known.surnames
    return sorted(word for word, count in counts.items() if count >= (25 if word in names else 3))


def _without_labels(data: Path, leave_out: str | None) -> Iterable[Row]:
    for path in sorted((data / "detection").glob("*.jsonl")):
        if path.name != "written_here.jsonl":
            yield from unlabelled(path, lambda one: "ASQ" not in str(one["source"]).upper())
    for path in sorted((data / "redaction").glob("*.dev.jsonl")):
        if path.name.split(".")[0] not in {*SHARE_ALIKE, leave_out}:
            yield from labelled(path)


def describe(out: Path, data: Path, leave_out: str | None, threshold: float) -> None:
    """Write `tagger.json` beside the model."""
    outside = sorted((data / "redaction").glob("*.dev.jsonl"))
    read = [
        *(p for p in outside if p.name.split(".")[0] not in {*SHARE_ALIKE, leave_out}),
        *(data / "detection" / name for name in ("clinical.jsonl", "emotion.jsonl")),
        *(p for p in (HERE.parent / "written.jsonl", HERE / "rows.jsonl") if p.exists()),
    ]
    about = {
        "model_sha256": _sha256(out / "tagger.crfsuite"),
        "features": FEATURES_VERSION,
        "lists": lexicon().digest,
        "threshold": threshold,
        "seed": SEED,
        "settings": {**SETTINGS, "epochs": EPOCHS},
        "left_out": leave_out,
        "trained_on": {path.name: _sha256(path) for path in read},
    }
    (out / "tagger.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Train and describe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--leave-out")
    parser.add_argument("--threshold", type=float, default=0.65)
    parser.add_argument("--words", action="store_true", help="write the list of plain words and end")
    arguments = parser.parse_args()
    if arguments.words:
        found = plain_words(arguments.data)
        head = "# Words that stand in small letters in texts without names; made by tagger/train.py --words."
        (SHIPPED / "plain_words.txt").write_text("\n".join([head, " ".join(found)]) + "\n", encoding="utf-8")
        print(f"{len(found)} words")
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    fitted(arguments.data, arguments.leave_out, arguments.out / "tagger.crfsuite")
    describe(arguments.out, arguments.data, arguments.leave_out, arguments.threshold)


if __name__ == "__main__":
    main()
