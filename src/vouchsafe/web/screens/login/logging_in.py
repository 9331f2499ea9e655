"""Checking a password: slow on purpose, the same answer and the same work whether the name is known or not."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vouchsafe.app import App
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.staff import User
from vouchsafe.evidence.event import Event, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import staff
from vouchsafe.store.staff import Account, Session
from vouchsafe.store.work import PgWork

_AT_ONCE = 2
"""Hashes computed at the same time, 64 MiB each: more would starve the server (notes: stack, section 8)."""
_FREE_TRIES = 4
_FIRST_LOCK = timedelta(seconds=30)
_LONGEST_LOCK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session was opened; `secret` goes into the cookie and nowhere else."""

    user: User
    secret: str

    def __repr__(self) -> str:
        return f"LoggedIn({self.user.id})"


class LogIn:
    """Opens sessions."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._hasher = PasswordHasher()
        self._turns = BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password fits, so that an unknown name costs what a known one does."""
        return self._hasher.hash(secrets.token_urlsafe(32))

    def log_in(self, workspace: WorkspaceId, login: str, password: str) -> LoggedIn | None:
        """A session for the right name and password; None otherwise, for whatever reason, and it is on record."""
        with self._turns, self._app.store(workspace) as work:
            account = staff.by_login(work.context, login.strip().casefold())
            fits = self._fits(account.password if account else self._nobody, password)
            now = self._app.clock.now()
            if account is None or not fits or not account.user.active or _is_locked(account, now):
                self._failed(work, account, now, fits=fits)
                return None
            staff.count_failure(work.context, account.user.id, 0, None)
            secret = secrets.token_urlsafe(32)
            lasts = timedelta(hours=self._app.settings.session_hours)
            staff.open_session(work.context, account.user.id, secret, secrets.token_urlsafe(24), lasts)
            work.note(Event(EventType.LOGIN_SUCCEEDED, person(account.user.id), Outcome.OK))
        return LoggedIn(account.user, secret)

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

    def _failed(self, work: PgWork, account: Account | None, now: datetime, *, fits: bool) -> None:
        if account is None:
            # The name is not recorded: people type passwords into the wrong field.
            work.note(Event(EventType.LOGIN_FAILED, system("login"), Outcome.REFUSED, payload={"known": False}))
            return
        failures = account.failures + (0 if fits else 1)
        locked_until = account.locked_until
        if not fits and failures > _FREE_TRIES:
            locked_until = now + min(_FIRST_LOCK * 2 ** (failures - _FREE_TRIES - 1), _LONGEST_LOCK)
        staff.count_failure(work.context, account.user.id, failures, locked_until)
        work.note(
            Event(
                EventType.LOGIN_FAILED,
                person(account.user.id),
                Outcome.REFUSED,
                payload={"known": True, "failures": failures, "locked": _is_locked(account, now)},
            )
        )


def _is_locked(account: Account, now: datetime) -> bool:
    return account.locked_until is not None and now < account.locked_until
