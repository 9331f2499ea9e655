"""What `doctor` asks the server: the working role, row-level security, room for connections, the clock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from vouchsafe.store import schema
from vouchsafe.store.engine import Database


@dataclass(frozen=True, slots=True)
class Health:
    """`loose_tables`: tables of ours whose row-level security is not forced."""

    passes_security_by: bool
    loose_tables: tuple[str, ...]
    connections: int
    max_connections: int
    now: datetime


def look(database: Database) -> Health:
    """Ask as the working role."""
    with database.begin(None) as connection:
        role = connection.execute(
            text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        ).scalar_one()
        loose = connection.execute(
            text(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace "
                "and relname not like 'procrastinate%' and relname <> all(:exceptions) "
                "and not (relrowsecurity and relforcerowsecurity) order by relname"
            ),
            {"exceptions": sorted(schema.EXCEPTIONS)},
        ).scalars()
        return Health(
            passes_security_by=bool(role),
            loose_tables=tuple(loose),
            connections=int(connection.execute(text("select count(*) from pg_stat_activity")).scalar_one()),
            max_connections=int(connection.execute(text("show max_connections")).scalar_one()),
            now=connection.execute(text("select now()")).scalar_one(),
        )
