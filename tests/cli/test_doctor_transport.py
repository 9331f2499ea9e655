"""Doctor's lines about what crosses a network."""

from pathlib import Path
from typing import Any

import pytest

from vouchsafe.cli.doctor import machine_lines
from vouchsafe.settings import load_settings

REMOTE = "postgresql+psycopg://owner@db.internal/vouchsafe"


@pytest.mark.parametrize(
    ("settings", "name", "well"),
    [
        ({"database_url": REMOTE}, "database transport", False),
        ({"database_url": f"{REMOTE}?sslmode=verify-full"}, "database transport", True),
        ({"database_url": "postgresql+psycopg://owner@localhost/vouchsafe"}, "database transport", True),
        ({}, "database transport", None),
        ({"mail_host": "0.0.0.0"}, "mail in", False),  # noqa: S104  # a setting, no socket
        ({"mail_host": "0.0.0.0", "mail_tls_cert": "FILE", "mail_tls_key": "FILE"}, "mail in", True),  # noqa: S104  # a setting, no socket
        ({"mail_host": "0.0.0.0", "lmtp_port": 0, "smtp_port": 0}, "mail in", None),  # noqa: S104  # a setting, no socket
        ({}, "mail in", None),
    ],
)
def test_what_crosses_a_network_in_the_open_is_red(
    settings: dict[str, Any], name: str, *, well: bool | None, tmp_path: Path
) -> None:
    (tmp_path / "pem").write_text("x")
    told = {key: str(tmp_path / "pem") if value == "FILE" else value for key, value in settings.items()}

    lines = {line.name: line for line in machine_lines(load_settings(data_dir=tmp_path, **told))}

    assert (lines[name].well if name in lines else None) is well
    assert name not in lines or lines[name].well or lines[name].fix
