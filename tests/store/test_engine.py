"""Words of patients do not cross a network in the open, not even sealed ones."""

import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.conftest import Clinic

from vouchsafe.store.engine import UNREACHABLE, again_after_conflict, crosses_open_network


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("postgresql+psycopg://owner@db.internal/vouchsafe", True),
        ("postgresql+psycopg://owner@db.internal/vouchsafe?sslmode=prefer", True),
        ("postgresql+psycopg://owner@10.0.0.5:5433/vouchsafe?sslmode=disable", True),
        ("postgresql+psycopg://owner@db.internal/vouchsafe?sslmode=require", False),
        ("postgresql+psycopg://owner@db.internal/vouchsafe?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem", False),
        ("postgresql+psycopg://owner@localhost/vouchsafe", False),
        ("postgresql+psycopg://owner@[::1]/vouchsafe", False),
        ("postgresql+psycopg://owner@/vouchsafe?host=/run/postgresql", False),
        ("postgresql+psycopg://owner@/vouchsafe?host=localhost,db.internal", True),
    ],
)
def test_a_database_elsewhere_needs_tls(url: str, *, is_open: bool) -> None:
    assert crosses_open_network(url) is is_open


def ended(clinic: Clinic, state: str) -> None:
    """A transaction that PostgreSQL ends with this SQLSTATE."""
    with clinic.store.database.begin(clinic.workspace) as connection:
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'ended' USING ERRCODE = '{state}'; END $$"))


@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_transaction_that_lost_a_conflict_is_done_again(clinic: Clinic, state: str) -> None:
    tried = []

    def change() -> str:
        tried.append(state)
        if len(tried) < 3:
            ended(clinic, state)
        return "kept"

    assert again_after_conflict(change) == "kept"
    assert len(tried) == 3


def test_a_conflict_without_end_is_said_after_four_tries(clinic: Clinic) -> None:
    tried = []

    def change() -> None:
        tried.append(1)
        ended(clinic, "40P01")

    with pytest.raises(OperationalError):
        again_after_conflict(change)
    assert len(tried) == 4


def test_another_error_is_not_tried_again(clinic: Clinic) -> None:
    tried = []

    def change() -> None:
        tried.append(1)
        ended(clinic, "57P03")

    with pytest.raises(OperationalError):
        again_after_conflict(change)
    assert len(tried) == 1


def test_a_transaction_ended_for_standing_still_counts_as_a_database_that_was_away(clinic: Clinic) -> None:
    def stand_still() -> None:
        with clinic.store.database.begin(clinic.workspace) as connection:
            connection.execute(text("set local idle_in_transaction_session_timeout = '20ms'"))
            connection.execute(text("select 1"))
            threading.Event().wait(1.0)
            connection.execute(text("select 1"))

    with pytest.raises(UNREACHABLE):
        stand_still()
    with clinic.store.database.begin(clinic.workspace) as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def test_a_connection_that_died_in_the_pool_is_replaced_before_anything_is_done_on_it(clinic: Clinic) -> None:
    database = clinic.store.database
    with database.begin(clinic.workspace) as connection:
        pooled = connection.execute(text("select pg_backend_pid()")).scalar_one()
    admin = create_engine(clinic.url)
    with admin.connect() as other:
        assert other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pooled}).scalar_one()
    admin.dispose()

    with database.begin(clinic.workspace) as connection:
        now = connection.execute(text("select pg_backend_pid(), current_setting('app.workspace')")).one()
    assert now[0] != pooled
    assert now[1] == str(clinic.workspace)
    with database.connect() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def test_what_fails_inside_a_transaction_is_not_kept_and_leaves_the_connection_usable(clinic: Clinic) -> None:
    database = clinic.store.database

    def change() -> None:
        with database.begin(clinic.workspace) as connection:
            connection.execute(text("update desk set name = 'changed'"))
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'ended' USING ERRCODE = '57P03'; END $$"))

    with pytest.raises(OperationalError):
        change()
    with database.begin(clinic.workspace) as connection:
        assert "changed" not in connection.execute(text("select name from desk")).scalars().all()
