"""Measure which language is named, on messages of known language. Prints shares and ids, never words.

Usage: python quality/language/measure.py [--show N] [--hint CODE]

Target: at least 99 % right on messages of more than 20 characters in each of the ten commonest languages of the United
States (English, Spanish, Chinese, Tagalog, Vietnamese, Arabic, French, Korean, Russian, Haitian Creole). `other` is
the more harmful error: a message taken for another language; `und` goes to a person as a message in no known language.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from vouchsafe.pipeline.language import UNKNOWN, language_of
from vouchsafe.quality.intervals import wilson

COMMONEST = ("en", "es", "zh", "tl", "vi", "ar", "fr", "ko", "ru", "ht")


def main() -> None:
    """Name the language of every message and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=int, default=0, help="ids of so many wrong messages of each language")
    parser.add_argument("--hint", help="the language of the desk, as the product gives it")
    args = parser.parse_args()
    lines = (Path(__file__).parent / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    named: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in map(json.loads, lines):
        named[row["language"]].append((row["id"], language_of(row["text"], args.hint).split("-")[0]))
    print(f"{'language':10}{'n':>6}{'right':>8}{'und':>6}{'other':>7}")
    for language, found in named.items():
        print(_line(language, found, language))
        wrong = [f"{name} as {said}" for name, said in found if said != language][: args.show]
        if wrong:
            print(f"  {', '.join(wrong)}")
    for title, languages in (("ten", COMMONEST), ("all", tuple(named))):
        right = [said == language for language in languages for _, said in named[language]]
        low, high = wilson(sum(right), len(right))
        print(f"{title:10}{len(right):>6}{sum(right) / len(right):>8.3f}  95 % interval {low:.3f} to {high:.3f}")


def _line(title: str, found: list[tuple[str, str]], language: str) -> str:
    right = sum(said == language for _, said in found)
    unknown = sum(said == UNKNOWN for _, said in found)
    return f"{title:10}{len(found):>6}{right / len(found):>8.3f}{unknown:>6}{len(found) - right - unknown:>7}"


if __name__ == "__main__":
    main()
