"""A wrong setting stops the start with a sentence that names it, and never repeats what was set."""

import pytest
from tests.cli.conftest import Shell


@pytest.mark.parametrize("command", ["up", "serve", "worker", "doctor", "verify"])
@pytest.mark.parametrize(
    "wrong",
    [
        ("HTTP_PORT", "s3cret-eighty", "Example: 8765"),
        ("WORKERS", "-77", "Example: 2"),
        ("DOMAIN", "s3cret clinic/example", "Example: clinic.example"),
        ("LOG_LEVEL", "s3cret", "Example: warning"),
        ("SMTP_SECURITY", "s3cret", "Example: tls"),
    ],
)
def test_a_wrong_setting_stops_every_start_before_anything_is_made(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str, wrong: tuple[str, str, str]
) -> None:
    name, value, example = wrong
    data = shell.settings.data_dir
    monkeypatch.setenv(f"VOUCHSAFE_{name}", value)

    said = shell(command, code=2)

    assert f"VOUCHSAFE_{name}: " in said.err
    assert example in said.err
    assert value not in said.all
    assert not data.exists()


def test_every_wrong_setting_is_named_at_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCHSAFE_HTTP_PORT", "0")
    monkeypatch.setenv("VOUCHSAFE_SESSION_HOURS", "99")

    said = shell("doctor", code=2).err

    assert "VOUCHSAFE_HTTP_PORT" in said
    assert "VOUCHSAFE_SESSION_HOURS" in said
