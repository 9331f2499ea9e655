"""Measures which sentences are quoted for questions after a price, a time, a place or a way to reach somebody.

    python training/retrieval/cues.py [--show]

Rows are in cues.yaml. No encoder and no outside data are needed: the page is given, only its sentences are chosen.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vouchsafe.domain.passage import Document, Passage
from vouchsafe.pipeline.draft.extractive import chosen_spans
from vouchsafe.pipeline.retrieve.passages import cut

ROWS = Path(__file__).with_name("cues.yaml")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sentences quoted for one question."""

    half: str
    kind: str
    ask: str
    answer: str
    quoted: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """Whether the sentence that answers is among them."""
        return any(self.answer in one for one in self.quoted)


def chosen() -> Iterator[Chosen]:
    """What is quoted for every question. Raises: ValueError where no passage of a page holds a question's answer."""
    for half, pages in yaml.safe_load(ROWS.read_text(encoding="utf-8")).items():
        for page in pages:
            passages = cut(_document(page))
            for row in page["questions"]:
                holding = [one for one in passages if row["answer"] in one.text]
                if not holding:
                    raise ValueError(f"{page['title']}: no passage holds {row['answer']!r}")
                yield Chosen(half, row["kind"], row["ask"], row["answer"], _quoted(holding[0], row["ask"]))


def _quoted(passage: Passage, question: str) -> tuple[str, ...]:
    return tuple(passage.text[span.start : span.end] for span in chosen_spans(passage, question))


def _document(page: dict[str, Any]) -> Document:
    return Document(
        path=page["title"],
        version="0" * 12,
        title=page["title"],
        audience=frozenset({"public"}),
        effective_from=None,
        effective_to=None,
        approved_for_auto=False,
        language=page["language"],
        intent=None,
        owner="",
        review_date=None,
        text=page["text"],
    )


def table(rows: Sequence[Chosen]) -> Iterator[str]:
    """A line a half and kind: questions, share answered, share answered by the right sentence alone, mean quoted."""
    yield f"{'':18} {'n':>4} {'answered':>9} {'alone':>7} {'sentences':>10}"
    for half in dict.fromkeys(row.half for row in rows):
        kinds = sorted({row.kind for row in rows if row.half == half})
        for kind in ("all", *kinds):
            of = [row for row in rows if row.half == half and kind in ("all", row.kind)]
            answered = sum(row.answered for row in of) / len(of)
            alone = sum(row.answered and len(row.quoted) == 1 for row in of) / len(of)
            mean = sum(len(row.quoted) for row in of) / len(of)
            yield f"{half:6} {kind:11} {len(of):4} {answered:9.3f} {alone:7.3f} {mean:10.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print the questions of `shown` that are not answered")
    options = parser.parse_args()
    rows = list(chosen())
    print("\n".join(table(rows)))
    for row in rows if options.show else ():
        if row.half == "shown":
            print(f"\n{'+' if row.answered else '-'} {row.ask}\n    " + "\n    ".join(row.quoted))


if __name__ == "__main__":
    main()
