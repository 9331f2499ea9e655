"""The trail: events integrated a second and their lag; one decision among a million; verifying a million.

    python bench/trail.py integrate --writers 1 2 4 --per-transaction 1 8 --seconds 10
    python bench/trail.py million --events 1000000

`integrate` runs the product's own worker process as sequencer, and writer processes that use `work.note`; then it
integrates a backlog with nothing else on the machine. `million` fills a log (see `bulk_log.py`) and then asks each
question in a fresh process.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from bulk_log import CHAIN, BulkLog, some
from measuring import COMMAND, DOMAIN, Installation, cpu_seconds, installation, report, run_child, spread, tree
from sqlalchemy import text

from vouchsafe.app import App, make_app
from vouchsafe.domain.ids import CaseId, ConversationId, WorkspaceId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import CaseHead
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.tiles import entry_bundle, tiles_of
from vouchsafe.evidence.verify import Verdict
from vouchsafe.installing import DeskPlan, create_workspace
from vouchsafe.settings import load_settings
from vouchsafe.store import audit, cases, checkpointer, conversations, desks, sequencer, trail
from vouchsafe.store.engine import APP, enter, role_url

THIS = Path(__file__).resolve()
SAYS = "the desk asked about parking at the main clinic and found one passage that answers it; " * 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    one = parts.add_parser("integrate")
    one.add_argument("--writers", type=int, nargs="+", default=[1, 2, 4])
    one.add_argument("--per-transaction", type=int, nargs="+", default=[1, 8])
    one.add_argument("--seconds", type=float, default=10.0)
    one.add_argument("--rate", type=float, default=0.0, help="events a second over all writers; 0 is as fast as can be")
    two = parts.add_parser("million")
    two.add_argument("--events", type=int, default=1_000_000)
    two.add_argument("--cold", type=int, default=20, help="decisions read cold, each after a restart of the database")
    two.add_argument("--folder", type=Path, help="keep or reuse the installation here")
    for name in ("writer", "decision"):  # children of the parts above
        child = parts.add_parser(name)
        child.add_argument("folder", type=Path)
        child.add_argument("about", type=json.loads)
    arguments = parser.parse_args()
    match arguments.part:
        case "integrate":
            integrate(arguments.writers, arguments.per_transaction, arguments.seconds, arguments.rate)
        case "million":
            million(arguments.events, arguments.cold, arguments.folder)
        case "writer":
            write(arguments.folder, **arguments.about)
        case "decision":
            decide(arguments.folder, **arguments.about)
    return 0


# Events a second and lag


def integrate(writers: list[int], per_transaction: list[int], seconds: float, rate: float) -> None:
    rows = []
    with installation() as place:
        app = place.open()
        create_workspace(
            app, [DeskPlan("patient", "patient", Mode.AUTO, "desk@clinic.example", "Clinic", "a@b.example")]
        )
        workspace = app.workspaces()[0]
        with _worker(place) as worker:
            _wait_until_integrated(app, workspace)
            for size in per_transaction:
                for count in writers:
                    about = {"url": place.url, "workspace": str(workspace), "seconds": seconds, "size": size}
                    rows.append(_one_round(place, app, worker, count, {**about, "rate": rate / count}))
        backlog = _backlog(place, app, {"url": place.url, "workspace": str(workspace), "seconds": seconds, "size": 8})
        app.close()
    report("trail integrate", {"rounds": rows, "backlog": backlog})


def _backlog(place: Installation, app: App, about: dict[str, object]) -> dict[str, object]:
    """What the sequencer can do where writers do not share its cores: events that wait, integrated in one go."""
    workspace = app.workspaces()[0]
    call = [sys.executable, str(THIS), "writer", str(place.settings.data_dir), json.dumps({**about, "rate": 0.0})]
    for child in [subprocess.Popen(call, stdout=subprocess.DEVNULL, env=place.environment) for _ in range(2)]:
        child.wait()
    cpu, began, done = (time.process_time(), _database_cpu(place)), time.monotonic(), 0
    while True:
        with app.store.database.begin_sequencer(workspace) as connection:
            more = sequencer.integrate(connection, workspace)
        if not more:
            break
        done += more
    took = time.monotonic() - began
    return {
        "events": done,
        "integrated_a_second": round(done / took),
        "cpu_s": {
            "sequencer": round(time.process_time() - cpu[0], 2),
            "database": round(_database_cpu(place) - cpu[1], 2),
        },
    }


def _one_round(place: Installation, app: App, worker: int, writers: int, about: dict[str, object]) -> dict[str, object]:
    workspace = app.workspaces()[0]
    first = _log_size(app, workspace)
    cpu = {"worker": cpu_seconds([worker]), "database": _database_cpu(place)}
    children = [
        subprocess.Popen(
            [sys.executable, str(THIS), "writer", str(place.settings.data_dir), json.dumps(about)],
            stdout=subprocess.PIPE,
            env=place.environment,
        )
        for _ in range(writers)
    ]
    lags, spans = _watch(app, workspace, first, children)
    wrote = [json.loads(child.communicate()[0]) for child in children]
    commits = [ms for one in wrote for ms in one["commits_s"]]
    events = sum(one["events"] for one in wrote)
    row = {
        "writers": writers,
        "events_a_transaction": about["size"],
        "written": events,
        "integrated": len(lags),
        "integrated_a_second": round(len(lags) / (spans[1] - spans[0])),
        "commit_ms": spread(commits, 1000),
        "lag_ms": spread(lags, 1000),
        "cpu_s": {
            "writers": round(sum(one["cpu_s"] for one in wrote), 2),
            "worker": round(cpu_seconds([worker]) - cpu["worker"], 2),
            "database": round(_database_cpu(place) - cpu["database"], 2),
        },
    }
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def _watch(
    app: App, workspace: WorkspaceId, first: int, children: list[subprocess.Popen[bytes]]
) -> tuple[list[float], tuple[float, float]]:
    """How long after its clock time each event was seen in the log; and when the first and last one were seen."""
    url = role_url(app.store.database.url, APP, app.keys).set(drivername="postgresql")
    lags: list[float] = []
    began = ended = 0.0
    idle = 0
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as listener:
        listener.execute("listen vouchsafe_integrated")
        while any(child.poll() is None for child in children) or idle < 4:
            for _ in listener.notifies(timeout=0.25, stop_after=1):
                pass
            with app.store(workspace) as work:
                rows = work.context.connection.execute(
                    text(
                        "select event.at from leaf join event on event.workspace_id = leaf.workspace_id "
                        "and event.id = leaf.event_id where leaf.idx >= :first"
                    ),
                    {"first": first + len(lags)},
                ).all()
            seen = datetime.now(UTC)
            idle = 0 if rows else idle + 1
            if rows:
                ended = time.monotonic()
                began = began or ended - max((seen - row.at).total_seconds() for row in rows)
            lags += [(seen - row.at).total_seconds() for row in rows]
    return lags, (began, ended)


def write(folder: Path, *, url: str, workspace: str, seconds: float, size: int, rate: float) -> None:
    """One writer: transactions of `size` events about cases of its own, in the order a case has them."""
    app = make_app(load_settings(data_dir=folder, domain=DOMAIN), url)
    space = WorkspaceId(UUID(workspace))
    commits: list[float] = []
    end = time.monotonic() + seconds
    cpu, began, done = time.process_time(), time.monotonic(), 0
    while time.monotonic() < end:
        case, conversation = _new_case(app, space)
        for start in range(0, len(CHAIN), size):
            chain = CHAIN[start : start + size]
            started = time.perf_counter()
            with app.store(space) as work:
                work.note(
                    *(
                        Event(
                            kind, system(part), Outcome.OK, case=case, conversation=conversation, payload={"is": SAYS}
                        )
                        for kind, part in chain
                    )
                )
            commits.append(time.perf_counter() - started)
            done += len(chain)
            if rate:
                time.sleep(max(0.0, began + done / rate - time.monotonic()))
    print(json.dumps({"events": done, "commits_s": commits, "cpu_s": time.process_time() - cpu}))
    app.close()


def _new_case(app: App, workspace: WorkspaceId) -> tuple[CaseId, ConversationId]:
    with app.store(workspace) as work:
        desk = desks.every(work.context)[0].id
        conversation = conversations.create(work.context, desk, ChannelKind.EMAIL)
        head = CaseHead(
            CaseId(app.ids.new()),
            workspace,
            desk,
            conversation,
            ChannelKind.EMAIL,
            version=1,
            opened_at=app.clock.now(),
        )
        cases.create(work.context, head, queue=None)
    return head.id, conversation


@contextmanager
def _worker(place: Installation) -> Iterator[int]:
    child = subprocess.Popen([*COMMAND, "worker"], env=place.environment)
    try:
        yield child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def _wait_until_integrated(app: App, workspace: WorkspaceId) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with app.store(workspace) as work:
            if sequencer.oldest_pending(work.context.connection) is None:
                return
        time.sleep(0.1)
    raise SystemExit("the worker did not integrate anything within a minute")


def _log_size(app: App, workspace: WorkspaceId) -> int:
    with app.store(workspace) as work:
        head = sequencer.read_head(work.context.connection)
    return head.size if head else 0


def _database_cpu(place: Installation) -> float:
    return cpu_seconds(tree(place.server.pid)) if place.server.pid else 0.0


# One decision among many, and verifying them all


def million(events: int, cold: int, folder: Path | None) -> None:
    with installation(folder) as place:
        app = place.open()
        if app.workspaces():
            workspace = app.workspaces()[0]
            measured = _evenly(app, workspace, cold)
            load = 0.0
        else:
            plan = DeskPlan("patient", "patient", Mode.AUTO, "desk@clinic.example", "Clinic", "a@b.example")
            workspace = create_workspace(app, [plan])
            with app.store.database.begin_sequencer(workspace) as connection:
                sequencer.integrate(connection, workspace)
            started = time.perf_counter()
            kept = BulkLog(app, workspace, place.server.connection.url("vouchsafe")).append(events // len(CHAIN))
            load = time.perf_counter() - started
            measured = list(some(kept, cold))
        size = _log_size(app, workspace)
        app.close()
        print(f"{size} events loaded in {load:.0f} s", file=sys.stderr)
        figures: dict[str, object] = {"events": size, "load_s": round(load, 1)}
        figures["decision"] = _decisions(place, workspace, measured)
        print(json.dumps(figures), file=sys.stderr, flush=True)
        figures["verify_from_database"] = _verify_command(place)
        print(json.dumps(figures), file=sys.stderr, flush=True)
        figures["verify_from_tiles"] = _verify_tiles(place, workspace)
    report("trail million", figures)


def _evenly(app: App, workspace: WorkspaceId, count: int) -> list[CaseId]:
    with app.store(workspace) as work:
        found = work.context.connection.execute(text('select id from "case" order by id')).scalars().all()
    return list(some([CaseId(one) for one in found], count))


def _decisions(place: Installation, workspace: WorkspaceId, measured: list[CaseId]) -> dict[str, object]:
    """Each case in a process of its own, after the database was restarted and its files dropped from the page cache."""
    first, again, cpu = [], [], []
    events = 0
    for case in measured:
        place.server.stop()
        drop_cached_files(place.settings.data_dir)
        place.server.start()
        about = {"url": place.url, "workspace": str(workspace), "case": str(case)}
        done = run_child([sys.executable, str(THIS), "decision", str(place.settings.data_dir), json.dumps(about)])
        if done.code:
            raise SystemExit(done.output)
        found = json.loads(done.output.splitlines()[-1])
        first.append(found["cold_s"])
        again += found["warm_s"]
        cpu.append(found["cold_cpu_s"])
        events = found["events"]
    return {
        "events_of_the_case": events,
        "cold_ms": spread(first, 1000),
        "cold_cpu_ms": spread(cpu, 1000),
        "warm_ms": spread(again, 1000),
    }


def decide(folder: Path, url: str, workspace: str, case: str) -> None:
    """Rebuild and verify one case: the first time in this process, and ten times again."""
    app = make_app(load_settings(data_dir=folder, domain=DOMAIN), url)
    space, decision = WorkspaceId(UUID(workspace)), CaseId(UUID(case))
    took, cpu, events = [], [], 0
    for _ in range(11):
        started, used = time.perf_counter(), time.process_time()
        with app.store(space) as work:
            recorded = trail.of_case(work.context, decision)
        found = audit.verify_one(app.store.database, app.keys, space, DOMAIN, decision)
        took.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
        assert found is not None
        assert found.verdict is Verdict.VERIFIED, found
        assert all(one.payload for one in recorded)
        events = len(recorded)
    print(json.dumps({"cold_s": took[0], "cold_cpu_s": cpu[0], "warm_s": took[1:], "events": events}))
    app.close()


def drop_cached_files(folder: Path) -> None:
    """Ask the system to forget the contents of these files; needs no right beyond reading them."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def _verify_command(place: Installation) -> dict[str, object]:
    before = _database_cpu(place)
    done = run_child([*COMMAND, "verify"], place.environment)
    if done.code:
        raise SystemExit(done.output)
    return {
        "wall_s": round(done.wall_s, 2),
        "cpu_s": round(done.cpu_s, 2),
        "database_cpu_s": round(_database_cpu(place) - before, 2),
        "peak_rss_mb": round(done.peak_rss / 1e6),
        "says": [line for line in done.output.splitlines() if line.startswith(("events", "payloads", "verdict"))],
    }


def _verify_tiles(place: Installation, workspace: WorkspaceId) -> dict[str, object]:
    app = place.open()
    out = place.settings.data_dir / "exported"
    started = time.perf_counter()
    size = export(app, workspace, out)
    exported = time.perf_counter() - started
    key = checkpointer.verifier(app.keys, workspace, DOMAIN).text
    app.close()
    about = {"size": size, "workspace": str(workspace), "key": key}
    done = run_child([sys.executable, str(THIS.with_name("verify_tiles.py")), str(out), json.dumps(about)])
    if done.code:
        raise SystemExit(done.output)
    return {
        "wall_s": round(done.wall_s, 2),
        "cpu_s": round(done.cpu_s, 2),
        "peak_rss_mb": round(done.peak_rss / 1e6),
        "export_s": round(exported, 1),
        "says": done.output.splitlines()[-1],
    }


def export(app: App, workspace: WorkspaceId, folder: Path) -> int:
    """Write tiles, entry bundles and checkpoints as the static files of C2SP tlog-tiles; how many events."""
    with app.store.database.app.connect() as connection, connection.begin():
        enter(connection, workspace)
        head = sequencer.read_head(connection)
        assert head is not None
        read = sequencer.tile_reader(connection)
        leaves = connection.execution_options(yield_per=5_000).execute(
            text(
                "select event.leaf from leaf join event on event.workspace_id = leaf.workspace_id "
                "and event.id = leaf.event_id order by leaf.idx"
            )
        )
        entries = (bytes(row[0]) for row in leaves)
        for tile in tiles_of(head.size):
            _write(folder / tile.path, read(tile.level, tile.index))
            if tile.level == 0:
                _write(folder / tile.entries_path, entry_bundle([next(entries) for _ in range(tile.width)]))
        for number, note in enumerate(checkpointer.every_note(connection)):
            _write(folder / "checkpoints" / f"{number:06d}", note.encode())
    return head.size


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    raise SystemExit(main())
