"""Checking a password: slow on purpose, the same answer and the same work whether the name is known or not."""

import asyncio
import hmac
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.staff import User
from vouchsafe.evidence.event import Event, Json, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.passwords import is_locked, lock_after
from vouchsafe.store import staff
from vouchsafe.store.staff import Account, Session
from vouchsafe.store.work import PgWork
from vouchsafe.web.clients import Counter

_DEVICE = re.compile(r"^[0-9a-f]{24}\.[0-9a-f]{16,128}$")
_AT_ONCE = 2
"""Hashes computed at the same time, 64 MiB each: more would starve the server (notes: stack, section 8)."""
_WAITING = 20
"""Log-ins that may wait for a hash; more are asked to come again in some seconds."""
_FAILURES = 20
_FAILURES_WITHIN = timedelta(minutes=10)
"""Failed log-ins that one network address has in this time, whatever names it tries."""
_DEVICE_FAILURES = 10
"""Failed log-ins in that time after which a known browser is a stranger like any other."""
_DEVICES_KEPT = 8
"""People whom one browser may be known for: a ward's computer has several."""


class TooOften(VouchsafeError):
    """This network address failed too often lately."""

    def __init__(self) -> None:
        super().__init__("too many log-ins failed from this network; wait ten minutes")


class TooBusy(VouchsafeError):
    """More people log in at this moment than the server can check."""

    def __init__(self) -> None:
        super().__init__("many people log in at this moment; try again in some seconds")


@dataclass(frozen=True, slots=True)
class Try:
    """One log-in as it was asked for. `devices`: what the browser's device cookie holds, "" for none."""

    login: str
    password: str
    client: str
    devices: str

    def __repr__(self) -> str:
        return "Try()"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session was opened; `secret` goes into the cookie and nowhere else. `devices`: the new device cookie."""

    user: User
    secret: str
    devices: str

    def __repr__(self) -> str:
        return f"LoggedIn({self.user.id})"


class LogIn:
    """Opens sessions.

    A lock keeps strangers from guessing, and would let a stranger lock somebody out: so a browser that this person
    has logged in with before is not bound by it, and has a few tries of its own (OWASP: device cookies).
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._hasher = PasswordHasher()
        # Threads of their own: hashes that wait for a core must not wait in those that answer everybody else.
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
        self._places = BoundedSemaphore(_AT_ONCE + _WAITING)
        self._failures = Counter(_FAILURES, _FAILURES_WITHIN)
        self._device_failures = Counter(_DEVICE_FAILURES, _FAILURES_WITHIN)
        self._told = Counter(1, _FAILURES_WITHIN)

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password fits, so that an unknown name costs what a known one does."""
        return self._hasher.hash(secrets.token_urlsafe(32))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def log_in(self, workspace: WorkspaceId, asked: Try) -> LoggedIn | None:
        """A session for the right name and password; None otherwise, for whatever reason, and it is on record.

        Raises: TooOften, TooBusy.
        """
        loop = asyncio.get_running_loop()
        if not self._failures.take(asked.client, self._app.clock.now()):
            await loop.run_in_executor(None, self._note_limit, workspace, asked.client)
            raise TooOften
        if not self._places.acquire(blocking=False):
            self._failures.give_back(asked.client)
            raise TooBusy
        try:
            entered = await loop.run_in_executor(self._pool, self._log_in, workspace, asked)
        finally:
            self._places.release()
        if entered is not None:
            self._failures.give_back(asked.client)
        return entered

    def _log_in(self, workspace: WorkspaceId, asked: Try) -> LoggedIn | None:
        login = asked.login.strip().casefold()
        with self._app.store(workspace) as work:
            before = staff.by_login(work.context, login)
        # Between two transactions: a row that stays locked while somebody hashes would hold everybody else up.
        fits = self._fits(before.password if before else self._nobody, asked.password)
        with self._app.store(workspace) as work:
            account = staff.by_login(work.context, login)
            now = self._app.clock.now()
            if account is None or before is None:
                # The name is not recorded: people type passwords into the wrong field.
                work.note(Event(EventType.LOGIN_FAILED, system("login"), Outcome.REFUSED, payload={"known": False}))
                return None
            device = self._device_of(work, account.user, asked.devices)
            locked = is_locked(account, now) and device is None
            if not fits or account.password != before.password or not account.user.active or locked:
                self._failed(work, account, now, fits=fits, device=device)
                return None
            staff.count_failure(work.context, account.user.id, 0, None)
            secret = secrets.token_urlsafe(32)
            lasts = timedelta(hours=self._app.settings.session_hours)
            staff.open_session(work.context, account.user.id, secret, secrets.token_urlsafe(24), lasts)
            work.note(Event(EventType.LOGIN_SUCCEEDED, person(account.user.id), Outcome.OK))
            return LoggedIn(account.user, secret, self._devices(work, account.user, asked.devices, device))

    def _device_of(self, work: PgWork, user: User, devices: str) -> str | None:
        """The mark by which this browser is known for this person, or None; None too after its own failures."""
        for one in devices.split("~")[:_DEVICES_KEPT]:
            mark, _, proof = one.partition(".")
            if mark and hmac.compare_digest(proof, _proof(work, user, mark)):
                return mark if self._device_failures.allows(mark, self._app.clock.now()) else None
        return None

    def _devices(self, work: PgWork, user: User, devices: str, known: str | None) -> str:
        """The device cookie with this person in it, the newest first."""
        mark = known or secrets.token_hex(12)
        mine = f"{mark}.{_proof(work, user, mark)}"
        others = [one for one in devices.split("~") if _DEVICE.match(one) and one != mine]
        return "~".join([mine, *others[: _DEVICES_KEPT - 1]])

    def _note_limit(self, workspace: WorkspaceId, client: str) -> None:
        """That an address is asked to wait, once in the time; an event for each try would fill the trail for them."""
        if self._told.take(client, self._app.clock.now()):
            with self._app.store(workspace) as work:
                payload: dict[str, Json] = {"known": False, "limited": True}
                work.note(Event(EventType.LOGIN_FAILED, system("login"), Outcome.REFUSED, payload=payload))

    def log_off(self, workspace: WorkspaceId, session: Session) -> None:
        """End the session."""
        with self._app.store(workspace) as work:
            staff.end_session(work.context, session.id)
            work.note(Event(EventType.LOGOUT_DONE, person(session.user.id), Outcome.OK))

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _failed(self, work: PgWork, account: Account, now: datetime, *, fits: bool, device: str | None) -> None:
        """Count a wrong password: against the browser where it is a known one, else against the account.

        What is tried while the account is locked changes nothing, so nobody keeps it locked by going on.
        """
        locked, failures = is_locked(account, now), account.failures
        if not fits and device is not None:
            self._device_failures.take(device, now)
        elif not fits and not locked:
            failures += 1
            staff.count_failure(work.context, account.user.id, failures, lock_after(failures, now))
        payload: dict[str, Json] = {"known": True, "failures": failures, "locked": locked, "device": device is not None}
        work.note(Event(EventType.LOGIN_FAILED, person(account.user.id), Outcome.REFUSED, payload=payload))


def _proof(work: PgWork, user: User, mark: str) -> str:
    """What only we can make of a browser's mark and a person."""
    return work.context.vault.blind(work.workspace, "device", f"{user.id}:{mark}").hex()
