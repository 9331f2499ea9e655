"""A precedent: how a question was answered before, de-identified, for people to look at and to write from.

It never answers by itself: nothing in it is a passage, so no search for a contact finds it, no rule of the gate takes
it for a source of the machine, and no language model is given it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from vouchsafe.domain.draft import Citation
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, UserId
from vouchsafe.domain.text import SafeText, Span

PrecedentId = NewType("PrecedentId", UUID)
PATH = "precedent:"
"""How the document of a citation begins that is a precedent. No document at a desk has such a path."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a precedent as a person confirmed them: no identifiers, no placeholders."""

    question: SafeText
    answer: SafeText
    language: str
    """BCP 47, of the reply it was taken from."""


@dataclass(frozen=True, slots=True)
class Precedent:
    """One precedent that stands: whose reply it was, who marked it and when."""

    id: PrecedentId
    desk: DeskId
    case: CaseId
    conversation: ConversationId
    marked_by: UserId
    marked_at: datetime
    wording: Wording

    @property
    def path(self) -> str:
        """The document of citations of it."""
        return f"{PATH}{self.id}"

    def citation(self, span: Span) -> Citation:
        """A citation of a stretch of its answer."""
        said = f"{self.wording.question.value}\x00{self.wording.answer.value}"
        version = hashlib.sha256(said.encode()).hexdigest()[:12]
        return Citation(self.path, version, 1, span, "an earlier answer")
