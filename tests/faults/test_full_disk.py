"""A disk without room: nothing is acknowledged that is not kept, and when there is room again everything goes on."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Clinic
from tests.faults.installation import (
    TEXTS,
    mail,
)

from vouchsafe.app import App
from vouchsafe.domain.message import AttachmentData
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.channel import Accepted
from vouchsafe.settings import Settings


@contextmanager
def room_for_files_of(size: int) -> Iterator[None]:
    """Writes beyond this size fail in this process as they do on a full disk; the database is another process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_message_that_cannot_be_kept_is_refused_whole_and_taken_later(clinic: Clinic, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, demo=True, domain="clinic.example")
    app = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    small = replace(mail("m1", TEXTS[0]), recipient="desk@clinic.example")
    file = AttachmentData(PhiText("scan.bin"), "application/octet-stream", os.urandom(400_000))
    large = replace(mail("m2", TEXTS[1]), recipient="desk@clinic.example", attachments=(file,))
    kept_before = sum(1 for path in tmp_path.rglob("*") if path.is_file())

    with room_for_files_of(100_000):
        with pytest.raises(OSError, match=r"too large|No space"):
            app.intake(large)
        assert isinstance(app.intake(small), Accepted)

    with clinic.store(clinic.workspace) as work:
        assert work.context.connection.execute(text("select count(*) from message")).scalar() == 1
        assert work.context.connection.execute(text("select count(*) from attachment")).scalar() == 0
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "." in path.name and path.stat().st_size]
    assert len(left) <= kept_before, "a file cut short was left behind"
    taken = app.intake(large)
    assert isinstance(taken, Accepted)
    assert not taken.duplicate
