"""spaCy finds names in texts of any length, and remembers none of their words."""

import random
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.plugins.ner.spacy_md.finder import _loaded
from vouchsafe.ports.ner import NamedKind


@pytest.fixture(scope="module")
def finder() -> SpacyMd:
    return SpacyMd()


def test_persons_and_places_are_found_where_they_stand(finder: SpacyMd) -> None:
    text = "Yesterday Margaret Thompson moved from Chicago to Berlin."
    found = {text[one.span.start : one.span.end]: one.kind for one in finder.find(text)}

    assert found["Margaret Thompson"] is NamedKind.PERSON
    assert found["Chicago"] is NamedKind.PLACE


def test_places_are_right_behind_the_first_piece_of_a_long_text(finder: SpacyMd) -> None:
    text = "The weather was fine that day. " * 400 + "Then Margaret Thompson called."
    found = [text[one.span.start : one.span.end] for one in finder.find(text)]

    assert "Margaret Thompson" in found


def test_words_of_a_text_are_let_go(finder: SpacyMd) -> None:
    finder.find("Zyxwvutsrqx Qwertzuiopx called about a bill.")

    assert "Zyxwvutsrqx" not in _loaded(None)[0].vocab.strings


def test_finders_in_many_threads_do_not_disturb_each_other(finder: SpacyMd) -> None:
    """Each thread has a finder of its own, as each part of a process may; all of them read with one loaded model."""

    def invented(seed: int) -> Iterator[str]:
        draw = random.Random(seed)
        for _ in range(120):
            words = ("".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 9))) for _ in range(25))
            yield f"Dear {' '.join(word.capitalize() for word in words)}, thank you."

    def read(seed: int) -> list[object]:
        mine = SpacyMd()
        return [mine.find(text) for text in invented(seed)]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(read, range(4)))

    assert together == [[finder.find(text) for text in invented(seed)] for seed in range(4)]


@pytest.mark.parametrize("text", ["", " \n ", "a" * 20_000])
def test_texts_without_names_give_none(finder: SpacyMd, text: str) -> None:
    assert finder.find(text) == ()


def test_the_ref_names_the_weights(finder: SpacyMd) -> None:
    name, _, digest = finder.ref.partition("@")

    assert name
    assert len(digest) >= 16
