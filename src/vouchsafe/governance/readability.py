"""How hard a page reads, by one published measure and by its longest sentences. English pages only.

Source: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948) 221-233: reading ease is
206.835 - 1.015 x (words a sentence) - 84.6 x (syllables a word); 60 to 70 is plain English, below 50 is difficult.
Syllables are counted by letters, as every program does that has no dictionary; the result is good to a few points. It
says nothing of whether a page is true or complete, and a page can read easily and still be hard to use.
"""

import re
from dataclasses import dataclass

from vouchsafe.domain.sentences import sentences

DIFFICULT = 50.0
"""Below this reading ease the measure's author calls a text difficult."""
LONGEST_SENTENCE = 30
"""Words. A rule of thumb of plain-language guides, which ask for 15 to 20 on average."""
LEAST_WORDS = 60
"""A shorter page is not judged: one long name would decide."""
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
# What is no running text: headings, rows of tables, list marks with nothing to read behind them.
_NOT_PROSE = re.compile(r"\s*(?:#|\|)")
_LEAST_SENTENCE = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads. `ease`: the higher, the easier, mostly within 0 and 100; `long`: sentences above the limit."""

    ease: float
    words: int
    long: int
    longest: int

    @property
    def hard(self) -> bool:
        """Whether somebody should rewrite it."""
        return self.ease < DIFFICULT or self.long > 0

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        parts = [f"reading ease {self.ease:.0f} (Flesch; 60 and more is plain, below {DIFFICULT:.0f} difficult)"]
        if self.long:
            many = f"{self.long} sentences have" if self.long > 1 else "1 sentence has"
            parts.append(f"{many} more than {LONGEST_SENTENCE} words, the longest {self.longest}")
        return "; ".join(parts)


def reading(text: str, language: str) -> Reading | None:
    """How the running text of a page reads; None for another language than English, and for a short page."""
    if language[:2].lower() != "en":
        return None
    told = [_WORD.findall(one) for one in sentences(text) if not _NOT_PROSE.match(one)]
    told = [words for words in told if len(words) >= _LEAST_SENTENCE]
    words = [word for one in told for word in one]
    if len(words) < LEAST_WORDS:
        return None
    ease = 206.835 - 1.015 * len(words) / len(told) - 84.6 * sum(map(syllables, words)) / len(words)
    lengths = [len(one) for one in told]
    return Reading(ease, len(words), sum(one > LONGEST_SENTENCE for one in lengths), max(lengths))


def syllables(word: str) -> int:
    """Syllables of an English word by its letters: groups of vowels, less a silent e at its end; at least one."""
    low = word.lower()
    count = len(_VOWELS.findall(low))
    silent = low.endswith("e") and not low.endswith(("le", "ee", "ye"))
    past = low.endswith("ed") and not low.endswith(("ted", "ded"))
    return max(1, count - (silent or past))
