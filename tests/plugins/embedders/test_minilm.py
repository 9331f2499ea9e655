"""The encoder gives the same unit vector for the same text, whatever it is batched with."""

import numpy as np
import pytest

from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.embedders.minilm.embedder import MAX_TOKENS, _batches
from vouchsafe.ports.embedder import Embedder, Vectors

TEXTS = ("When are you open on Saturday?", "Can I pay my bill in three parts?", "Where do I park?")


@pytest.fixture(scope="module")
def minilm() -> MiniLm:
    return MiniLm()


def test_it_satisfies_the_port(minilm: MiniLm) -> None:
    embedder: Embedder = minilm

    assert embedder.ref.startswith("minilm@8199be6f699a")


def test_vectors_have_384_dimensions_and_length_one(minilm: MiniLm) -> None:
    vectors = minilm.embed(TEXTS)

    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_beside_longer_ones() -> None:
    alone = MiniLm().embed(TEXTS[:1])
    beside = MiniLm().embed([*TEXTS, "A far longer sentence that says many more things than the others do. " * 4])

    assert np.abs(alone[0] - beside[0]).max() < 1e-6


def test_texts_of_like_meaning_are_nearer_than_others(minilm: MiniLm) -> None:
    hours, opening, knee = minilm.embed(["What are your opening hours?", "When do you open?", "My knee is swollen."])

    assert hours @ opening > hours @ knee + 0.3


def test_an_empty_text_has_a_vector_of_zeros_and_disturbs_nothing(minilm: MiniLm) -> None:
    vectors = minilm.embed(["", TEXTS[0], "  "])

    assert not vectors[0].any()
    assert not vectors[2].any()
    assert np.array_equal(vectors[1], minilm.embed([TEXTS[0]])[0])


def test_no_texts_give_no_rows(minilm: MiniLm) -> None:
    assert minilm.embed([]).shape == (0, 384)


def test_words_after_the_token_limit_do_not_count(minilm: MiniLm) -> None:
    long = "word " * (MAX_TOKENS * 2)

    vectors = minilm.embed([long, long + "and a quite different end about parking"])

    assert np.array_equal(vectors[0], vectors[1])


def test_a_remembered_text_is_not_computed_again_and_the_memory_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    minilm = MiniLm(remember=2)
    first = minilm.embed(TEXTS)
    assert len(minilm._memory) == 2
    computed: list[int] = []

    def counting(ids: np.ndarray, mask: np.ndarray) -> Vectors:
        computed.append(len(ids))
        return MiniLm._pooled(minilm, ids, mask)

    monkeypatch.setattr(minilm, "_pooled", counting)
    again = minilm.embed(TEXTS)

    assert sum(computed) == 1  # the one that was forgotten
    assert np.abs(first - again).max() < 1e-6


def test_a_batch_holds_texts_of_similar_length_only() -> None:
    lengths = [100, 5, 6, 110]

    assert [sorted(b) for b in _batches([1, 2, 0, 3], lengths)] == [[1, 2], [0, 3]]
