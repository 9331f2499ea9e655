"""Checking the password of whoever acts at the shell, and the lock that failures lead to, wherever they happen."""

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vouchsafe.app import App
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.staff import User
from vouchsafe.evidence.event import Event, Outcome, person, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import staff
from vouchsafe.store.staff import Account
from vouchsafe.store.work import PgWork

_FREE_TRIES = 4
_FIRST_LOCK = timedelta(seconds=30)
_LONGEST_LOCK = timedelta(minutes=15)
"""At most 4 guesses an hour then, against a hash that is slow; an hour would only help whoever wants to lock us out."""


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Until when an account is locked that failed so often in a row; None while tries are free."""
    if failures <= _FREE_TRIES:
        return None
    # Beyond ten doublings only the number would grow, until it no longer fits a date.
    doubled: int = 1 << min(failures - _FREE_TRIES - 1, 10)
    return now + min(_FIRST_LOCK * doubled, _LONGEST_LOCK)


def is_locked(account: Account, now: datetime) -> bool:
    """Whether tries do not count at this moment."""
    return account.locked_until is not None and now < account.locked_until


def shown_at_the_shell(app: App, workspace: WorkspaceId, login: str, password: str) -> User | None:
    """The active person of this name and password; None otherwise, for whatever reason, and it is on record.

    A command acts in a person's name only after this: whoever has a shell is not yet that person.
    """
    hasher = PasswordHasher()
    with app.store(workspace) as work:
        account = staff.by_login(work.context, login.strip().casefold())
        # An unknown name costs what a known one does.
        fits = _fits(hasher, account.password if account else hasher.hash(secrets.token_urlsafe(32)), password)
        now = app.clock.now()
        if account is None or not fits or not account.user.active or is_locked(account, now):
            _failed(work, account, now, fits=fits)
            return None
        staff.count_failure(work.context, account.user.id, 0, None)
        work.note(Event(EventType.LOGIN_SUCCEEDED, person(account.user.id), Outcome.OK, payload={"by": "shell"}))
        return account.user


def _fits(hasher: PasswordHasher, hashed: str, password: str) -> bool:
    try:
        return hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _failed(work: PgWork, account: Account | None, now: datetime, *, fits: bool) -> None:
    """What is tried while the account is locked changes nothing, so nobody keeps it locked by going on."""
    if account is None:
        # The name is not recorded: people type passwords into the wrong field.
        work.note(Event(EventType.LOGIN_FAILED, system("cli"), Outcome.REFUSED, payload={"known": False}))
        return
    failures, locked = account.failures, is_locked(account, now)
    if not fits and not locked:
        failures += 1
        staff.count_failure(work.context, account.user.id, failures, lock_after(failures, now))
    work.note(
        Event(
            EventType.LOGIN_FAILED,
            person(account.user.id),
            Outcome.REFUSED,
            payload={"known": True, "failures": failures, "locked": locked, "by": "shell"},
        )
    )
