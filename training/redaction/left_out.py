"""Redaction of outside sources, each by a tagger that saw no row of it: by source, pooled, by label, with intervals.

    python training/redaction/left_out.py --data DIR --taggers DIR [--lower] [--known] [--shipped-words]

DIR of `--data` holds `redaction/*.dev.jsonl` and `detection/*.jsonl`; DIR of `--taggers` a folder for each source, made
by `tagger/train.py --leave-out SOURCE`. A source without one is share-alike and trains nothing: the shipped tagger
reads it. The list of plain words is made again without the source (`--shipped-words`: as it ships). `--known`: every
message comes from a contact whose record holds its values (`vouchsafe.quality.own_record`); only those are scored.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tagger"))

from train import SHARE_ALIKE, plain_words

from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.tagger import Tagger
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.quality.detection_score import MET, MISSED, Aim, Share
from vouchsafe.quality.labelled import LabelledText, read_labelled
from vouchsafe.quality.own_record import own_record
from vouchsafe.quality.redaction_score import Rate, Scored, by_label, rates, score, table

AT_LEAST = {
    **dict.fromkeys(("EMAIL", "PHONE", "FAX", "SSN", "URL", "IP", "CREDENTIAL"), 0.995),
    **dict.fromkeys(("MRN", "HEALTH_PLAN_ID", "ACCOUNT", "LICENSE", "UNIQUE_ID", "DATE"), 0.98),
    "NAME": 0.97,
    "LOCATION": 0.93,
}
AT_LEAST_IN_LOWER_CASE = {"NAME": 0.90}
AT_MOST = {"leak": 0.02, "over": 0.02, "touched": 0.10}
WORST_LEAK = 0.08
FEW = 20
"""A source needs so many of a label to be called its worst."""


def main() -> None:
    """Redact every source and print the tables."""
    options = _options()
    found: dict[str, list[Scored]] = {}
    for file in files_of(options.data):
        source = file.name.split(".")[0]
        redactor = redactor_without(source, options.data, options.taggers, shipped_words=options.shipped_words)
        print(f"{redactor.ref}, {source}, tagger {'as it ships' if source in SHARE_ALIKE else 'left out'}")
        found[source] = list(_scored(redactor, read_labelled(file), lower=options.lower, known=options.known))
    print()
    print(*_tables(found, lower=options.lower, known=options.known), sep="\n")


def files_of(data: Path) -> list[Path]:
    """The outside sources, a file each."""
    return sorted((data / "redaction").glob("*.dev.jsonl"))


def redactor_without(source: str, data: Path, taggers: Path, *, shipped_words: bool = False) -> Redactor:
    """A redactor that did not learn from a source. Its words hold for this process until the next one is made."""
    folder = taggers / source
    if source not in SHARE_ALIKE and not folder.is_dir():
        raise SystemExit(f"--taggers holds no folder {source}: train.py --leave-out {source} makes it")
    if not shipped_words:
        _read_with(frozenset(plain_words(data, source)))
    return Redactor(SpacyMd(), tagger=Tagger(None if source in SHARE_ALIKE else folder))


def _read_with(words: frozenset[str]) -> None:
    """Exchange the list of plain words in this process; the digest stays, or no tagger would load."""
    object.__setattr__(lexicon(), "plain", words)


def _scored(redactor: Redactor, rows: Iterator[LabelledText], *, lower: bool, known: bool) -> Iterator[Scored]:
    for row in rows:
        # The record is made before the letters are lowered: it does not write as the message does.
        held = own_record(row) if known else None
        read = held.row if held else row
        read = read.lowered() if lower else read
        part = redactor.redact([read.text], known=[held.record] if held else []).parts[0]
        yield score(read, [(one.span.start, one.span.end) for one in part.found])


def _tables(found: Mapping[str, Sequence[Scored]], *, lower: bool, known: bool) -> Iterator[str]:
    pooled = [row for rows in found.values() for row in rows]
    yield from table("source", {**found, "pooled": pooled})
    leaks = {source: rates(rows)["leak"] for source, rows in found.items()}
    worst = max(leaks, key=lambda source: leaks[source].share)
    mean = sum(rate.share for rate in leaks.values()) / len(leaks)
    yield f"worst source by leak: {worst}; mean of the sources {mean:.4f}"
    yield ""
    yield "measure  source                     rate   95 % interval             n  target"
    for measure in ("leak",) if known else ("leak", "recall", "clean", "over", "touched"):
        by_source = {source: rates(rows)[measure] for source, rows in found.items()}
        for source, rate in {**by_source, "pooled": rates(pooled)[measure]}.items():
            if rate.of:
                place = "pooled" if source == "pooled" else "worst" if source == worst else ""
                target = "" if lower else _target_of(measure, rate, place, known=known)
                interval = f"{rate.low:.4f} to {rate.high:.4f}"
                yield f"{measure:8} {source:23} {rate.share:8.4f}   {interval} {rate.of:8d}  {target}".rstrip()
    yield ""
    yield "label             n      recall (95 % interval)    leak    worst source                         target"
    targets = {} if known else AT_LEAST_IN_LOWER_CASE if lower else AT_LEAST
    in_sources = {source: by_label(rows) for source, rows in found.items()}
    for label, (rate, left) in by_label(pooled).items():
        of = {source: lines[label][0] for source, lines in in_sources.items() if label in lines}
        many = {source: one for source, one in of.items() if one.of >= FEW}
        low = min(many, key=lambda source: many[source].share, default="")
        at = f"{low} {of[low].share:.4f} of {of[low].of}" if low else "-"
        recall = f"{rate.share:.4f} ({rate.low:.3f} to {rate.high:.3f})"
        target = _label_target(rate, targets.get(label))
        yield f"{label:16} {rate.of:5d}  {recall}  {left:.4f}  {at:38} {target}".rstrip()


def _target_of(measure: str, rate: Rate, place: str, *, known: bool) -> str:
    """Where the measure has a target here: the target, and whether the upper end of the interval meets it.

    `place` is "pooled", "worst" for the worst source, or empty.
    """
    if known:
        return f"0: {MET if rate.share == 0.0 else MISSED}" if place == "pooled" else ""
    most = WORST_LEAK if place == "worst" and measure == "leak" else AT_MOST.get(measure) if place == "pooled" else None
    return "" if most is None else f"at most {most}: {MET if rate.high <= most else MISSED}"


def _label_target(rate: Rate, least: float | None) -> str:
    """The target, and whether the one-sided lower bound meets it or so few could not have shown it."""
    if least is None:
        return ""
    verdict = Aim(more=True, target=least).verdict(Share(round(rate.share * rate.of), rate.of))
    return f"at least {least}: {verdict}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--taggers", type=Path, required=True)
    parser.add_argument("--lower", action="store_true", help="every text in lower case")
    parser.add_argument("--known", action="store_true", help="the writer's record holds the values of the message")
    parser.add_argument("--shipped-words", action="store_true", help="the list of plain words as it ships")
    return parser.parse_args()


if __name__ == "__main__":
    main()
