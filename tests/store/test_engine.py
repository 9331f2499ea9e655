"""Words of patients do not cross a network in the open, not even sealed ones."""

import pytest

from vouchsafe.store.engine import crosses_open_network


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
