"""While one desk's index is built, every other desk goes on searching, and the desk itself is built once."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import DeskId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.passage import Document
from vouchsafe.installing import publish
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.plugins.embedders.minilm import embedder as embedder_module
from vouchsafe.plugins.embedders.minilm.embedder import MiniLm
from vouchsafe.store import desks
from vouchsafe.testing import builders

LONGEST_S = 60.0
"""A test that hangs ends; nothing is concluded from how long it took."""


@pytest.fixture
def second(app: App, clinic: Clinic) -> DeskId:
    """Another desk, without documents."""
    with app.store(clinic.workspace) as work:
        facts = desks.DeskFacts("it@clinic.example", "IT", "oncall@clinic.example")
        return desks.add(work.context, "it", Mode.AUTO, "patient", facts)


def a_desk(app: App, clinic: Clinic, desk: DeskId) -> desks.Desk:
    with app.store(clinic.workspace) as work:
        return desks.get(work.context, desk)


def in_a_thread(act: Any) -> tuple[threading.Thread, list[Index]]:
    found: list[Index] = []
    thread = threading.Thread(target=lambda: found.append(act()), daemon=True)
    thread.start()
    return thread, found


class SlowFor:
    """The real embedder, which stops at the words `held` until it is let go."""

    def __init__(self, real: Any, held: str) -> None:
        self._real, self._held = real, held
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.times = 0

    @property
    def ref(self) -> str:
        return str(self._real.ref)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any(self._held in text for text in texts):
            self.times += 1
            self.begun.set()
            assert self.go_on.wait(LONGEST_S)
        vectors: NDArray[np.float32] = self._real.embed(texts)
        return vectors


def test_one_desk_being_built_holds_up_no_search_of_another(app: App, clinic: Clinic, second: DeskId) -> None:
    app.index(clinic.workspace, a_desk(app, clinic, clinic.desk))
    publish(app, clinic.workspace, "it", [a_document("The quokka printer stands on the third floor.")])
    slow = SlowFor(app.embedder, "quokka")
    vars(app)["embedder"] = slow

    building, built = in_a_thread(lambda: app.index(clinic.workspace, a_desk(app, clinic, second)))
    again, same = in_a_thread(lambda: app.index(clinic.workspace, a_desk(app, clinic, second)))
    assert slow.begun.wait(LONGEST_S)
    searching, found = in_a_thread(lambda: app.index(clinic.workspace, a_desk(app, clinic, clinic.desk)))
    searching.join(LONGEST_S)

    try:
        assert found, "the other desk waited for the one that is being built"
        assert not built
    finally:
        slow.go_on.set()
    building.join(LONGEST_S)
    again.join(LONGEST_S)
    assert built[0] is same[0]
    assert slow.times == 1


def test_a_text_is_embedded_while_the_vectors_of_another_desk_s_index_are_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedder, begun, go_on = MiniLm(), threading.Event(), threading.Event()
    batch = embedder_module._padded

    def held(rows: Sequence[Sequence[int]]) -> Any:
        if threading.current_thread() is building:
            begun.set()
            assert go_on.wait(LONGEST_S)
        return batch(rows)

    monkeypatch.setattr(embedder_module, "_padded", held)
    built: list[NDArray[np.float32]] = []
    searched: list[NDArray[np.float32]] = []
    building = threading.Thread(target=lambda: built.append(embedder.embed(["a page", "a second page"])), daemon=True)
    building.start()
    assert begun.wait(LONGEST_S)
    searching = threading.Thread(target=lambda: searched.append(embedder.embed(["a question"])), daemon=True)
    searching.start()
    searching.join(LONGEST_S)

    try:
        assert searched, "the search waited for the index that is being built"
        assert not built
    finally:
        go_on.set()
    building.join(LONGEST_S)
    assert built[0].shape == (2, searched[0].shape[1])


def a_document(words: str) -> Document:
    return builders.document(text=words)
