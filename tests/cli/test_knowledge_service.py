"""`knowledge import --api` as an operator meets it: a help centre kept in step, and what its failures do not do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Shell
from tests.plugins.knowledge.rest_server import TOKEN, HelpCentre, Reply, help_centre

from vouchsafe.store import desks, knowledge, website_pages


@pytest.fixture
def centre() -> Iterator[HelpCentre]:
    with help_centre() as made:
        yield made


def published(shell: Shell) -> set[str]:
    with shell.opened() as app, app.store(app.workspaces()[0]) as work:
        (desk,) = desks.every(work.context)
        return {one.path.partition("/")[2] for one in knowledge.documents(work.context, desk.id)}


def remembered(shell: Shell) -> str:
    with shell.opened() as app, app.store(app.workspaces()[0]) as work:
        rows = work.context.connection.execute(website_pages._TABLE.select())
        return repr(rows.all())


def test_a_service_is_kept_in_step_and_its_token_stays_with_us(
    clinic_shell: Shell, centre: HelpCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.token, centre.etags = TOKEN, True
    for name in ("hours", "visits", "parking"):
        centre.put(name)
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    refused = clinic_shell(*command, code=2)
    assert "token is missing" in refused.err

    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    by_file = (*command, "--token-file", str(secret))
    said = clinic_shell(*by_file)
    assert "3 versions published, 0 retired" in said.out
    monkeypatch.setenv("HELP_CENTRE_TOKEN", TOKEN)
    by_variable = clinic_shell(*command, "--token-env", "HELP_CENTRE_TOKEN")
    assert "0 versions published, 0 retired, 3 unchanged" in by_variable.out
    assert centre.asked[-1].headers["if-none-match"]

    centre.documents = [one for one in centre.documents if one["id"] != "visits"]
    assert "1 retired" in clinic_shell(*by_file).out
    assert published(clinic_shell) == {"hours", "parking"}
    assert TOKEN not in said.all + by_variable.all + refused.all + remembered(clinic_shell)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--token-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE is empty"),
        (("--token-file", "nowhere"), "token file cannot be read"),
        (("--token-env", "A", "--token-file", "b"), "not both"),
    ],
)
def test_a_token_that_is_not_there_is_said_before_anybody_is_asked(
    clinic_shell: Shell, centre: HelpCentre, arguments: tuple[str, ...], says: str
) -> None:
    said = clinic_shell("knowledge", "import", centre.url, "--api", "--desk", "patient", *arguments, code=2)
    assert says in said.err
    assert centre.asked == []


def test_a_list_that_breaks_off_or_empties_retires_nothing(clinic_shell: Shell, centre: HelpCentre) -> None:
    for name in ("hours", "visits", "parking"):
        centre.put(name)
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    clinic_shell(*command)

    centre.put("hours", "We open at 10.")
    centre.wrong = lambda _, asked: Reply.of({}, 404) if "cursor" in asked.query else None
    assert "nothing is retired for not being listed" in clinic_shell(*command, code=1).out
    assert published(clinic_shell) == {"hours", "visits", "parking"}

    centre.wrong = lambda *_: Reply(b'{"documents": [', cut=15)
    assert "nothing was changed" in clinic_shell(*command, code=2).err
    centre.wrong, centre.documents = None, []
    assert "--retire-all" in clinic_shell(*command, code=2).err
    assert published(clinic_shell) == {"hours", "visits", "parking"}


def test_a_list_that_lost_most_of_its_documents_asks_whether_that_is_meant(
    clinic_shell: Shell, centre: HelpCentre
) -> None:
    centre.size = 50
    for number in range(12):
        centre.put(f"page{number}", f"Room {number} is on floor {number}.")
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    clinic_shell(*command)
    centre.documents = centre.documents[:3]

    assert "9 of 12 documents are no longer listed" in clinic_shell(*command, code=2).err
    assert len(published(clinic_shell)) == 12
    assert "9 retired" in clinic_shell(*command, "--retire-all").out


def test_changes_alone_are_asked_for_and_a_deletion_in_silence_is_found_by_a_full_import(
    clinic_shell: Shell, centre: HelpCentre
) -> None:
    centre.as_of = "2026-11-22T06:00:00Z"
    for name in ("hours", "visits", "parking", "fees"):
        centre.put(name)
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    clinic_shell(*command)

    centre.as_of = "2026-11-23T06:00:00Z"
    centre.changes = [centre.put("hours", "We open at 10."), {"id": "visits", "deleted": True}]
    centre.documents = [one for one in centre.documents if one["id"] not in {"visits", "fees"}]
    said = clinic_shell(*command).out

    assert centre.asked[-1].query["updated_since"] == "2026-11-22T06:00:00Z"
    assert "1 versions published, 2 retired, 2 unchanged" in said
    assert published(clinic_shell) == {"hours", "parking", "fees"}

    centre.changes = []
    clinic_shell(*command)
    assert centre.asked[-1].query["updated_since"] == "2026-11-23T06:00:00Z"
    clinic_shell(*command, "--full")
    assert "updated_since" not in centre.asked[-1].query
    assert published(clinic_shell) == {"hours", "parking"}


def test_a_page_whose_document_changed_since_is_no_longer_remembered(clinic_shell: Shell, centre: HelpCentre) -> None:
    centre.as_of, centre.etags = "2026-11-22T06:00:00Z", True
    centre.put("hours")
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    clinic_shell(*command)
    assert "limit=" in remembered(clinic_shell)

    centre.changes = []
    clinic_shell(*command)
    assert "limit=" in remembered(clinic_shell)

    centre.changes = [centre.put("hours", "We open at 10.")]
    clinic_shell(*command)
    assert "limit=" not in remembered(clinic_shell), "it would be taken for unchanged if the service went back"


def test_a_change_that_cannot_be_used_hides_the_document_and_is_told_again_next_time(
    clinic_shell: Shell, centre: HelpCentre
) -> None:
    centre.as_of = "2026-11-22T06:00:00Z"
    for name in ("hours", "parking"):
        centre.put(name)
    command = ("knowledge", "import", centre.url, "--api", "--desk", "patient")
    clinic_shell(*command)

    centre.as_of, centre.changes = "2026-11-23T06:00:00Z", [centre.put("hours", audience="everybody")]
    for _ in range(2):
        assert "unknown audience word" in clinic_shell(*command, code=1).out
        assert published(clinic_shell) == {"parking"}
        assert centre.asked[-1].query["updated_since"] == "2026-11-22T06:00:00Z"


def test_a_document_with_identifiers_is_held_like_any_other(clinic_shell: Shell, centre: HelpCentre) -> None:
    centre.put("hours")
    centre.put("patients", "MRN 00482913 was seen.")

    said = clinic_shell("knowledge", "import", centre.url, "--api", "--desk", "patient", code=1).out

    assert "a medical record number" in said
    assert published(clinic_shell) == {"hours"}


def test_a_rehearsal_leaves_no_trace(clinic_shell: Shell, centre: HelpCentre) -> None:
    centre.etags = True
    centre.put("hours")
    clinic_shell("knowledge", "import", centre.url, "--api", "--desk", "patient", "--dry-run")
    assert published(clinic_shell) == set()
    assert remembered(clinic_shell) == "[]"
