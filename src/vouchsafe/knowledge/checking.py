"""The check of a desk's knowledge: what is questionable about a document, and which passages contradict each other."""

from dataclasses import dataclass

import numpy as np

from vouchsafe.app import App
from vouchsafe.domain.contact import MOST_PROVED
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.knowledge import Conflict, Questionable
from vouchsafe.governance.knowledge_checks import questionable
from vouchsafe.governance.knowledge_conflicts import conflicts
from vouchsafe.pipeline.retrieve.passages import text_hash
from vouchsafe.store import desks, knowledge, knowledge_held


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `held`: documents that wait for a decision at the door."""

    documents: int
    doubts: tuple[Questionable, ...]
    conflicts: tuple[Conflict, ...]
    held: int

    @property
    def needs_person(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.doubts or self.conflicts or self.held)


def check(app: App, workspace: WorkspaceId, desk_id: DeskId) -> Checked:
    """Look at every published document of a desk. Changes nothing but vectors that were missing."""
    with app.store(workspace) as work:
        desk = desks.get(work.context, desk_id)
        documents = knowledge.documents(work.context, desk_id)
        held = len(knowledge_held.waiting(work.context, desk_id))
    pack = app.pack(desk.pack)
    today = app.today(pack)
    doubts = questionable(documents, today, pack.groups_for(MOST_PROVED, staff=True))
    index = app.index(workspace, desk)
    passages = index.passages
    if not passages:
        return Checked(len(documents), doubts, (), held)
    vectors = index.vectors
    rows = np.stack([vectors[text_hash(one)] for one in passages]).astype(np.float32)
    return Checked(len(documents), doubts, conflicts(passages, rows, app.embedder.embed, today), held)
