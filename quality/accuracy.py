"""Writes docs/accuracy.md: what was measured, on which messages, by which command, with limits in plain words.

    python quality/accuracy.py --data DIR --taggers DIR --heads DIR
    python quality/accuracy.py --only Search --only Support     makes the sections anew whose titles begin so

DIR of `--data` holds the outside data; `--taggers` holds a folder for each source that was left out, made by
`training/redaction/tagger/train.py --leave-out SOURCE --out DIR/SOURCE`; `--heads` holds `rows.jsonl` and what
`thresholds.py` and `outside.py` of `training/detection/heads` wrote. Every table is the output of the command that
stands above it; nothing is typed in by hand.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "accuracy.md"
TOP = """\
# Accuracy

Made by `python quality/accuracy.py --data DIR --taggers DIR --heads DIR`; every table is the output of the command
above it.

Redaction and detection reduce what goes wrong. Neither removes it: identifiers are left in some messages, and some
messages that need a person are not recognised. That is why the gate asks for more than these stages, why people see
what they work on, and why an operator should measure on messages of their own before raising a mode
(`vouchsafe eval sample`, then `vouchsafe eval redaction`).

- **Who labelled.** The messages in `quality/` were written and labelled for this project from the definitions alone, by
  hands that had not seen the rules. No clinician and no privacy officer has labelled them. The outside data carries its
  publishers' labels.
- **What they are.** Invented messages. Real traffic is duller, more repetitive and messier; rates there will differ.
- **What shaped what.** Rules and models were tuned on `training/*/written.jsonl`, on the rows beside the tagger and on
  the outside data, never on rows of `quality/`. presidio_research is share-alike: it measures, and trains nothing that
  ships.
- **Intervals** are two-sided 95 % (Wilson for counts, messages drawn again for characters) unless a table says
  otherwise.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what to know about it, and the command whose output is shown. `{...}` are filled from the options."""

    title: str
    says: str
    command: tuple[str, ...]


EVAL_REDACTION = ("-m", "vouchsafe.cli.main", "eval", "redaction")
LEFT_OUT = ("training/redaction/left_out.py",)
SECTIONS = (
    Section(
        "Redaction: messages as people write them",
        "1,500 messages of ten kinds. `leak`: identifying letters and digits that were left; `over`: other letters and "
        "digits that were masked; `touched`: messages without identifiers in which something was masked.",
        (*EVAL_REDACTION, "--show", "0", "quality/redaction/*.jsonl"),
    ),
    Section(
        "Redaction: the same messages in lower case",
        "Nothing may lean on capitals.",
        (*EVAL_REDACTION, "--lower", "--show", "0", "quality/redaction/*.jsonl"),
    ),
    Section(
        "Redaction: the same messages from a known contact",
        "Each from a contact whose record holds the values labelled in it, in the format of a record: dates as "
        "1961-04-05, numbers as digits. Only those count here, and nothing of them should be left. What no record "
        "would hold (a day without a year, digits in words, an address taken apart) is neutral.",
        (*EVAL_REDACTION, "--known", "--show", "0", "quality/redaction/*.jsonl"),
    ),
    Section(
        "Redaction: sources left out",
        "Four outside sources, labelled by their publishers. The tagger saw no row of the source that it reads, and "
        "the list of plain words was made again without it; presidio_research is share-alike and shaped nothing that "
        "ships, so the shipped tagger reads it. Left out is not unseen: the taggers learned with the list of plain "
        "words of all sources, the authors of patterns and lists had seen some texts of each source, and the tagger's "
        "threshold was chosen on such tables. A target is met where the end of the interval meets it (by label: the "
        'one-sided bound), "not shown" where so few could not have shown it.',
        (*LEFT_OUT, "--data", "{data}", "--taggers", "{taggers}"),
    ),
    Section(
        "Redaction: sources left out, in lower case",
        "As above, every text in lower case.",
        (*LEFT_OUT, "--data", "{data}", "--taggers", "{taggers}", "--lower"),
    ),
    Section(
        "Redaction: sources left out, from a known contact",
        "As above, each message from a contact whose record holds its values; only those count.",
        (*LEFT_OUT, "--data", "{data}", "--taggers", "{taggers}", "--known"),
    ),
    Section(
        "Redaction: beside a peer",
        "Presidio with its default recognisers and the same weights for names, on the same messages in the same run, "
        "scored by the same rules. Of the outside sources ours is the redactor that left the source out; "
        "presidio_research is by Presidio's own makers. What `bench/redaction/beside.py measure` kept.",
        ("bench/redaction/beside.py", "shown"),
    ),
    Section(
        "Language: which one is named",
        "560 messages of more than 20 characters, without the hint that a thread or a desk gives. No native speaker "
        "has checked them.",
        ("quality/language/measure.py",),
    ),
    Section(
        "Detection: messages as people write them",
        "Written for this project; the definitions stand in quality/detection/README.md. A target is met where the "
        'bound meets it, and reads "not shown" where so few messages could not have shown it. `alone`: answered '
        "without a person; `no tier`: no alarm at all. Missed by a tier: a lower alarm than the gravest label asks "
        "for, or none. "
        "The five classes of clinical context have no labels of their own here (only "
        "`clinical`, and `emergent` for urgent), so they are not measured. The rows by desk tell patients from staff: "
        "the IT desk's senders are clinicians and other staff, whom no label tells apart.",
        (
            *("-m", "vouchsafe.cli.main", "eval", "detection", "--redacted", "--show", "0"),
            *("--figures", "src/vouchsafe/data/detect/measured.json", "quality/detection/*.jsonl"),
        ),
    ),
    Section(
        "Detection: sources left out of training",
        "The whole of detection on training messages of thirteen hands, each judged by a network and words that saw no "
        "message of that hand, at the thresholds that ship (which were set on these scores).",
        ("training/detection/heads/left_out.py", "--rows", "{heads}/rows.jsonl", "--thresholds", "{heads}"),
    ),
    Section(
        "Detection: clinical context on outside data, sources left out",
        "All clinical and administrative rows of the outside data, labelled by what their source is, redacted, each "
        "judged by a network and words that saw no row of its source. Hard rows are administrative but about care or "
        "coverage. Rules, examples and thresholds are those that ship; false alarms on a part of these administrative "
        "rows, left out in the same way, had a say in the thresholds; on rows in Spanish the firm ones hold. Most are "
        "headings and short questions: mail is harder.",
        ("training/detection/heads/clinical.py", "--thresholds", "{heads}"),
    ),
    Section(
        "Detection: a desk's own examples",
        "Hard administrative questions of outside sources that the network had not seen, sent to a desk that has none, "
        "30, 60 or 120 of them as examples of its own; and everything clinical in the outside sources. Two sources are "
        "large enough to give 120 of their own. Asked for: 35 % answered alone with shipped examples and 85 % with 120 "
        "of its own, while at most .02 % of the clinical ones pass, which is one row of these.",
        ("training/detection/heads/allow_list.py", "--thresholds", "{heads}"),
    ),
    Section(
        "Speed and memory of redaction and detection",
        "Routine messages by `vouchsafe synth`. What `bench/models.py --keep` kept.",
        ("bench/models.py", "--shown"),
    ),
    Section(
        "Search: the right passage, and when to abstain",
        "Questions to a large public body's pages (va_admin) and human paraphrases of a short list of questions "
        "(cdc_faq); one judged answer for most, so that hit@1 is a lower bound. Settings were taken on the other half. "
        "Asked for: va_admin .52, .84, .65; cdc_faq hit@5 .98; AUROC .90 near the topic, .99 off it. What "
        "`training/retrieval/measure.py report` kept.",
        ("training/retrieval/measure.py", "shown"),
    ),
    Section(
        "Search: the sentence that is quoted",
        "Questions after a price, a time, a length of time, a place or a way to reach somebody, on invented pages that "
        "answer all of them. Pages and rules come from one hand; those of `held` were written before the rules.",
        ("training/retrieval/cues.py",),
    ),
    Section(
        "Support check: what passes",
        "Human labels on chatty encyclopaedia turns, errors made by rule, and right paraphrases of the demo's pages, "
        "written by hand. Asked for: no made error passed as verbatim or supported, AUROC .87, balanced accuracy .79. "
        "What `training/support/measure.py report` kept.",
        ("training/support/measure.py", "shown"),
    ),
)
END = """\
## What has no figure

- BIOMETRIC and PHOTO stand in no measured set, nor do the outside sources hold VEHICLE, DEVICE or IP; of FAX, LICENSE
  and URL they hold very few.
- Of the five classes of clinical context only clinical as a whole and urgent are measured: no row says decision, drug
  or treatment, diagnosis, patient-specific.
- Nothing was labelled by a clinician, a privacy officer or, for other languages, a native speaker.
- Real traffic: measure with `vouchsafe eval sample` and `vouchsafe eval detection` before a mode is raised.
"""


def main() -> None:
    """Run every command and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--taggers", type=Path)
    parser.add_argument("--heads", type=Path)
    parser.add_argument("--only", action="append", help="sections whose title begins so; the others stay as they are")
    options = parser.parse_args()
    wanted = [one for one in SECTIONS if not options.only or one.title.startswith(tuple(options.only))]
    needed = {
        part for one in wanted for word in one.command for part in ("data", "taggers", "heads") if f"{{{part}}}" in word
    }
    if missing := sorted(part for part in needed if getattr(options, part) is None):
        parser.error("these sections need " + ", ".join(f"--{part} DIR" for part in missing))
    pieces: dict[str, str] = {}
    for number, section in enumerate(wanted, start=1):
        print(f"{number}/{len(wanted)}  {section.title}", file=sys.stderr, flush=True)
        shown = " ".join(one.format(data="DIR", taggers="DIR", heads="DIR") for one in section.command)
        said = _said([one.format(**vars(options)) for one in section.command])
        pieces[section.title] = f"{section.says}\n\n    python {shown}\n\n```\n{said}\n```\n"
    # Read only now: another run may have made other sections meanwhile.
    pieces = {**(_pieces(PAGE.read_text(encoding="utf-8")) if options.only else {}), **pieces}
    kept = [f"## {one.title}\n\n{pieces[one.title]}" for one in SECTIONS if one.title in pieces]
    PAGE.write_text("\n".join([TOP, *kept, END]), encoding="utf-8")


def _pieces(page: str) -> dict[str, str]:
    """What stands under each heading of the page."""
    sections = (piece.partition("\n\n") for piece in page.split("\n## ")[1:])
    return {title: f"{rest.rstrip()}\n" for title, _, rest in sections}


def _said(command: list[str]) -> str:
    spread = [path for one in command for path in (map(str, sorted(ROOT.glob(one))) if "*" in one else [one])]
    done = subprocess.run([sys.executable, *spread], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.rstrip()


if __name__ == "__main__":
    main()
