"""`init` makes an installation that speaks for its organisation, or makes nothing."""

import pytest
from tests.cli.conftest import INIT, PASSWORD, Shell

from vouchsafe.domain.pack import Mode, NoticeKind
from vouchsafe.installing import Refused, refuse_demo_words
from vouchsafe.store import desks


def test_patients_read_the_name_and_number_of_their_own_clinic_in_every_notice(clinic_shell: Shell) -> None:
    with clinic_shell.opened() as app:
        with app.store(app.workspaces()[0]) as work:
            (desk,) = desks.every(work.context)
            pack = app.pack_of(work, desk.id)
        refuse_demo_words(app)

    said = " ".join(notice.text for notice in pack.notices) + " ".join(map(str, pack.phrases))
    assert (pack.organisation, pack.phone) == ("Saint Ada's Clinic", "020 7946 0123")
    assert "Linden" not in said
    assert "555" not in said
    crisis = next(notice for notice in pack.notices if notice.kind is NoticeKind.CRISIS)
    assert "020 7946 0123" in crisis.text
    assert desk.mode is Mode.SHADOW


def test_the_pack_goes_live_on_record_under_the_administrators_name(clinic_shell: Shell) -> None:
    assert clinic_shell.events() == ["channel:changed", "user:created", "pack:published"]


def test_what_the_operator_edits_in_the_copy_is_in_force(clinic_shell: Shell) -> None:
    head = clinic_shell.settings.packs_dir / "patient" / "pack.yaml"
    head.write_text(head.read_text("utf-8").replace("020 7946 0123", "020 7946 0999"), encoding="utf-8")

    with clinic_shell.opened() as app:
        assert app.pack("patient").phone == "020 7946 0999"


def test_the_staff_desk_has_a_copy_and_a_number_of_its_own(shell: Shell) -> None:
    staff = ("--it-address", "it@clinic.example", "--it-phone", "020 7946 0777")
    shell(*INIT, *staff, "--password-file", "-", typed=PASSWORD)

    with shell.opened() as app:
        assert app.pack("it").phone == "020 7946 0777"
        assert app.pack("it").organisation == "Saint Ada's Clinic"


@pytest.mark.parametrize(
    ("change", "typed", "says"),
    [
        ({}, "short", "at least 12 characters"),
        ({}, "", "first line of the password file is empty"),
        ({"--phone": "(555) 555-0100"}, PASSWORD, "rings nowhere"),
        ({"--organisation": "Linden Bay Health"}, PASSWORD, "names the demo clinic"),
        ({"--phone": ""}, PASSWORD, "--phone is needed"),
        ({"--organisation": " "}, PASSWORD, "--organisation is needed"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(shell: Shell, change: dict[str, str], typed: str, says: str) -> None:
    arguments = list(INIT)
    for flag, value in change.items():
        arguments[arguments.index(flag) + 1] = value

    said = shell(*arguments, "--password-file", "-", typed=typed, code=2)

    assert says in said.err
    with shell.opened() as app:
        assert app.workspaces() == ()
    assert not list(shell.settings.packs_dir.glob("*"))
    shell(*INIT, "--password-file", "-", typed=PASSWORD)


def test_a_password_is_not_read_from_a_pipe_that_nobody_named(shell: Shell) -> None:
    assert "--password-file" in shell(*INIT, typed=PASSWORD, code=2).err


def test_a_second_workspace_is_refused(clinic_shell: Shell) -> None:
    assert "has a workspace already" in clinic_shell(*INIT, "--password", PASSWORD, code=2).err


def test_a_copy_that_stands_there_already_is_kept_and_not_overwritten(shell: Shell) -> None:
    shell(*INIT, "--password-file", "-", typed="short", code=2)
    folder = shell.settings.packs_dir / "patient"
    assert not folder.exists()
    with shell.opened() as app:
        folder.parent.mkdir(parents=True, exist_ok=True)
        (folder).mkdir()
        (folder / "pack.yaml").write_text("name: patient", encoding="utf-8")
        del app

    assert "missing from all files" in shell(*INIT, "--password-file", "-", typed=PASSWORD, code=2).err
    assert (folder / "pack.yaml").read_text("utf-8") == "name: patient"


def test_an_installation_that_would_speak_as_the_demo_clinic_does_not_start(clinic_shell: Shell) -> None:
    folder = clinic_shell.settings.packs_dir / "patient"
    folder.rename(folder.with_name("elsewhere"))

    for command in ("worker", "serve"):
        refused = clinic_shell(command, code=2).err
        assert "speaks as the demo clinic" in refused
        assert "vouchsafe desk pack patient" in refused

    fix = ("desk", "pack", "patient", "--organisation", "Saint Ada's", "--phone", "020 7946 0123")
    clinic_shell(*fix, "--login", "root@clinic.example", "--password-file", "-", typed=PASSWORD)
    with clinic_shell.opened() as app:
        refuse_demo_words(app)


def test_only_an_administrator_gives_a_desk_its_pack(clinic_shell: Shell) -> None:
    who = ("--name", "Ida", "--title", "Lead", "--role", "lead", "--password-file", "-")
    clinic_shell("user", "add", "lead@clinic.example", *who, typed=PASSWORD)
    fix = (
        "desk",
        "pack",
        "patient",
        "--organisation",
        "Saint Ada's",
        "--phone",
        "020 7946 0123",
        "--password-file",
        "-",
    )

    said = clinic_shell(*fix, "--login", "lead@clinic.example", typed=PASSWORD, code=2)

    assert "administrator" in said.err


def test_the_demo_may_speak_as_the_demo(clinic_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = clinic_shell.settings.packs_dir / "patient"
    folder.rename(folder.with_name("elsewhere"))
    with clinic_shell.opened() as app, pytest.raises(Refused):
        refuse_demo_words(app)

    monkeypatch.setenv("VOUCHSAFE_DEMO", "true")
    with clinic_shell.opened() as app:
        refuse_demo_words(app)
