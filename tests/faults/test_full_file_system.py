"""A real file system without room under a running installation; part of `--full faults`, as mounting takes root."""

import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError
from tests.faults.installation import (
    TEXTS,
    UNREST,
    UP_WITHIN_S,
    Later,
    a_clinic_in,
    check,
    mail,
    rows,
    settle,
    until,
)

from vouchsafe.app import make_app, prepared
from vouchsafe.ports.channel import Accepted
from vouchsafe.store.embedded import running_connection

SIZE = "400m"


@pytest.mark.faults
def test_an_installation_outlives_a_full_disk(folder: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", str(folder)], check=True)
    try:
        with a_clinic_in(folder) as installation:
            workspace, settings = installation.workspace, installation.settings
            installation.start()
            postgres = settings.data_dir / "postgres"
            assert until(lambda: running_connection(postgres) is not None, UP_WITHIN_S)
            info = running_connection(postgres)
            assert info is not None
            url = prepared(settings, info.url())
            app, ahead = make_app(settings, url), make_app(settings, url, clock=Later())
            try:
                installation.deliver(app, 0, TEXTS[0])
                assert until(lambda: rows(app, workspace, UNREST)[0][0] == 0, UP_WITHIN_S)
                _fill(folder / "filler")
                refused = 0
                for number in range(1, 30):
                    try:
                        taken = app.intake(mail(f"m{number}", TEXTS[number % 2]))
                    except (OSError, SQLAlchemyError):
                        refused += 1
                    else:
                        assert isinstance(taken, Accepted)
                        installation.acknowledged.add(f"m{number}")
                assert refused, "the disk was not full"
                (folder / "filler").unlink()
                time.sleep(2)
                installation.deliver(app, 100, TEXTS[1])
                settle(app, ahead, workspace)
                check(installation, app)
            finally:
                app.close()
                ahead.close()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(path: Path) -> None:
    """Write until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
