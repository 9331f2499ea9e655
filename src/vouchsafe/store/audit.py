"""Reads the stored log and hands it to the verifier, which trusts nothing of it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, TextClause, text

from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.evidence.leaf import Head, LeafError, leaf_hash, read_head, read_objects
from vouchsafe.evidence.tiles import node_reader
from vouchsafe.evidence.verify import CaseReport, Finding, FindingKind, Report, Verdict, verify_case, verify_log
from vouchsafe.ports.keys import KeyStore
from vouchsafe.store import checkpointer
from vouchsafe.store.engine import Database, enter
from vouchsafe.store.objects import Objects
from vouchsafe.store.sequencer import tile_reader
from vouchsafe.store.vault import workspace_key_id

_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Audit:
    """What one verification of a workspace found. Findings beyond the report's stand in `more`.

    `objects`: sealed files that are what the log names; `objects_absent`: those that went with their key.
    """

    report: Report
    more: tuple[Finding, ...]
    objects: int = 0
    objects_absent: int = 0

    @property
    def verdict(self) -> Verdict:
        """The answer in one word."""
        return Verdict.REFUTED if self.more else self.report.verdict


def verify(
    database: Database, keys: KeyStore, workspace: WorkspaceId, domain: str, objects: Objects | None = None
) -> Audit:
    """Check the whole log of a workspace and every row that claims to belong to it.

    Of the log: leaves, stored tiles, payload hashes, steps, and every signed checkpoint. Of the rows: each clear column
    of an event says what its leaf says, and no event stands beside the log, neither numbered nor waiting for it.
    With `objects`, each sealed file is read: it is there, and has the hash that the log names.
    One snapshot for all of it, so that a running system does not look like a changed one.
    """
    with (
        database.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
        # The verifier may stop reading a stream before its end; its cursor is closed here.
        ExitStack() as streams,
    ):
        enter(connection, workspace)
        events = _Events()
        report = verify_log(
            events.numbered(connection, streams),
            checkpointer.every_note(connection),
            log=checkpointer.verifier(keys, workspace, domain),
            workspace=workspace,
            tiles=_tiles(connection, streams),
            sealed=_sealed(connection, streams),
            end_state=_end_state(connection, streams),
            beside=events.compare,
        )
        more = [
            *events.pending(connection, workspace),
            *_beside_the_log(connection),
            *_foreign_payloads(connection),
        ]
        files = _Files(events.objects)
        if objects is not None:
            files.compare(connection, streams, objects, workspace)
        more += files.findings
    # The key folder remembers what was signed, beyond the reach of whoever edits the database.
    size, _ = keys.last_signed(workspace)
    if report.signed_size < size:
        says = f"{size} events were signed once, the log proves only {report.signed_size}"
        more.append(Finding(FindingKind.EVENTS_MISSING, says, report.signed_size, size))
    return Audit(report, tuple(more), files.well, files.absent)


def verify_one(
    database: Database, keys: KeyStore, workspace: WorkspaceId, domain: str, case: CaseId
) -> CaseReport | None:
    """Check the events of one case against the newest checkpoint; None while nothing is signed.

    Judges the events that stand under the case. That none without a step was moved away from it only `verify` tells.
    """
    with database.begin(workspace) as connection:
        newest = checkpointer.latest(connection)
        if newest is None:
            return None
        events = _Events()
        rows = connection.execute(_OF_CASE, {"case": case}).all()
        last_step = connection.execute(text('select step from "case" where id = :case'), {"case": case}).scalar()
        report = verify_case(
            events.each((row.idx, row.leaf, row.said, row.conversation, row.hashes) for row in rows),
            newest[1],
            case=case,
            log=checkpointer.verifier(keys, workspace, domain),
            workspace=workspace,
            node=node_reader(tile_reader(connection)),
            last_step=last_step,
            beside=events.compare,
        )
    stray = [_stray(case) for row in rows if row.idx is None and not row.waits]
    return replace(report, findings=(*report.findings, *stray))


# What the clear columns of an event say, in one text that `_said` makes of its leaf. A separator inside a value cannot
# make two rows look alike, since no value of a leaf holds one and each column adds exactly one.
_SAID = """
    concat(event.id, '|', event.type, '|', event.case_id, '|', event.step, '|', event.actor, '|',
           (extract(epoch from event.at) * 1000000)::bigint) as said,
    event.conversation_id::text as conversation"""

_NUMBERED = text(f"""
    select leaf.idx, event.leaf, {_SAID}, event.hash || leaf.hash as hashes
    from leaf join event on event.workspace_id = leaf.workspace_id and event.id = leaf.event_id order by leaf.idx
""")  # noqa: S608  # constants of this file

_PENDING = text(f"""
    select cast(null as bigint) as idx, event.leaf, {_SAID}, event.hash as hashes
    from pending join event on event.workspace_id = pending.workspace_id and event.id = pending.event_id
""")  # noqa: S608  # constants of this file

_OF_CASE = text(f"""
    select leaf.idx, event.leaf, {_SAID}, event.hash || coalesce(leaf.hash, '') as hashes,
           exists (select 1 from pending where pending.workspace_id = event.workspace_id
                   and pending.event_id = event.id) as waits
    from event left join leaf on leaf.workspace_id = event.workspace_id and leaf.event_id = event.id
    where event.case_id = :case order by event.step nulls last, event.id
""")  # noqa: S608  # constants of this file

_BESIDE_THE_LOG = text("""
    select event.case_id, count(*) as number from event
    where not exists (select 1 from leaf
                      where leaf.workspace_id = event.workspace_id and leaf.event_id = event.id)
      and not exists (select 1 from pending
                      where pending.workspace_id = event.workspace_id and pending.event_id = event.id)
    group by event.case_id order by event.case_id
""")

_FOREIGN_PAYLOADS = text("""
    select count(*) from payload join event on event.workspace_id = payload.workspace_id and event.id = payload.event_id
    where payload.conversation_id is distinct from event.conversation_id
""")


class _Events:
    """Event rows on their way to the verifier, and what the row that it judges says beside its leaf."""

    def __init__(self) -> None:
        self._said = ""
        self._conversation: str | None = None
        self._hashes = b""
        self._numbered = False
        self._subject_of: dict[str, bytes] = {}
        self._conversation_of: dict[bytes, str] = {}
        self.objects: dict[bytes, _Named] = {}
        """The sealed files that leaves name, by the hash of their ciphertext."""

    def numbered(self, connection: Connection, streams: ExitStack) -> Iterator[tuple[int, bytes]]:
        """Every event of the log, in its order."""
        return self.each(_stream(connection, streams, _NUMBERED))

    def each(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, bytes]]:  # rows of the queries above
        """Index and leaf of each row; what else stands in it is kept until the next one is taken."""
        for index, leaf, said, conversation, hashes in rows:
            self._said, self._conversation, self._hashes = said, conversation, bytes(hashes)
            self._numbered = index is not None
            yield index, bytes(leaf)

    def compare(self, head: Head, leaf: bytes, own_hash: bytes) -> str | None:
        """What of the row at hand differs from its leaf."""
        for ct_hash, kid, length in read_objects(head, leaf):
            self.objects[ct_hash] = _Named(head.id.decode(), kid, length)
        if self._said != _said(head):
            return "a column of the event does not say what its leaf says: " + self._which(head)
        if self._hashes != (own_hash * 2 if self._numbered else own_hash):
            return "a hash stored beside the event is not that of its leaf"
        conversation, subject = self._conversation, head.subj
        if conversation is None or subject is None:
            same = (conversation is None) == (subject is None)
        else:
            # The pseudonym is all that a leaf says of the conversation; the two must belong together everywhere.
            same = self._subject_of.setdefault(conversation, subject) == subject
            same = self._conversation_of.setdefault(subject, conversation) == conversation and same
        return None if same else "the event stands under a conversation that its leaf does not belong to"

    def pending(self, connection: Connection, workspace: WorkspaceId) -> Iterator[Finding]:
        """What is wrong with events that wait for the sequencer: they are shown before they are numbered."""
        rows = connection.execute(_PENDING).all()
        for _, leaf in self.each(tuple(row) for row in rows):
            try:
                head = read_head(leaf)
            except LeafError as error:
                yield Finding(FindingKind.EVENT_MALFORMED, f"an event that waits for the log: {error}")
                continue
            if head.ws != str(workspace).encode():
                yield Finding(FindingKind.EVENT_FOREIGN, "an event that waits for the log is another workspace's")
            if says := self.compare(head, leaf, leaf_hash(leaf)):
                yield Finding(FindingKind.COLUMN_DIFFERS, f"an event that waits for the log: {says}")

    def _which(self, head: Head) -> str:
        stored, signed = self._said.split("|"), _said(head).split("|")
        if len(stored) != len(signed):
            return "a separator in it"
        return ", ".join(name for name, a, b in zip(_COLUMNS, stored, signed, strict=True) if a != b)


@dataclass(frozen=True, slots=True)
class _Named:
    """A sealed file as a leaf names it. `event`: id of the event; `kid`: the key it is sealed under."""

    event: str
    kid: UUID
    length: int


class _Files:
    """The sealed files on the disk against those that the log names."""

    def __init__(self, named: dict[bytes, _Named]) -> None:
        self._named = named
        self.findings: list[Finding] = []
        self.well = 0
        self.absent = 0

    def compare(self, connection: Connection, streams: ExitStack, objects: Objects, workspace: WorkspaceId) -> None:
        """Read every file that has a row, then look for those that the log names and nobody has."""
        gone: list[_Named] = []
        for object_id, size, column in _stream(connection, streams, "select id, size, ct_hash from object order by id"):
            found = objects.digest(workspace, object_id)
            named = self._named.pop(bytes(column), None)
            if named is None:
                self._note(
                    FindingKind.OBJECT_DIFFERS, f"the row of object {object_id} holds a hash that no event names"
                )
            elif found is None:
                gone.append(named)
            elif found != (bytes(column), named.length):
                self._note(FindingKind.OBJECT_DIFFERS, f"object {object_id} is not what event {named.event} sealed")
            elif size != named.length:
                self._note(
                    FindingKind.OBJECT_DIFFERS, f"the row of object {object_id} holds another size than its file"
                )
            else:
                self.well += 1
        self._missing(connection, [*gone, *self._named.values()], workspace)

    def _missing(self, connection: Connection, gone: list[_Named], workspace: WorkspaceId) -> None:
        """A file may go with its key and never before it."""
        alive = set(connection.execute(text("select id from conversation_key")).scalars()) if gone else set()
        for named in gone:
            if named.kid in alive or named.kid == workspace_key_id(workspace):
                self._note(FindingKind.OBJECT_MISSING, f"the file that event {named.event} sealed is not there")
            else:
                self.absent += 1

    def _note(self, kind: FindingKind, says: str) -> None:
        self.findings.append(Finding(kind, says))


_COLUMNS = ("id", "type", "case_id", "step", "actor", "at")


def _said(head: Head) -> str:
    """What the columns of `_SAID` must say for this leaf."""
    case = "" if head.case is None else head.case.decode()
    step = "" if head.step is None else head.step
    return f"{head.id.decode()}|{head.type.decode()}|{case}|{step}|{head.actor.decode()}|{head.ts.decode()}"


def _beside_the_log(connection: Connection) -> Iterator[Finding]:
    for row in connection.execute(_BESIDE_THE_LOG):
        yield _stray(row.case_id, row.number)


def _stray(case: UUID | None, number: int = 1) -> Finding:
    says = f"{number} events stand in the table but neither in the log nor on their way into it"
    return Finding(FindingKind.EVENT_UNLOGGED, says if case is None else f"{says}, under case {case}", case=case)


def _foreign_payloads(connection: Connection) -> Iterator[Finding]:
    number = connection.execute(_FOREIGN_PAYLOADS).scalar_one()
    if number:
        says = f"{number} payloads stand under another conversation than their events"
        yield Finding(FindingKind.COLUMN_DIFFERS, says)


def _tiles(connection: Connection, streams: ExitStack) -> Iterator[bytes]:
    return (bytes(row[0]) for row in _stream(connection, streams, "select hashes from tile where level = 0 order by n"))


def _sealed(connection: Connection, streams: ExitStack) -> Iterator[tuple[int, int, bytes | None]]:
    rows = _stream(
        connection,
        streams,
        "select leaf.idx, payload.n, payload.sealed from payload join leaf "
        "on leaf.workspace_id = payload.workspace_id and leaf.event_id = payload.event_id "
        "order by leaf.idx, payload.n",
    )
    return ((row[0], row[1], bytes(row[2])) for row in rows)


def _end_state(connection: Connection, streams: ExitStack) -> Iterator[tuple[UUID, int]]:
    rows = _stream(
        connection,
        streams,
        'select c.id, c.step from "case" c where c.step > 0 and not exists (select 1 from pending p join event e '
        "on e.workspace_id = p.workspace_id and e.id = p.event_id where e.case_id = c.id) order by c.id",
    )
    return ((row[0], row[1]) for row in rows)


def _stream(
    connection: Connection, streams: ExitStack, query: str | TextClause
) -> Iterator[tuple[Any, ...]]:  # rows of the queries above
    """Rows by a cursor of the driver, in binary: as text every hash and payload would be written out twice as long."""
    driver = connection.connection.driver_connection
    assert driver is not None, "the connection is open"
    cursor = streams.enter_context(driver.cursor(name=f"verify_{uuid4().hex}", binary=True))
    cursor.itersize = _ROWS
    cursor.execute(str(query))
    yield from cursor
