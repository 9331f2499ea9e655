"""Answers are remembered; what they were about is not."""

from vouchsafe.pipeline.redact.memory import Memory


def test_an_answer_is_found_once_and_the_oldest_is_forgotten() -> None:
    asked: list[str] = []

    def find(text: str) -> int:
        asked.append(text)
        return len(text)

    memory: Memory[int] = Memory(2)
    assert [memory.of(text, find) for text in ("a", "bb", "a", "ccc", "bb")] == [1, 2, 1, 3, 2]
    assert asked == ["a", "bb", "ccc", "bb"]


def test_no_word_is_kept() -> None:
    memory: Memory[bool] = Memory(8)
    memory.of("zebulonquixote", lambda _: True)

    assert all(isinstance(key, bytes) and b"quixote" not in key for key in vars(memory)["_answers"])


def test_words_with_lone_surrogates_are_remembered_too() -> None:
    assert Memory[int](1).of("\ud800", len) == 1
