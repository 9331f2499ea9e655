"""What the supervisor hands to its children: exactly its own settings, whatever stands around them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vouchsafe.cli.demo import demo_settings
from vouchsafe.cli.up import environment_of
from vouchsafe.settings import Settings

READ = "from vouchsafe.settings import load_settings; print(load_settings().model_dump_json())"
OPERATORS = {
    "VOUCHSAFE_DATABASE_URL": "postgresql+psycopg://owner@db.internal/vouchsafe",
    "VOUCHSAFE_SMTP_RELAY": "mx.clinic.example:25",
    "VOUCHSAFE_PUBLIC_URL": "https://desk.clinic.example",
    "VOUCHSAFE_HTTP_HOST": "0.0.0.0",  # noqa: S104  # what the demo must not take over
    "VOUCHSAFE_MAIL_HOST": "192.0.2.7",
}


def as_a_child_reads_them(settings: Settings, folder: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", READ],
        env=environment_of(settings),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("where", ["environment", "lower case", ".env"])
def test_a_child_of_the_demo_does_not_inherit_the_database_and_relay_of_a_real_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if where == ".env":
        lines = "\n".join(f"{name}={value}" for name, value in OPERATORS.items())
        (tmp_path / ".env").write_text(lines, encoding="utf-8")
    for name, value in OPERATORS.items():
        if where != ".env":
            monkeypatch.setitem(os.environ, name.lower() if where == "lower case" else name, value)
    settings = demo_settings(Path("demo"))

    found = as_a_child_reads_them(settings, tmp_path)

    assert found == json.loads(settings.model_dump_json())
    assert (found["database_url"], found["smtp_relay"], found["public_url"]) == ("", "", "")
    assert settings.base_url.startswith("http://127.0.0.1:")


def test_a_child_reads_the_very_settings_of_its_supervisor(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VOUCHSAFE_WORKERS=7\nVOUCHSAFE_TRUSTED_AUTHSERV=mx.other.example", encoding="utf-8")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", domain="clinic.example", log_level="error")

    assert as_a_child_reads_them(settings, tmp_path) == json.loads(settings.model_dump_json())
