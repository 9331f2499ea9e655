"""An import: what a source gave becomes the desk's knowledge, what looks dangerous waits, what went is retired.

1. one import of a desk at a time                       (store.knowledge.importing)
2. look at every version that is new here               (door.py)
3. embed what is new, in batches that are kept          (so that the next search finds the vectors there)
4. one transaction: held, published, retired, recorded
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from vouchsafe.app import App
from vouchsafe.domain.facts import SlotType
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.knowledge import HeldState, HoldKind, HoldReason
from vouchsafe.domain.passage import Document
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Actor, Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge.door import Door, in_words, possible_names, shipped_door
from vouchsafe.pipeline.retrieve.passages import cut, indexed_text, text_hash
from vouchsafe.plugins.knowledge.imported import Imported
from vouchsafe.store import contacts, knowledge, knowledge_held, knowledge_withdrawn
from vouchsafe.store.knowledge import Version
from vouchsafe.store.work import PgWork

_BATCH = 32
"""Passages embedded between two commits; a killed import goes on from there."""
_MOST_NAMED = 2_000
"""Versions named in one event; the counts are whole."""
_SETTLED = frozenset({HeldState.RELEASED, HeldState.DISCARDED})
_T = TypeVar("_T")
Watch = Callable[[Sequence[_T], str], Iterable[_T]]
"""Shows a person how far a step is, by its name; gives the same things in the same order."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file or page that is not searched now, in a sentence."""

    path: str
    says: str
    needs_person: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What an import changed, or would change (`dry`). `lines`: everything that is not published, and why."""

    added: tuple[Version, ...]
    retired: tuple[Version, ...]
    unchanged: int
    held: tuple[Version, ...]
    lines: tuple[Line, ...]
    dry: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """The gathered documents by what becomes of them."""

    good: tuple[Document, ...]
    held: tuple[tuple[Document, tuple[HoldReason, ...]], ...]
    lines: tuple[Line, ...]


class _Undone(Exception):  # not an error: how a transaction is told to leave nothing behind
    """A dry run ends its transaction without a trace."""


@contextmanager
def importing(app: App, workspace: WorkspaceId, desk: DeskId) -> Iterator[None]:
    """Hold other imports of the desk back, from before the source is read. Raises: ImportUnderWay."""
    with knowledge.importing(app.store.database, workspace, desk):
        yield


def take_in(  # noqa: PLR0917  # where, what, from which source, and how
    app: App,
    workspace: WorkspaceId,
    desk: DeskId,
    gathered: Imported,
    source: str,
    watch: Watch[Document] | None = None,
    *,
    door: Door | None = None,
    dry: bool = False,
    retire_all: bool = False,
) -> Report:
    """Bring the desk in step with what a source gave; call it inside `importing`.

    A version that was released passes, one that was discarded stays out, one that is published is not looked at again.
    With `dry` nothing is changed. Raises: WouldEmpty.
    """
    judged = _judge(app, workspace, desk, gathered, source, watch, door or shipped_door())
    if not dry:
        _embed(app, workspace, judged.good, watch)
    listed = {(one.path, one.version) for one in gathered.documents}
    with suppress(_Undone), app.store(workspace) as work:
        if gathered.whole:
            found: dict[str, Json] = {"desk": str(desk), "source": source, "documents": len(listed)}
            work.note(Event(EventType.SOURCE_READ, system("import"), Outcome.OK, payload=found))
        keep = gathered.keep
        if not gathered.whole:
            keep |= {path for path, _ in knowledge.active(work.context, desk, source)}
            keep |= {one.document.path for one in knowledge_held.waiting(work.context, desk)}
        keep -= {one.path for one in gathered.documents}
        # Somebody may have decided while the rest was looked at and embedded.
        decided = knowledge_held.decided(work.context, desk, [(one.path, one.version) for one, _ in judged.held])
        states = [(one, why, decided.get((one.path, one.version))) for one, why in judged.held]
        held = tuple(_hold(work, desk, source, one, why, state) for one, why, state in states if state not in _SETTLED)
        good = (*judged.good, *(one for one, _, state in states if state is HeldState.RELEASED))
        knowledge_held.supersede(work.context, desk, source, listed, keep)
        synced = knowledge.publish(work.context, desk, good, source, keep, retire_all=retire_all or bool(judged.held))
        out = knowledge_withdrawn.paths(work.context, desk)
        _record(work, desk, source, synced)
        _end(dry=dry)
    withdrawn = [
        Line(path, "withdrawn; vouchsafe knowledge reinstate puts it back", needs_person=False)
        for path in sorted(out & {one.path for one in judged.good})
    ]
    refused = [Line(one.path, one.says) for one in gathered.problems]
    unchanged = len(judged.good) - len(synced.added) + len(gathered.unchanged)
    return Report(synced.added, synced.retired, unchanged, held, (*refused, *judged.lines, *withdrawn), dry)


def _judge(  # noqa: PLR0917  # the parts of an import
    app: App,
    workspace: WorkspaceId,
    desk: DeskId,
    gathered: Imported,
    source: str,
    watch: Watch[Document] | None,
    door: Door,
) -> _Judged:
    """Which documents may be published. New versions are looked at; a path belongs to one source."""
    with app.store(workspace) as work:
        versions = [(one.path, one.version) for one in gathered.documents]
        decided = knowledge_held.decided(work.context, desk, versions)
        published = knowledge.active(work.context, desk, source)
        elsewhere = knowledge.other_sources(work.context, desk, source)
        personal = {
            one.path: (*_contacts_numbers(work, one), *_contacts_names(work, one))
            for one in gathered.documents
            if (one.path, one.version) not in published and (one.path, one.version) not in decided
        }
    good: list[Document] = []
    held: list[tuple[Document, tuple[HoldReason, ...]]] = []
    lines: list[Line] = []
    for one in watch(gathered.documents, "Looking") if watch else gathered.documents:
        version = (one.path, one.version)
        if one.path in elsewhere:
            lines.append(Line(one.path, f"the source {elsewhere[one.path]} has a document of this path; rename one"))
        elif decided.get(version) is HeldState.DISCARDED:
            lines.append(Line(one.path, "discarded before; a changed version is looked at anew", needs_person=False))
        elif version in published or decided.get(version) is HeldState.RELEASED:
            good.append(one)
        elif reasons := (*door.reasons_for(one), *personal.get(one.path, ())):
            held.append((one, reasons))
            lines.append(Line(one.path, f"held: {in_words(reasons)}"))
        else:
            good.append(one)
    return _Judged(tuple(good), tuple(held), tuple(lines))


def _contacts_numbers(work: PgWork, document: Document) -> tuple[HoldReason, ...]:
    """Telephone numbers in slots that stand on record as those of a contact: a slot never holds a person's own."""
    found = []
    for slot in document.answer.slots if document.answer else ():
        number = document.text[slot.span.start : slot.span.end]
        if slot.type is SlotType.PHONE and contacts.at(work.context, PhiText(number)):
            line = document.text.count("\n", 0, slot.span.start) + 1
            says = f"a contact's telephone number fills the slot {slot.name}"
            found.append(HoldReason(HoldKind.IDENTIFIER, says, line))
    return tuple(found)


def _contacts_names(work: PgWork, document: Document) -> Iterator[HoldReason]:
    """Whole names of patients on record: no page has to name one. People who work here may be named."""
    questions = document.answer.questions if document.answer else ()
    written = [(one.name, one.line) for one in possible_names(document.text)]
    written += [(one.name, 1) for text in (document.title, *questions) for one in possible_names(text)]
    names = contacts.on_record(work.context, {name for name, _ in written})
    for line in sorted({line for name, line in written if name in names}):
        yield HoldReason(HoldKind.IDENTIFIER, "the name of a contact on record", line)


def _embed(app: App, workspace: WorkspaceId, documents: Sequence[Document], watch: Watch[Document] | None) -> None:
    """Vectors of passages that have none yet, kept batch by batch."""
    ref = app.embedder.ref
    with app.store(workspace) as work:
        known = set(knowledge.vectors(work.context, ref))
    waiting: dict[str, str] = {}
    fresh = [one for one in documents if any(text_hash(passage) not in known for passage in cut(one))]
    for document in watch(fresh, "Embedding") if watch and fresh else fresh:
        for passage in cut(document):
            if (key := text_hash(passage)) not in known:
                waiting[key] = indexed_text(passage)
        while len(waiting) >= _BATCH:
            known |= _keep(app, workspace, ref, waiting)
    while waiting:
        known |= _keep(app, workspace, ref, waiting)


def _keep(app: App, workspace: WorkspaceId, ref: str, waiting: dict[str, str]) -> set[str]:
    """Embed one batch of what waits and take it off the list; what was embedded."""
    batch = {key: waiting.pop(key) for key in list(waiting)[:_BATCH]}
    rows = app.embedder.embed(list(batch.values()))
    with app.store(workspace) as work:
        knowledge.keep_vectors(work.context, ref, dict(zip(batch, rows, strict=True)))
    return set(batch)


def _end(*, dry: bool) -> None:
    """Let the transaction commit, or roll a rehearsal back."""
    if dry:
        raise _Undone


def _hold(  # noqa: PLR0917  # what waits, where, and why
    work: PgWork,
    desk: DeskId,
    source: str,
    document: Document,
    reasons: tuple[HoldReason, ...],
    state: HeldState | None,
) -> Version:
    """Keep a version at the door. One that waits there already stays as it is, without another event."""
    if state is not HeldState.HELD:
        item = knowledge_held.hold(work.context, desk, source, document, reasons)
        payload: dict[str, Json] = {
            "desk": str(desk),
            "source": source,
            "item": str(item),
            "document": document.path,
            "reasons": [{"kind": one.kind.value, "says": one.says, "line": one.line} for one in reasons],
        }
        work.note(Event(EventType.SOURCE_HELD, system("import"), Outcome.HELD, payload=payload))
    return document.path, document.version


def _record(work: PgWork, desk: DeskId, source: str, synced: knowledge.Synced) -> None:
    for kind, versions in ((EventType.SOURCE_RETIRED, synced.retired), (EventType.SOURCE_PUBLISHED, synced.added)):
        if versions:
            work.note(event_of(kind, system("import"), desk, source, versions))


def event_of(kind: EventType, actor: Actor, desk: DeskId, source: str, versions: Sequence[Version]) -> Event:
    """What became of document versions, named in the sealed payload."""
    named: list[Json] = [f"{path}@{version}" for path, version in versions[:_MOST_NAMED]]
    payload: dict[str, Json] = {
        "desk": str(desk),
        "source": source,
        "versions": len(versions),
        "documents": named,
    }
    return Event(kind, actor, Outcome.OK, payload=payload)
