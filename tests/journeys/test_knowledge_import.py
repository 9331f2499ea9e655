"""An import while people decide, and one that dies half-way: nothing is undone, nothing is half in."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.passage import Document
from vouchsafe.domain.staff import Role, User
from vouchsafe.installing import add_user
from vouchsafe.knowledge import importing
from vouchsafe.knowledge.deciding import discard, release
from vouchsafe.plugins.knowledge.imported import Imported
from vouchsafe.ports.embedder import Vectors
from vouchsafe.store import knowledge, knowledge_held

PASSWORD = "quartz-lantern-orchard-sleet"
SOURCE = "jsonl:export.jsonl"


@pytest.fixture
def lead(app: App, clinic: Clinic) -> User:
    return add_user(app, clinic.workspace, "lead", "Ann Lead", "Desk", frozenset({Role.LEAD}), PASSWORD, None)


def documents(clinic: Clinic, *texts: str) -> Imported:
    with clinic.store(clinic.workspace) as work:
        pattern = knowledge.documents(work.context, clinic.desk)[0]
    made = [
        replace(pattern, path=f"new{number}.md", version=f"{number:012d}", title=f"New {number}", text=text)
        for number, text in enumerate(texts, start=1)
    ]
    return Imported(tuple(made), ())


def take_in(app: App, clinic: Clinic, gathered: Imported, watch: importing.Watch[Document] | None = None) -> None:
    importing.take_in(app, clinic.workspace, clinic.desk, gathered, SOURCE, watch)


def published(clinic: Clinic) -> set[str]:
    with clinic.store(clinic.workspace) as work:
        return {path for path, _ in knowledge.active(work.context, clinic.desk, SOURCE)}


def waiting(clinic: Clinic) -> list[str]:
    with clinic.store(clinic.workspace) as work:
        return [str(one.id) for one in knowledge_held.waiting(work.context, clinic.desk)]


@pytest.mark.parametrize(("decide", "searched"), [(release, {"new1.md", "new2.md"}), (discard, {"new2.md"})])
def test_what_is_decided_while_an_import_runs_holds(
    app: App, clinic: Clinic, lead: User, decide: object, searched: set[str]
) -> None:
    gathered = documents(clinic, "MRN 00482913", "The garage opens at 6:00.")
    take_in(app, clinic, Imported(gathered.documents[:1], ()))
    assert callable(decide)

    def watch(things: Sequence[Document], what: str) -> Iterable[Document]:
        if what == "Embedding":
            with clinic.store(clinic.workspace) as work:
                (item,) = knowledge_held.waiting(work.context, clinic.desk)
            decide(app, clinic.workspace, clinic.desk, item.id, lead)
        return things

    take_in(app, clinic, gathered, watch)

    assert published(clinic) == searched
    assert waiting(clinic) == []


def test_an_import_that_dies_while_it_embeds_changes_nothing_and_does_not_embed_again(
    app: App, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors that were made stay: the next run goes on from there."""
    gathered = documents(clinic, *(f"Room {number} is on floor {number}." for number in range(40)))
    real, embedded = app.embedder.embed, list[int]()

    def embed(texts: Sequence[str]) -> Vectors:
        embedded.append(len(texts))
        if len(embedded) == 2:
            raise MemoryError
        return real(texts)

    monkeypatch.setattr(app.embedder, "embed", embed)
    with pytest.raises(MemoryError):
        take_in(app, clinic, gathered)
    assert published(clinic) == set()

    take_in(app, clinic, gathered)

    assert len(published(clinic)) == 40
    assert embedded == [32, 8, 8]
    with clinic.store(clinic.workspace) as work:
        kept = knowledge.vectors(work.context, app.embedder.ref)
    assert np.isfinite(np.stack(list(kept.values()))).all()
