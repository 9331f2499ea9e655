"""The worker process: the queue's jobs in the main thread's event loop, each other duty in a loop of its own thread."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import structlog
from procrastinate import App as QueueApp
from procrastinate import JobContext

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.pipeline.observing import happened
from vouchsafe.store import checkpointer, sequencer, trail
from vouchsafe.store.engine import APP, role_url
from vouchsafe.store.jobs import ADVANCE_CASE, CASES, DRAFT_BY_MODEL, DRAFTS, queue_app
from vouchsafe.worker import paging, sweeps
from vouchsafe.worker.drafting import draft_by_model
from vouchsafe.worker.errors import where
from vouchsafe.worker.metrics import INTEGRATED, LOOP_FAILURES, model_spent
from vouchsafe.worker.passes import advance_case
from vouchsafe.worker.pulse import GRACE_S, Pulse
from vouchsafe.worker.receipts import tell_of_waiting
from vouchsafe.worker.sending import AT_ONCE, Sender

log = structlog.get_logger()

SWEEP_EVERY = timedelta(seconds=15)
RECEIPTS_EVERY = timedelta(seconds=5)
STALLED_AFTER_S = 30
_DRAFTS_AT_ONCE = 2
"""Questions to a language model that one worker waits for at the same time."""
_GATHER_S = 0.1
"""After the first NOTIFY more are waited for so long: a round costs the same for one event as for a hundred."""
_WORKSPACES_FOR_S = 2.0
"""A new workspace is seen after so long."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A duty done again and again.

    `wake_on` names the NOTIFY channels that end its sleep early; `full` says how much one round does at most, after
    which the next one follows at once.
    """

    name: str
    every_s: float
    round: Callable[[WorkspaceId], int]
    wake_on: tuple[str, ...] = ()
    full: int = 1


class Worker:
    """One worker process. `run` returns after SIGTERM or SIGINT, when the running duties have ended."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sender = Sender(app)
        self._stop = threading.Event()
        self._pulse = Pulse(longest_s=app.settings.case_deadline_s + GRACE_S)
        self._known: tuple[WorkspaceId, ...] = ()
        self._known_until = 0.0

    def loops(self) -> tuple[Loop, ...]:
        """Every duty beside the queue."""
        return (
            Loop("sequencer", 0.25, self._integrate, (trail.TRAIL_GREW,), full=sequencer.BATCH),
            Loop("outbox", 0.25, self._sender.send_due, (sequencer.INTEGRATED,), full=AT_ONCE),
            Loop("checkpointer", 2.0, self._checkpoint),
            Loop("pages", 1.0, self._page),
            Loop("receipts", RECEIPTS_EVERY.total_seconds(), lambda workspace: tell_of_waiting(self._app, workspace)),
            Loop("sweeps", SWEEP_EVERY.total_seconds(), self._sweep),
        )

    def run(self) -> None:
        """Work until told to stop."""
        threads = [
            threading.Thread(target=self._turn, args=(loop,), name=f"loop-{loop.name}", daemon=True)
            for loop in self.loops()
        ]
        self._pulse.beat_until(self._stop)
        for thread in threads:
            thread.start()
        try:
            asyncio.run(self._serve_queue())
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(timeout=10)

    def stop(self) -> None:
        """End after the running duties."""
        self._stop.set()

    def drain(self, workspace: WorkspaceId) -> None:
        """One round of every duty, for commands and tests that do not run a worker process."""
        for loop in self.loops():
            loop.round(workspace)

    def _turn(self, loop: Loop) -> None:
        """Rounds of one loop; a failing round is logged and counted, and the next one tries again."""
        waker = _Waker(self._app, loop.wake_on)
        while not self._stop.is_set():
            done, failed = self._round(loop)
            if failed:
                self._stop.wait(1.0)
            elif done < loop.full:
                waker.wait(loop.every_s, self._stop)
        waker.close()

    def _round(self, loop: Loop) -> tuple[int, int]:
        """One round in every workspace: how much was done, and in how many it failed. One never holds up another."""
        done = failed = 0
        for workspace in self._workspaces(loop):
            try:
                done += loop.round(workspace)
            except Exception as error:  # noqa: BLE001  # the outer edge of a duty that must go on
                failed += 1
                self._failed(loop, error)
        return done, failed

    def _workspaces(self, loop: Loop) -> tuple[WorkspaceId, ...]:
        if time.monotonic() < self._known_until:
            return self._known
        try:
            self._known = tuple(self._app.workspaces())
        except Exception as error:  # noqa: BLE001  # the database is away; the next round asks again
            self._failed(loop, error)
            return ()
        self._known_until = time.monotonic() + (_WORKSPACES_FOR_S if self._known else 0.0)
        return self._known

    def _failed(self, loop: Loop, error: Exception) -> None:
        LOOP_FAILURES.labels(loop.name).inc()
        log.error("loop failed", loop=loop.name, failure=type(error).__name__, where=where(error))

    def _integrate(self, workspace: WorkspaceId) -> int:
        started = time.perf_counter()
        with self._app.store.database.begin_sequencer(workspace) as connection:
            done = sequencer.integrate(connection, workspace)
        INTEGRATED.inc(done)
        if done:
            happened("trail", time.perf_counter() - started, "integrated")
        return done

    def _checkpoint(self, workspace: WorkspaceId) -> int:
        app = self._app
        with app.store.database.begin_sequencer(workspace) as connection:
            if checkpointer.is_due(connection, app.clock.now(), app.keys, workspace):
                checkpointer.sign(connection, app.keys, workspace, app.settings.domain, app.clock)
        return 0

    def _page(self, workspace: WorkspaceId) -> int:
        return paging.page_due(self._app, workspace) + paging.tell_of_unread(self._app, workspace)

    def _sweep(self, workspace: WorkspaceId) -> int:
        self._sender.sweep(workspace)
        sweeps.return_idle_conversations(self._app, workspace)
        sweeps.end_lapsed_sessions(self._app, workspace)
        sweeps.give_up_overdue(self._app, workspace)
        sweeps.requeue_forgotten(self._app, workspace)
        with self._app.store(workspace) as work:
            budget = self._app.model_budget(work)
        if budget:
            model_spent(budget)
        # Last: whatever is wrong with the register or with held mail keeps no other duty from being done.
        self._sender.release(workspace)
        return 0

    async def _serve_queue(self) -> None:
        url = role_url(self._app.store.database.url, APP, self._app.keys)
        queue = queue_app(url.set(drivername="postgresql").render_as_string(hide_password=False))
        app, pulse = self._app, self._pulse

        @queue.task(name=ADVANCE_CASE, pass_context=True)
        def advance(context: JobContext, workspace: str, case: str) -> None:
            attempts = context.job.attempts if context.job else 0
            with pulse.at_work():
                advance_case(app, WorkspaceId(UUID(workspace)), CaseId(UUID(case)), attempts=attempts)

        drafters = ThreadPoolExecutor(max_workers=_DRAFTS_AT_ONCE, thread_name_prefix="draft")

        @queue.task(name=DRAFT_BY_MODEL)
        async def draft(workspace: str, case: str, version: int) -> None:
            # In threads of their own: a slow model takes none from messages that wait to be judged.
            at = WorkspaceId(UUID(workspace)), CaseId(UUID(case))
            await asyncio.get_running_loop().run_in_executor(drafters, draft_by_model, app, *at, version)

        loop = asyncio.get_running_loop()
        # Sync tasks run in the loop's default pool; two keep one core busy while the other waits for a commit.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=2, thread_name_prefix="case"))
        async with queue.open_async():
            drafting = asyncio.create_task(self._serve_drafts(queue)) if app.drafts_by_model else None
            serving = asyncio.create_task(
                queue.run_worker_async(
                    queues=[CASES],
                    concurrency=2,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    delete_jobs="successful",
                    name="vouchsafe",
                )
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._stop.set)
            last_sweep = 0.0
            while not self._stop.is_set() and not serving.done():
                if loop.time() - last_sweep > SWEEP_EVERY.total_seconds() or not last_sweep:
                    last_sweep = loop.time()
                    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
                        await queue.job_manager.retry_job(job)
                await asyncio.sleep(0.2)
            ending = [task for task in (serving, drafting) if task]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
        drafters.shutdown(wait=False, cancel_futures=True)

    async def _serve_drafts(self, queue: QueueApp) -> None:
        """Jobs that ask a language model, beside those that judge messages."""
        await queue.run_worker_async(
            queues=[DRAFTS],
            concurrency=_DRAFTS_AT_ONCE,
            install_signal_handlers=False,
            fetch_job_polling_interval=1.0,
            delete_jobs="successful",
            name="vouchsafe-drafts",
        )


class _Waker:
    """Sleeps until a NOTIFY or the time is over. A lost connection only makes it sleep the whole time."""

    def __init__(self, app: App, channels: tuple[str, ...]) -> None:
        self._url = role_url(app.store.database.url, APP, app.keys).set(drivername="postgresql")
        self._channels = channels
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Sleep."""
        if not self._channels:
            stop.wait(seconds)
            return
        try:
            connection = self._listening()
            if any(connection.notifies(timeout=seconds, stop_after=1)):
                stop.wait(_GATHER_S)
                for _ in connection.notifies(timeout=0):
                    pass
        except psycopg.Error:
            self.close()
            stop.wait(seconds)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> "psycopg.Connection[tuple[object, ...]]":
        if self._connection is None or self._connection.closed:
            connection = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)
            for channel in self._channels:
                connection.execute(f"listen {channel}".encode())
            self._connection = connection
        return self._connection
