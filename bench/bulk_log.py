"""Fills a workspace with a long, valid log: sealed payloads, canonical leaves, tiles, head, checkpoints.

The application writes a few hundred events a second and core; a million that way take an hour. So rows are made here by
the same functions (`canonical`, `seal_ready`, the vault, `grow`, `Frontier`, `checkpointer.sign`) and copied in by the
superuser. `vouchsafe verify` accepts the result or the benchmark ends: nothing is measured on a log that is not one.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

import orjson
import psycopg
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, ConversationId, DeskId, EventId, WorkspaceId
from vouchsafe.evidence.event_types import STATE_CHANGES, EventType
from vouchsafe.evidence.leaf import Actor, ActorKind, Leaf, Outcome, SealedPayload, canonical, leaf_hash
from vouchsafe.evidence.merkle import Frontier
from vouchsafe.evidence.payload import seal_ready
from vouchsafe.evidence.tiles import TileReader, grow
from vouchsafe.store import checkpointer, codec, desks, sequencer
from vouchsafe.store.conversations import Facts
from vouchsafe.store.fields import Field

CHAIN = (
    (EventType.MESSAGE_RECEIVED, "ingest"),
    (EventType.ORIGINAL_SEALED, "ingest"),
    (EventType.CONTACT_MATCHED, "identify"),
    (EventType.TEXT_REDACTED, "redact"),
    (EventType.TEXT_RESCANNED, "redact"),
    (EventType.FINDINGS_MADE, "detect"),
    (EventType.KNOWLEDGE_SEARCHED, "retrieve"),
    (EventType.PASSAGES_CHOSEN, "retrieve"),
    (EventType.DRAFT_MADE, "draft"),
    (EventType.RULING_MADE, "gate"),
    (EventType.CASE_QUEUED, "gate"),
    (EventType.CASE_READ, "web"),
    (EventType.CASE_ASSIGNED, "web"),
    (EventType.ORIGINAL_READ, "web"),
    (EventType.REPLY_EDITED, "web"),
    (EventType.REPLY_APPROVED, "web"),
    (EventType.REPLY_QUEUED, "gate"),
    (EventType.REPLY_ATTEMPTED, "sender"),
    (EventType.REPLY_SENT, "sender"),
    (EventType.TRAIL_READ, "web"),
)
"""A case that a person answered: twenty events, sixteen of them state changes with a step."""

_CASES_A_COPY = 500
_CHECKPOINT_EVERY = 100_000
_TEXT = (
    "could you please change the appointment on Tuesday, the portal shows another hour and my interpreter needs the "
    "address of the desk; the invoice about the visit went to the old insurance, a copy of the payment plan would do"
)
_WORDS = _TEXT.split()
_TABLES = {
    "subject_key": ("workspace_id", "id", "kid", "wrapped"),
    "conversation_key": ("workspace_id", "id", "subject_id", "wrapped"),
    "conversation": ("workspace_id", "id", "desk_id", "channel", "opened_at", "last_at", "sealed", "pseudonym"),
    "case": (
        *("workspace_id", "id", "conversation_id", "desk_id", "channel", "stage", "version", "step", "risk_rank"),
        *("also", "opened_at", "updated_at"),
    ),
    "event": (
        *("workspace_id", "id", "type", "case_id", "step", "conversation_id", "actor", "at", "leaf", "hash"),
    ),
    "payload": ("workspace_id", "event_id", "n", "conversation_id", "sealed"),
    "leaf": ("workspace_id", "idx", "event_id", "hash"),
    "tile": ("workspace_id", "level", "n", "hashes"),
}  # fmt: skip


@dataclass
class _Rows:
    tables: dict[str, list[tuple[object, ...]]] = field(default_factory=lambda: {name: [] for name in _TABLES})
    hashes: list[bytes] = field(default_factory=list)


class BulkLog:
    """Appends whole cases to the log of one workspace."""

    def __init__(self, app: App, workspace: WorkspaceId, admin: str, *, seed: int = 1) -> None:
        self._app = app
        self._workspace = workspace
        self._admin = admin.replace("postgresql+psycopg://", "postgresql://")
        self._random = Random(seed)
        self._kid, self._subject_wrapped, self._subject_key = app.store.vault.new_subject_key(workspace)
        with app.store(workspace) as work:
            self._desk: DeskId = desks.every(work.context)[0].id
        self._tiles: dict[tuple[int, int], bytes] = {}

    def append(self, cases: int) -> list[CaseId]:
        """Add cases of twenty events each, sign now and then and at the end; some of the cases, spread evenly."""
        app, kept = self._app, []
        with app.store.database.begin_sequencer(self._workspace) as connection:
            head = sequencer.read_head(connection)
            read = sequencer.tile_reader(connection)
            frontier = head.frontier if head else Frontier()
            self._edge(frontier.size, read)
        first = datetime.now(UTC) - timedelta(days=400)
        signed = frontier.size
        with psycopg.connect(self._admin) as connection:
            for start in range(0, cases, _CASES_A_COPY):
                rows = _Rows()
                for number in range(start, min(cases, start + _CASES_A_COPY)):
                    case = self._case(rows, frontier.size, first + timedelta(seconds=600 * number))
                    if number % max(1, cases // 200) == 0:
                        kept.append(case)
                self._copy(connection, rows, frontier)
                frontier = frontier.append(rows.hashes)
                self._write_head(connection, frontier)
                connection.commit()
                if frontier.size - signed >= _CHECKPOINT_EVERY or start + _CASES_A_COPY >= cases:
                    signed = frontier.size
                    self._sign()
            # Statistics and visibility as a database has them that grew over months.
            connection.autocommit = True
            connection.execute("vacuum analyze")
        return kept

    def _case(self, rows: _Rows, size: int, at: datetime) -> CaseId:
        app, ws = self._app, self._workspace
        vault, tables = app.store.vault, rows.tables
        conversation, subject, case = ConversationId(app.ids.new()), app.ids.new(), CaseId(app.ids.new())
        wrapped, key = vault.new_conversation_key(self._subject_key, conversation)
        assert len(wrapped) == len(aes_key_wrap(self._subject_key, b"\0" * 32))
        tables["subject_key"].append((ws, subject, self._kid, self._subject_wrapped))
        tables["conversation_key"].append((ws, conversation, subject, wrapped))
        pseudonym = secrets.token_bytes(16)
        sealed_facts = vault.seal(ws, Field.CONVERSATION, conversation, key, codec.dump(Facts, Facts()))
        sealed_pseudonym = vault.seal(ws, Field.PSEUDONYM, conversation, key, pseudonym)
        tables["conversation"].append((ws, conversation, self._desk, "email", at, at, sealed_facts, sealed_pseudonym))
        step = 0
        for number, (kind, part) in enumerate(CHAIN):
            event = EventId(app.ids.new())
            step += kind in STATE_CHANGES
            moment = at + timedelta(seconds=number)
            ready = seal_ready(self._payload())
            stored = vault.seal(ws, Field.PAYLOAD, event, key, ready.padded)
            leaf = Leaf(
                ws=ws,
                id=event,
                ts=round(moment.timestamp() * 1_000_000),
                type=kind,
                actor=Actor(ActorKind.SYSTEM, part),
                build=app.store.build,
                outcome=Outcome.OK,
                case=case,
                step=step if kind in STATE_CHANGES else None,
                subj=UUID(bytes=pseudonym),
                pack="patient@0123456789ab" if part == "gate" else None,
                sources=("parking.md@0123456789ab#2",) if kind is EventType.PASSAGES_CHOSEN else (),
                payload=(
                    SealedPayload(
                        kid=UUID(bytes=stored[1:17]),
                        ct_hash=sha256(stored).digest(),
                        commit=ready.commit,
                        length=len(stored),
                    ),
                ),
            )
            raw = canonical(leaf)
            hashed = leaf_hash(raw)
            tables["event"].append((ws, event, kind.value, case, leaf.step, conversation, part, moment, raw, hashed))
            tables["payload"].append((ws, event, 0, conversation, stored))
            tables["leaf"].append((ws, size + len(rows.hashes), event, hashed))
            rows.hashes.append(hashed)
        tables["case"].append((ws, case, conversation, self._desk, "email", "sent", 9, step, 0, [], at, at))
        return case

    def _payload(self) -> bytes:
        words = " ".join(self._random.choices(_WORDS, k=self._random.randint(5, 60)))
        return orjson.dumps({"says": words, "score": self._random.randint(0, 1_000_000)})

    def _edge(self, size: int, read: TileReader) -> None:
        level = 0
        while size:
            size, width = divmod(size, 256)
            if width:
                self._tiles[level, size] = read(level, size)
            level += 1

    def _copy(self, connection: psycopg.Connection[tuple[object, ...]], rows: _Rows, frontier: Frontier) -> None:
        changed = grow(frontier.size, rows.hashes, lambda level, n: self._tiles[level, n])
        for tile, content in changed:
            self._tiles[tile.level, tile.index] = content
            connection.execute(
                "delete from tile where workspace_id = %s and level = %s and n = %s",
                (self._workspace, tile.level, tile.index),
            )
            rows.tables["tile"].append((self._workspace, tile.level, tile.index, content))
        for name, columns in _TABLES.items():
            statement = f'copy "{name}" ({", ".join(columns)}) from stdin'
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for row in rows.tables[name]:
                    copy.write_row(row)
        for place in [one for one in self._tiles if len(self._tiles[one]) == 256 * 32]:
            del self._tiles[place]

    def _write_head(self, connection: psycopg.Connection[tuple[object, ...]], frontier: Frontier) -> None:
        connection.execute(
            "insert into log_head (workspace_id, size, frontier, root) values (%s, %s, %s, %s) "
            "on conflict (workspace_id) do update set size = excluded.size, frontier = excluded.frontier, "
            "root = excluded.root",
            (self._workspace, frontier.size, frontier.to_bytes(), frontier.root),
        )

    def _sign(self) -> None:
        app = self._app
        with app.store.database.begin_sequencer(self._workspace) as connection:
            checkpointer.sign(connection, app.keys, self._workspace, app.settings.domain, app.clock)


def some(cases: list[CaseId], count: int) -> Iterator[CaseId]:
    """Up to `count` of the cases, spread evenly."""
    step = max(1, len(cases) // count)
    yield from cases[::step][:count]
