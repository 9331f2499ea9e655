"""The trained tagger: what it finds, and that it refuses what it was not trained for."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.tagger import Tagger, TaggerUnfit, features, tokens

SHIPPED = Tagger()


def shipped_copy(folder: Path) -> Path:
    for name in ("tagger.crfsuite", "tagger.json"):
        (folder / name).write_bytes((files("vouchsafe.data") / "redact" / name).read_bytes())
    return folder


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi its oluwaseun can u move my appt to next week", "oluwaseun"),
        ("Please tell Nguyet that the forms are ready.", "Nguyet"),
        ("my husband bartholomew is waiting outside", "bartholomew"),
    ],
)
def test_a_name_is_found_by_the_words_around_it_in_any_case(text: str, name: str) -> None:
    found = [text[hit.start : hit.end] for hit in SHIPPED.hits(text) if hit.label is Label.NAME]
    assert any(name in one for one in found)


@pytest.mark.parametrize("text", ["how do i pay my bill", "will the parking be free in may", "take 5 mg twice a day"])
def test_a_message_without_identifiers_is_left_alone(text: str) -> None:
    assert list(SHIPPED.hits(text)) == []


@pytest.mark.parametrize(
    "text", ["", "\n\n", " ", "!!! ???", "\x00", "x" * 100_000, "7" * 20_000, "שלום 你好 привет 😀"]
)
def test_any_text_is_tagged_and_every_hit_lies_inside_it(text: str) -> None:
    for hit in SHIPPED.hits(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert 0.0 <= hit.score <= 1.0


def test_a_long_text_is_tagged_in_pieces_without_losing_a_place() -> None:
    text = "ok then. " * 3000 + "please call maria lopez back"
    assert any("lopez" in text[hit.start : hit.end] for hit in SHIPPED.hits(text))


def test_tokens_stand_where_they_say_and_every_token_has_features() -> None:
    text = "DOB 3/14/71,\nZoë's e-mail: a_b@x.example"
    found = tokens(text)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert "".join(one.text for one in found) == text.replace(" ", "")
    assert len(features(found)) == len(found)


def test_a_place_is_as_probable_as_its_likeliest_token() -> None:
    text = "please ask oluwaseun about the bill"
    read = SHIPPED.read(text)
    name = text.index("oluwaseun")

    assert read.probability(name, name + 3) > 0.5
    assert read.probability(0, name - 1) < 0.1
    assert read.probability(0, len(text)) == read.probability(name, name + 9)
    assert read.hits == tuple(SHIPPED.hits(text))


def test_the_same_text_gives_the_same_answer() -> None:
    text = "my daughter anneliese was seen by dr okonkwo on the 3rd"
    assert list(SHIPPED.hits(text)) == list(Tagger().hits(text))


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    folder = shipped_copy(tmp_path)
    model = bytearray((folder / "tagger.crfsuite").read_bytes())
    model[-1] ^= 1
    (folder / "tagger.crfsuite").write_bytes(bytes(model))
    with pytest.raises(TaggerUnfit, match="train the tagger again"):
        list(Tagger(folder).hits("hello"))


@pytest.mark.parametrize("key", ["features", "lists"])
def test_a_model_for_other_features_or_word_lists_is_refused(tmp_path: Path, key: str) -> None:
    folder = shipped_copy(tmp_path)
    about = json.loads((folder / "tagger.json").read_text())
    (folder / "tagger.json").write_text(json.dumps({**about, key: "others"}))
    with pytest.raises(TaggerUnfit, match="other features or word lists"):
        list(Tagger(folder).hits("hello"))
