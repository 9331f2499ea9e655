"""Whole cases: from a received message to its ruling, in one process and through worker processes.

    python bench/cases.py stages --cases 200
    python bench/cases.py workers --cases 200 --workers 1 2
    python bench/cases.py trail --cases 200

`stages`: seconds of CPU of each stage, of the database's side, and of a case from `intake` to its recorded ruling.
`workers`: cases a second with the product's own worker processes, and what a stage takes in them (p50 and p95 by the
clock, between the marks of their own histogram). `trail`: the same work with and without the trail, in turns.
Messages are routine questions of `vouchsafe synth`, with polite sentences to about 300 characters.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from unittest.mock import patch
from urllib.error import URLError
from urllib.request import urlopen

from measuring import COMMAND, Installation, cpu_seconds, installation, report, spread, tree
from sqlalchemy import text

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, EventId, WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event
from vouchsafe.governance.weights import weights_ref
from vouchsafe.installing import DeskPlan, add_contacts, create_workspace, publish
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.synth import SynthMessage, generate
from vouchsafe.quality.synth_demo import DESK_ADDRESS, demo_folder, knowledge_folder, load_contacts
from vouchsafe.store import checkpointer, knowledge, sequencer, trail
from vouchsafe.store.context import Context
from vouchsafe.worker import passes

LENGTH = 300
METRICS_PORT = 19_464
POLITE = (
    "I looked on your page and did not find it.",
    "Please let me know when you have a moment.",
    "Thank you very much for your help.",
    "Have a good week, all of you.",
)
WARM = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    for name in ("stages", "workers", "trail"):
        one = parts.add_parser(name)
        one.add_argument("--cases", type=int, default=200)
        if name == "workers":
            one.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    with installation() as place:
        app = place.open()
        workspace = clinic(app)
        match arguments.part:
            case "stages":
                figures = stages(place, app, workspace, arguments.cases)
            case "workers":
                figures = {"rounds": [workers(place, app, workspace, arguments.cases, n) for n in arguments.workers]}
            case _:
                figures = with_and_without_trail(place, app, workspace, arguments.cases)
        parked = outcomes(app, workspace).get("parked", 0)
        app.close()
    if parked:
        raise SystemExit(f"{parked} cases could not be computed; figures of those say nothing")
    report(f"cases {arguments.part}", figures)
    return 0


def clinic(app: App) -> WorkspaceId:
    """The demo clinic without its history: both desks, its contacts, its pages."""
    workspace = create_workspace(
        app,
        [
            DeskPlan(name, name, Mode.AUTO, DESK_ADDRESS[name], "Linden Bay", "oncall@lindenbay.example")
            for name in ("patient", "it")
        ],
    )
    documents = read_folder(knowledge_folder()).documents
    ref = weights_ref("embedder")
    with app.store(workspace) as work:
        shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), ref)
        knowledge.keep_vectors(work.context, ref, shipped)
    for desk in ("patient", "it"):
        publish(app, workspace, desk, documents)
    add_contacts(app, workspace, ((one.known, one.language, one.kind == "staff") for one in load_contacts()))
    return workspace


def messages(count: int) -> list[SynthMessage]:
    """Routine mails of patients whose length is nearest to 300 characters, made as long as that."""
    past = generate(11, count * 40, load_contacts(), datetime(2026, 3, 2, tzinfo=UTC), 90)
    routine = [
        one.messages[0]
        for one in past
        if one.desk == "patient" and (labels := one.messages[0].labels) and labels.family == "routine"
    ]
    nearest = sorted(routine, key=lambda one: abs(len(one.text) - LENGTH))[:count]
    return [replace(one, text=_lengthened(one.text)) for one in nearest]


def _lengthened(words: str) -> str:
    for sentence in POLITE:
        if len(words) + len(sentence) / 2 < LENGTH:
            words = f"{words}\n{sentence}"
    return words


def inbound(message: SynthMessage, number: int, round_: str) -> Inbound:
    """The message as a channel hands it over."""
    name = f"{round_}.{number}@bench.example"
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient=DESK_ADDRESS["patient"],
        provider_id=name,
        sender=Sender(PhiText(message.sender_address), PhiText(message.sender_name)),
        subject=PhiText(message.subject),
        new_text=PhiText(message.text),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=message.text.encode(),
        own_id=name,
    )


def take(app: App, batch: Sequence[SynthMessage], round_: str) -> list[CaseId]:
    """Receive the messages; their cases."""
    found = []
    for number, message in enumerate(batch):
        taken = app.intake(inbound(message, number, round_))
        assert isinstance(taken, Accepted)
        assert taken.case is not None
        found.append(taken.case)
    return found


# One process


def stages(place: Installation, app: App, workspace: WorkspaceId, count: int) -> dict[str, object]:
    batch = messages(count + WARM)
    for case in take(app, batch[:WARM], "warm"):
        passes.advance_case(app, workspace, case)
    integrate(app, workspace)
    cpu: dict[str, list[float]] = defaultdict(list)
    case_cpu, case_wall, intake_cpu = [], [], []
    database = _database_cpu(place)

    def keep(stage: str, seconds: float) -> None:
        cpu[stage].append(seconds)

    # The flow's stopwatch on the process's own CPU time: on a busy machine the wall clock measures the neighbours.
    with patch.object(flow, "perf_counter", time.process_time), patch.object(passes, "stage_seconds", keep):
        for number, message in enumerate(batch[WARM:]):
            wall, used = time.perf_counter(), time.process_time()
            (case,) = take(app, [message], f"stages{number}")
            intake_cpu.append(time.process_time() - used)
            passes.advance_case(app, workspace, case)
            case_cpu.append(time.process_time() - used)
            case_wall.append(time.perf_counter() - wall)
    database = _database_cpu(place) - database
    used = time.process_time()
    events = integrate(app, workspace)
    return {
        "cases": count,
        "characters": {"p50": median(len(one.text) for one in batch[WARM:])},
        "outcomes": outcomes(app, workspace),
        "stage_cpu_ms": {stage: spread(values, 1000) for stage, values in cpu.items()},
        "intake_cpu_ms": spread(intake_cpu, 1000),
        "received_to_ruling_cpu_ms": spread(case_cpu, 1000),
        "received_to_ruling_wall_ms": spread(case_wall, 1000),
        "database_cpu_ms_a_case": round(database / count * 1000, 2),
        "sequencer_cpu_ms_a_case": round((time.process_time() - used) / count * 1000, 2),
        "events_a_case": round(events / count, 1),
    }


def integrate(app: App, workspace: WorkspaceId) -> int:
    """What the sequencer and the checkpointer do, in this process; events integrated."""
    done = 0
    while True:
        with app.store.database.begin_sequencer(workspace) as connection:
            step = sequencer.integrate(connection, workspace)
        if not step:
            break
        done += step
    with app.store.database.begin_sequencer(workspace) as connection:
        checkpointer.sign(connection, app.keys, workspace, app.settings.domain, app.clock)
    return done


def outcomes(app: App, workspace: WorkspaceId) -> dict[str, int]:
    with app.store(workspace) as work:
        rows = work.context.connection.execute(text('select stage from "case"')).scalars()
        return dict(Counter(rows))


def _database_cpu(place: Installation) -> float:
    return cpu_seconds(tree(place.server.pid)) if place.server.pid else 0.0


# Worker processes


def workers(place: Installation, app: App, workspace: WorkspaceId, count: int, processes: int) -> dict[str, object]:
    batch = messages(count + WARM * processes)
    take(app, batch, f"workers{processes}")
    before = _done(app, workspace)
    with _running(place, processes) as pids:
        first = before + WARM * processes
        _wait(lambda: _done(app, workspace) >= first)
        began, start, cpu, database = time.monotonic(), _done(app, workspace), cpu_seconds(pids), _database_cpu(place)
        _wait(lambda: _done(app, workspace) >= before + len(batch))
        took = time.monotonic() - began
        done = _done(app, workspace) - start
        cpu, database = cpu_seconds(pids) - cpu, _database_cpu(place) - database
        by_stage = _by_stage(processes)
    row: dict[str, object] = {
        "workers": processes,
        "cases": done,
        "cases_a_second": round(done / took, 2),
        "worker_cpu_ms_a_case": round(cpu / done * 1000, 1),
        "database_cpu_ms_a_case": round(database / done * 1000, 1),
        "cores_used": round((cpu + database) / took, 2),
        "cases_a_second_if_two_cores_were_free": round(2 / ((cpu + database) / done), 1),
        "characters": int(median(len(one.text) for one in batch)),
        "ms_p50_p95_by_stage": by_stage,
    }
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


@contextmanager
def _running(place: Installation, processes: int) -> Iterator[list[int]]:
    environment = {**place.environment, "VOUCHSAFE_WORKER_METRICS_PORT": str(METRICS_PORT)}
    children = [subprocess.Popen([*COMMAND, "worker"], env=environment) for _ in range(processes)]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            child.wait(60)


def _by_stage(processes: int) -> dict[str, list[float]]:
    """Milliseconds by the clock, p50 and p95, over all passes of all workers, the warming ones included."""
    below: dict[str, Counter[float]] = defaultdict(Counter)
    for port in range(METRICS_PORT, METRICS_PORT + processes):
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                shown = answer.read().decode()
        except URLError as error:
            raise SystemExit(f"no worker shows its metrics at port {port}; is it taken?") from error
        for le, stage, count in re.findall(
            r'^vouchsafe_stage_seconds_bucket\{le="([^"]+)",stage="([^"]+)"\} (\S+)', shown, re.MULTILINE
        ):
            below[stage][float(le)] += float(count)
    return {stage: [_percentile(marks, share) for share in (0.5, 0.95)] for stage, marks in sorted(below.items())}


def _percentile(below: Counter[float], share: float) -> float:
    """Milliseconds under which a share lies, in a straight line between two marks."""
    wanted = share * below[float("inf")]
    mark = count = 0.0
    for upper in sorted(below):
        if below[upper] >= wanted:
            # Beyond the last mark nothing more is known.
            within = 0.0 if upper == float("inf") else (wanted - count) / (below[upper] - count) * (upper - mark)
            return round((mark + within) * 1000, 1)
        mark, count = upper, below[upper]
    return 0.0


def _done(app: App, workspace: WorkspaceId) -> int:
    with app.store(workspace) as work:
        found = work.context.connection.execute(
            text("select count(*) from \"case\" where stage <> 'received'")
        ).scalar()
    return int(found or 0)


def _wait(is_so: Callable[[], bool], limit_s: float = 600.0) -> None:
    deadline = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("the workers did not get there within the time limit")
        time.sleep(0.05)


# With and without the trail


def with_and_without_trail(place: Installation, app: App, workspace: WorkspaceId, count: int) -> dict[str, object]:
    """The same messages in turns of ten with the trail (integration and checkpoints included) and without any of it."""
    batch = messages(count)
    for case in take(app, batch[:WARM], "warm"):
        passes.advance_case(app, workspace, case)
    integrate(app, workspace)
    figures: dict[str, list[tuple[float, float]]] = {"on": [], "off": []}
    for start in range(0, count, 10):
        for name in ("on", "off") if start % 20 else ("off", "on"):
            wall, cpu = time.perf_counter(), time.process_time() + _database_cpu(place)
            with no_trail() if name == "off" else patch.object(trail, "TRAIL_GREW", trail.TRAIL_GREW):
                for case in take(app, batch[start : start + 10], f"{name}{start}"):
                    passes.advance_case(app, workspace, case)
                if name == "on":
                    integrate(app, workspace)
            figures[name].append((time.perf_counter() - wall, time.process_time() + _database_cpu(place) - cpu))
    turns = list(zip(figures["on"], figures["off"], strict=True))
    return {
        "cases_each": count,
        "rate_with_trail_over_without": {
            "by_cpu_of_process_and_database": round(
                sum(off for _, off in figures["off"]) / sum(on for _, on in figures["on"]), 3
            ),
            "by_cpu_median_of_turns": round(median(off[1] / on[1] for on, off in turns), 3),
            "by_wall_median_of_turns": round(median(off[0] / on[0] for on, off in turns), 3),
        },
        "outcomes": outcomes(app, workspace),
    }


@contextmanager
def no_trail() -> Iterator[None]:
    """Nothing is sealed, hashed, stored or announced; outgoing items name an event that does not exist."""

    def skip(context: Context, events: Sequence[Event]) -> tuple[EventId, ...]:
        return tuple(EventId(context.ids.new()) for _ in events)

    with patch.object(trail, "append", skip):
        yield


if __name__ == "__main__":
    raise SystemExit(main())
