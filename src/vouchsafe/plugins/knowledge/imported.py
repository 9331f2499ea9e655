"""What a source of documents gave: those that can be trusted, and a line for each one that is left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.domain.passage import Document

WatchFiles = Callable[[Sequence[Path]], Iterable[Path]]
"""Shows a person how far the reading is; gives the same files in the same order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One file or page that is not used, and why, in a sentence for the person who keeps the source."""

    path: str
    says: str
    passing: bool = False
    """It may be there next time: what was published of it stays published meanwhile."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a source gave: documents in order of their path, and what was left out."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    unchanged: frozenset[str] = frozenset()
    """Paths that are as they were at the last import and were not read again."""
    whole: bool = True
    """Everything was seen: what is not here is gone. Else nothing is retired for not being here."""

    @property
    def keep(self) -> frozenset[str]:
        """Paths whose published versions stay, though no document was read for them."""
        return self.unchanged | {one.path for one in self.problems if one.passing}
