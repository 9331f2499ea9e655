"""The check of a desk's knowledge: what is questionable about a document, and which passages contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from vouchsafe.app import App
from vouchsafe.domain.contact import MOST_PROVED
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.knowledge import Conflict, Questionable
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.knowledge_checks import questionable
from vouchsafe.governance.knowledge_conflicts import conflicts
from vouchsafe.governance.knowledge_keeping import Aged, Held, Unread, aged, unread
from vouchsafe.governance.readability import Reading, reading
from vouchsafe.pipeline.retrieve.passages import text_hash
from vouchsafe.store import desks, knowledge, knowledge_held, knowledge_views, trail
from vouchsafe.store.desks import Desk
from vouchsafe.store.work import PgWork


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether a desk's knowledge is kept in step. `aged`: None where the threshold was never measured here."""

    unread: tuple[Unread, ...]
    aged: Aged | None

    @property
    def needs_person(self) -> bool:
        """Whether a source was forgotten, or the threshold should be measured again."""
        return bool(self.unread or (self.aged and self.aged.much))

    @property
    def abstention(self) -> str:
        """Where the threshold comes from below which a search of the desk abstains, in a sentence."""
        if self.aged is None:
            return "abstains by the shipped threshold, never calibrated on its own documents"
        if not self.aged.changed:
            return "abstains by a threshold of its own"
        return (
            f"abstains by a threshold of its own; since it was measured on {self.aged.documents} documents "
            f"{self.aged.changed} came, changed or went"
        )


@dataclass(frozen=True, slots=True)
class Hard:
    """A page that reads hard."""

    path: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `held`: documents that wait for a decision at the door. `hard`: advice, no fault."""

    documents: int
    doubts: tuple[Questionable, ...]
    conflicts: tuple[Conflict, ...]
    held: int
    keeping: Keeping
    hard: tuple[Hard, ...] = ()

    @property
    def needs_person(self) -> bool:
        """Whether there is anything that somebody has to look at."""
        return bool(self.doubts or self.conflicts or self.held or self.keeping.needs_person)


def keeping(app: App, work: PgWork, desk: Desk) -> Keeping:
    """Which sources of a desk were not read for long, and how old its threshold is."""
    shelved = knowledge_views.versions(work.context, desk.id)
    within = timedelta(days=app.settings.knowledge_read_days)
    now = app.clock.now()
    published: dict[str, datetime] = {}
    for one in shelved:
        if one.retired_at is None:
            published[one.source] = max(one.published_at, published.get(one.source, one.published_at))
    read: dict[str, datetime] = {}
    if published and within:
        for event in trail.opened(work.context, EventType.SOURCE_READ, since=now - within):
            told = event.payload or {}
            if told.get("desk") == str(desk.id):
                read.setdefault(str(told.get("source")), event.at)
            if read.keys() >= published.keys():
                break
    return Keeping(unread(published, read, now, within), _aged(work, desk, shelved))


def _aged(work: PgWork, desk: Desk, shelved: Sequence[knowledge_views.Shelved]) -> Aged | None:
    if not desk.calibration:
        return None
    every = trail.opened(work.context, EventType.SOURCE_CALIBRATED)
    measured = next((one.at for one in every if (one.payload or {}).get("desk") == desk.name), None)
    if measured is None:
        return Aged(0, len({one.document.path for one in shelved}))
    return aged((Held(one.document.path, one.published_at, one.retired_at) for one in shelved), measured)


def check(app: App, workspace: WorkspaceId, desk_id: DeskId) -> Checked:
    """Look at every published document of a desk. Changes nothing but vectors that were missing."""
    with app.store(workspace) as work:
        desk = desks.get(work.context, desk_id)
        documents = knowledge.documents(work.context, desk_id)
        held = len(knowledge_held.waiting(work.context, desk_id))
        kept = keeping(app, work, desk)
    pack = app.pack(desk.pack)
    today = app.today(pack)
    doubts = questionable(documents, today, pack.groups_for(MOST_PROVED, staff=True))
    read = [(one.path, reading(one.text, one.language)) for one in documents]
    hard = tuple(sorted((Hard(path, found) for path, found in read if found and found.hard), key=lambda one: one.path))
    index = app.index(workspace, desk)
    passages = index.passages
    if not passages:
        return Checked(len(documents), doubts, (), held, kept, hard)
    vectors = index.vectors
    rows = np.stack([vectors[text_hash(one)] for one in passages]).astype(np.float32)
    found = conflicts(passages, rows, app.embedder.embed, today)
    return Checked(len(documents), doubts, found, held, kept, hard)
