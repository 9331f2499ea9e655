"""Where passages come from."""

from collections.abc import Iterable
from typing import Protocol

from vouchsafe.domain.passage import Document, Hits, Scope
from vouchsafe.domain.text import SafeText


class KnowledgeSource(Protocol):
    """A place that holds documents: a folder, a website, a database."""

    def documents(self) -> Iterable[Document]:
        """Every version of every document, in a stable order."""
        ...


class Searcher(Protocol):
    """The one entry to retrieval. The scope is part of the query; there is no search without one."""

    def search(self, scope: Scope, query: SafeText, *, k: int = 8, language: str | None = None) -> Hits:
        """The passages that answer best among those the scope may read, best first.

        `language` (BCP 47) narrows to passages of that language; it never widens the scope.
        """
        ...
