"""The search itself finds what it is there to find; a search that finds nothing proves nothing otherwise."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.byte_scan import Scan, files

WORDS = ("Farrowby", "867-5309", "grocery", "qfarrowby@home.example")
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "small letters": lambda word: word.lower().encode(),
    "capitals": lambda word: word.upper().encode(),
    "hexadecimal": lambda word: word.encode().hex().encode(),
    "hexadecimal in capitals": lambda word: word.encode().hex().upper().encode(),
    "UTF-16": lambda word: word.encode("utf-16-le"),
    "base64 of UTF-16": lambda word: base64.b64encode(word.encode("utf-16-le")),
    "in an address": lambda word: word.replace("@", "%40").encode(),
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_word_is_found_in_every_form(word: str, form: str) -> None:
    assert Scan({word: "it"})("here", b"x" + FORMS[form](word) + b"x") == ["it in here"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("before", range(7))
def test_a_word_is_found_in_base64_wherever_it_begins(word: str, before: int) -> None:
    content = base64.b64encode(b"y" * before + word.encode() + b" and more")

    assert Scan({word: "it"})("here", content) == ["it in here"]


def test_other_words_and_parts_of_the_word_are_no_find() -> None:
    assert Scan(dict.fromkeys(WORDS, "it"))("here", b"Farrowb 867-530 grocer, and an empty page" + bytes(8192)) == []


def test_a_find_is_reported_by_name_and_place_and_never_by_the_word() -> None:
    (found,) = Scan({"Farrowby": "name"})("file a", b"to Farrowby, from Farrowby")

    assert found == "name in file a"


def test_a_file_is_searched_by_its_name_too(tmp_path: Path) -> None:
    (tmp_path / "letter of Farrowby.txt").write_bytes(b"nothing")

    scan = Scan({"Farrowby": "name"})
    assert [found for place, content in files(tmp_path) for found in scan("a file", content) if place] == [
        "name in a file"
    ]
