"""Reads the stored log and hands it to the verifier, which trusts nothing of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.evidence.tiles import node_reader
from vouchsafe.evidence.verify import CaseReport, Finding, FindingKind, Report, Verdict, verify_case, verify_log
from vouchsafe.ports.keys import KeyStore
from vouchsafe.store import checkpointer
from vouchsafe.store.engine import Database, enter
from vouchsafe.store.sequencer import tile_reader

_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Audit:
    """What one verification of a workspace found. `findings` beyond the report's stand in `more`."""

    report: Report
    more: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The answer in one word."""
        return Verdict.REFUTED if self.more else self.report.verdict


def verify(database: Database, keys: KeyStore, workspace: WorkspaceId, domain: str) -> Audit:
    """Check the whole log of a workspace: leaves, stored tiles, payload hashes, steps, and every signed checkpoint.

    One snapshot for all of it, so that a running system does not look like a changed one.
    """
    with (
        database.app.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
        # The verifier may stop reading a stream before its end; its cursor is closed here.
        ExitStack() as streams,
    ):
        enter(connection, workspace)
        report = verify_log(
            _leaves(connection, streams),
            checkpointer.every_note(connection),
            log=checkpointer.verifier(keys, workspace, domain),
            workspace=workspace,
            tiles=_tiles(connection, streams),
            sealed=_sealed(connection, streams),
            end_state=_end_state(connection, streams),
        )
    # The key folder remembers what was signed, beyond the reach of whoever edits the database.
    size, _ = keys.last_signed(workspace)
    more: tuple[Finding, ...] = ()
    if report.signed_size < size:
        says = f"{size} events were signed once, the log proves only {report.signed_size}"
        more = (Finding(FindingKind.EVENTS_MISSING, says, report.signed_size, size),)
    return Audit(report, more)


def verify_one(
    database: Database, keys: KeyStore, workspace: WorkspaceId, domain: str, case: CaseId
) -> CaseReport | None:
    """Check the events of one case against the newest checkpoint; None while nothing is signed."""
    with database.begin(workspace) as connection:
        newest = checkpointer.latest(connection)
        if newest is None:
            return None
        rows = connection.execute(
            text(
                "select leaf.idx, event.leaf from event left join leaf on leaf.workspace_id = event.workspace_id "
                "and leaf.event_id = event.id where event.case_id = :case order by event.step nulls last, event.id"
            ),
            {"case": case},
        ).all()
        last_step = connection.execute(text('select step from "case" where id = :case'), {"case": case}).scalar()
        return verify_case(
            [(row.idx, bytes(row.leaf)) for row in rows],
            newest[1],
            case=case,
            log=checkpointer.verifier(keys, workspace, domain),
            workspace=workspace,
            node=node_reader(tile_reader(connection)),
            last_step=last_step,
        )


def _leaves(connection: Connection, streams: ExitStack) -> Iterator[tuple[int, bytes]]:
    rows = _stream(
        connection,
        streams,
        "select leaf.idx, event.leaf from leaf join event on event.workspace_id = leaf.workspace_id "
        "and event.id = leaf.event_id order by leaf.idx",
    )
    return ((row[0], bytes(row[1])) for row in rows)


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
    connection: Connection, streams: ExitStack, query: str
) -> Iterator[tuple[Any, ...]]:  # rows of the queries above
    result = connection.execution_options(yield_per=_ROWS).execute(text(query))
    streams.callback(result.close)
    return (tuple(row) for row in result)
