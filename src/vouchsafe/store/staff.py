"""People who work here and their sessions. Names are sealed; log-ins are found by blind index."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select, update

from vouchsafe.domain.ids import SessionId, UserId
from vouchsafe.domain.staff import License, Role, User
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field


@dataclass(frozen=True, slots=True)
class _Person:
    login: str
    name: str
    title: str
    license: License | None


@dataclass(frozen=True, slots=True)
class Account:
    """A user with what a log-in needs."""

    user: User
    password: str
    failures: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in of one person on one browser. `csrf` guards its forms."""

    id: SessionId
    user: User
    csrf: str
    seen_at: datetime
    expires_at: datetime


def add(context: Context, user: User, password_hash: str) -> None:
    """A new person."""
    person = _Person(user.login, user.name, user.title, user.license)
    context.connection.execute(
        insert(schema.staff),
        {
            "workspace_id": context.workspace,
            "id": user.id,
            "login": context.vault.blind(context.workspace, "login", user.login),
            "password": password_hash,
            "roles": sorted(role.value for role in user.roles),
            "license_expires": user.license.expires if user.license else None,
            "active": user.active,
            "sealed": context.seal_row(Field.STAFF, user.id, codec.dump(_Person, person)),
        },
    )


def by_login(context: Context, login: str) -> Account | None:
    """The account of a log-in name, its row locked against a second guess at the same time."""
    table = schema.staff
    row = context.connection.execute(
        select(table).where(table.c.login == context.vault.blind(context.workspace, "login", login)).with_for_update()
    ).one_or_none()
    return Account(_user(context, row), row.password, row.failures, row.locked_until) if row else None


def get(context: Context, user: UserId) -> User | None:
    """One person, or None."""
    row = context.connection.execute(select(schema.staff).where(schema.staff.c.id == user)).one_or_none()
    return _user(context, row) if row else None


def every(context: Context) -> tuple[User, ...]:
    """Everybody, by name."""
    rows = context.connection.execute(select(schema.staff))
    return tuple(sorted((_user(context, row) for row in rows), key=lambda user: user.name))


def count_failure(context: Context, user: UserId, failures: int, locked_until: datetime | None) -> None:
    """Remember a wrong password, or zero after a right one."""
    table = schema.staff
    context.connection.execute(
        update(table).where(table.c.id == user).values(failures=failures, locked_until=locked_until)
    )


def change(context: Context, user: User, password_hash: str | None) -> None:
    """Write what this person is now, and their new password if there is one; failed tries are forgotten with it."""
    table = schema.staff
    person = _Person(user.login, user.name, user.title, user.license)
    values: dict[str, object] = {
        "roles": sorted(role.value for role in user.roles),
        "license_expires": user.license.expires if user.license else None,
        "sealed": context.seal_row(Field.STAFF, user.id, codec.dump(_Person, person)),
    }
    if password_hash is not None:
        values |= {"password": password_hash, "failures": 0, "locked_until": None}
    context.connection.execute(update(table).where(table.c.id == user.id).values(**values))


def deactivate(context: Context, user: UserId) -> int:
    """The person may no longer log in and every session of theirs ends now; how many sessions ended."""
    people = schema.staff
    context.connection.execute(update(people).where(people.c.id == user).values(active=False))
    return end_sessions(context, user)


def end_sessions(context: Context, user: UserId) -> int:
    """Every session of this person ends now; how many there were."""
    sessions = schema.session
    ended = context.connection.execute(
        update(sessions)
        .where(sessions.c.user_id == user, sessions.c.ended_at.is_(None))
        .values(ended_at=context.clock.now())
        .returning(sessions.c.id)
    ).all()
    return len(ended)


def open_session(context: Context, user: UserId, secret: str, csrf: str, lasts: timedelta) -> SessionId:
    """A session whose token hashes to what is stored; the token itself is only in the browser."""
    session = SessionId(context.ids.new())
    now = context.clock.now()
    context.connection.execute(
        insert(schema.session),
        {
            "workspace_id": context.workspace,
            "id": session,
            "user_id": user,
            "hash": _hash(secret),
            "csrf": csrf,
            "started_at": now,
            "seen_at": now,
            "expires_at": now + lasts,
        },
    )
    return session


def session(context: Context, secret: str, idle: timedelta) -> Session | None:
    """The live session of a token: not ended, not expired, not idle for too long (R101); None otherwise."""
    table = schema.session
    now = context.clock.now()
    row = context.connection.execute(
        select(table).where(
            table.c.hash == _hash(secret),
            table.c.ended_at.is_(None),
            table.c.expires_at > now,
            table.c.seen_at > now - idle,
        )
    ).one_or_none()
    if row is None:
        return None
    user = get(context, UserId(row.user_id))
    if user is None or not user.active:
        return None
    return Session(SessionId(row.id), user, row.csrf, row.seen_at, row.expires_at)


def touch(context: Context, session_id: SessionId) -> None:
    """The person did something."""
    table = schema.session
    context.connection.execute(update(table).where(table.c.id == session_id).values(seen_at=context.clock.now()))


def end_session(context: Context, session_id: SessionId) -> None:
    """Log off."""
    table = schema.session
    context.connection.execute(update(table).where(table.c.id == session_id).values(ended_at=context.clock.now()))


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A session that nobody ended: it was idle for too long, or reached its age."""

    user: UserId
    idle: bool


def end_lapsed(context: Context, idle: timedelta) -> tuple[Lapsed, ...]:
    """Mark as ended what no longer lets anybody in; each session is told once."""
    table = schema.session
    now = context.clock.now()
    rows = context.connection.execute(
        update(table)
        .where(table.c.ended_at.is_(None), (table.c.expires_at <= now) | (table.c.seen_at <= now - idle))
        .values(ended_at=now)
        .returning(table.c.user_id, table.c.seen_at)
    ).all()
    return tuple(Lapsed(UserId(row.user_id), row.seen_at <= now - idle) for row in rows)


def present(context: Context, idle: timedelta) -> frozenset[UserId]:
    """Everybody with a live session."""
    table = schema.session
    now = context.clock.now()
    rows = context.connection.execute(
        select(table.c.user_id).where(
            table.c.ended_at.is_(None), table.c.expires_at > now, table.c.seen_at > now - idle
        )
    )
    return frozenset(UserId(row.user_id) for row in rows)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _user(context: Context, row: Row[Any]) -> User:
    person = codec.load(_Person, context.open_row(Field.STAFF, row.id, row.sealed))
    return User(
        id=UserId(row.id),
        workspace=context.workspace,
        login=person.login,
        name=person.name,
        title=person.title,
        roles=frozenset(Role(role) for role in row.roles),
        license=person.license,
        active=row.active,
    )
