"""Measures the redactor while one works on it; `vouchsafe eval redaction` is the operator's form.

    python training/redaction/measure.py --data DIR [--only SOURCE] [--tagger DIR | --no-tagger] [--light] [--strict]
        [--lower] [--labels] [--misses GROUP N] [--over GROUP N] [--fold N]

DIR holds `*.jsonl` in either form of `vouchsafe.quality.labelled`. `--tagger` is a tagger that did not see what is
measured; `unseen.jsonl` beside this script stays out of training, so that patterns and thresholds can be judged on it
with the shipped one. `--misses` and `--over` print words of messages: for development rows only, in no report.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from vouchsafe.domain.identifier import Profile
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.tagger import Tagger
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.quality.labelled import NEUTRAL, LabelledText, read_labelled
from vouchsafe.quality.redaction_score import Scored, by_group, by_label, rates, score, table

FOLDS = 4


def main() -> None:
    """Print the tables."""
    options = _options()
    tagger = None if options.no_tagger else Tagger(options.tagger)
    redactor = Redactor(None if options.light else SpacyMd(), tagger=tagger)
    redactor.redact(["Mary called on May 5."])
    profile = Profile.STRICT if options.strict else Profile.STANDARD
    scored: list[Scored] = []
    shown: list[str] = []
    seconds = 0.0
    for row in _rows(options):
        before = time.process_time()
        part = redactor.redact([row.text], profile=profile).parts[0]
        seconds += time.process_time() - before
        masked = [(found.span.start, found.span.end) for found in part.found]
        scored.append(score(row, masked))
        if options.misses and row.group.startswith(options.misses[0]):
            shown += _left(row, masked)
        if options.over and row.group.startswith(options.over[0]):
            shown += _too_much(row, [(found.span.start, found.span.end, found.by) for found in part.found])
    _print(redactor.ref, profile, scored, by_labels=options.labels)
    print(f"{len(scored) / max(seconds, 1e-9):.0f} messages a second of processor time")
    print(*shown[: int((options.misses or options.over or [0, 0])[1])], sep="\n")


def _rows(options: argparse.Namespace) -> Iterator[LabelledText]:
    for path in sorted(options.data.glob("*.jsonl")):
        if options.only and not path.name.startswith(options.only):
            continue
        for at, row in enumerate(read_labelled(path)):
            if options.fold is None or at % FOLDS == options.fold:
                yield row.lowered() if options.lower else row


def _print(ref: str, profile: Profile, scored: list[Scored], *, by_labels: bool) -> None:
    groups = by_group(scored)
    print(f"{ref}, profile {profile.value}")
    print(*table("source", {**groups, "pooled": scored}), sep="\n")
    leaks = [rates(of)["leak"].share for of in groups.values()]
    print(f"mean leak of the sources {sum(leaks) / max(1, len(leaks)):.4f}")
    if by_labels:
        for label, (rate, left) in by_label(scored).items():
            print(f"  {label:16}{rate.of:7}  recall {rate.share:.4f}  leak {left:.4f}")


def _left(row: LabelledText, masked: list[tuple[int, int]]) -> list[str]:
    hidden = {at for start, end in masked for at in range(start, end)}
    return [
        f"{label} | {row.text[start:end]!r} | {row.text[max(0, start - 40) : end + 25]!r}"
        for start, end, label in row.spans
        if label != NEUTRAL and any(row.text[at].isalnum() and at not in hidden for at in range(start, end))
    ]


def _too_much(row: LabelledText, masked: list[tuple[int, int, str]]) -> list[str]:
    return [
        f"OVER {by} | {row.text[first:last]!r} | {row.text[max(0, first - 30) : last + 20]!r}"
        for first, last, by in masked
        if not any(start < last and first < end for start, end, _ in row.spans)
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", help="files whose names begin so")
    parser.add_argument("--tagger", type=Path, help="the folder of another tagger")
    parser.add_argument("--no-tagger", action="store_true")
    parser.add_argument("--light", action="store_true", help="without the model for names")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--lower", action="store_true", help="every text in lower case")
    parser.add_argument("--labels", action="store_true", help="recall and leak by label")
    parser.add_argument("--fold", type=int, help="only every fourth row, from this one on")
    parser.add_argument("--misses", nargs=2, metavar=("GROUP", "N"), help="show what was left")
    parser.add_argument("--over", nargs=2, metavar=("GROUP", "N"), help="show what was masked without a label")
    return parser.parse_args()


if __name__ == "__main__":
    main()
