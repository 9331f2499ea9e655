"""A text is read as it was meant: dictated, spaced out, disguised and misspelt pieces become plain, and map back."""

import pytest

from vouchsafe.pipeline.redact.misspelling import is_misspelt, key_word
from vouchsafe.pipeline.redact.reading import read
from vouchsafe.pipeline.redact.redactor import Redactor

READ = [
    ("five five five oh one double four", "5550144"),
    ("four one two triple seven", "412777"),
    ("march third nineteen sixty two", "march 3rd 1962"),
    ("march three nineteen sixty two", "march 3 1962"),
    ("december twenty first two thousand and four", "december 21st 2004"),
    ("six hundred and twenty five", "625"),
    ("two slash fourteen", "2/14"),
    ("one seventy two dot twenty dot four", "172.20.4"),
    ("m r n is four four oh", "mrn is 440"),
    ("R as in Robert, zero, triple eight, four", "R08884"),
    ("B for bravo, seven seven one, dash, oh oh four", "B771-004"),
    ("lima mike papa, four oh nine", "lmp409"),
    ("five five, uh, five four", "5554"),
    ("five-5-five two0seven 1 1 nine 4", "5552071194"),
    ("5 5 5 - 0 1 4 4", "555-0144"),
    ("7 - K - X - 2 - 0", "7KX20"),
    ("0 8 . 1 7", "08.17"),
    ("9 oo - 1 2 3", "900-123"),
    ("N_A_D_I_A_underscore_R_8@ postbox . example", "NADIA_R8@postbox.example"),
    ("mary (at) example (dot) org", "mary@example.org"),
    ("mary dot jones at example dot org", "mary.jones@example.org"),
    ("lemuel<at>site[.]example hxxps://site[.]example/u", "lemuel@site.example https://site.example/u"),
    ("192 . 168 . 77 . 14", "192.168.77.14"),
    ("o7 / o4 / l976", "07/04/1976"),
    ("318 O4 7752", "318 04 7752"),
    ("Septmeber 30, my adress", "September 30, my address"),
]


@pytest.mark.parametrize(("text", "plain"), READ)
def test_a_text_is_read_as_it_was_meant(text: str, plain: str) -> None:
    reading = read(text)

    assert reading is not None
    assert reading.text == plain


@pytest.mark.parametrize(
    "text",
    [
        "I have one at home, oh well.",
        "Take 2 at 5 PM. Call at 7.",
        "My first visit, a second opinion.",
        "oh no, i am a bit lost",
        "Mary Jones, 1987-03-04",
        "",
    ],
)
def test_plain_writing_has_no_second_reading(text: str) -> None:
    reading = read(text)

    assert reading is None


@pytest.mark.parametrize(("text", "_plain"), READ)
def test_every_character_of_a_reading_knows_where_it_stands(text: str, _plain: str) -> None:
    reading = read(text)

    assert reading is not None
    assert len(reading.starts) == len(reading.ends) == len(reading.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True))
    assert list(reading.starts) == sorted(reading.starts)


MASKED = [
    ("my cell is five five five oh one double four ok", "five five five oh one double four"),
    ("the id is X Y Z nine oh four, double two, seven", "X Y Z nine oh four, double two, seven"),
    ("dob march third nineteen sixty two", "march third nineteen sixty two"),
    ("badge four four one seven, call me", "four four one seven"),
    ("brithday is Septmeber 30 1959", "Septmeber 30 1959"),
    ("passowrd: hunter22x", "hunter22x"),
    ("write old . bird AT tinbox DOT example", "old . bird AT tinbox DOT example"),
    ("the last is 8 8 4 3 1", "8 8 4 3 1"),
    ("H as in hotel, U, T, C, H, I, N, S as in sam", "H as in hotel, U, T, C, H, I, N, S as in sam"),
]


@pytest.mark.parametrize(("text", "identifier"), MASKED)
def test_what_stands_in_the_reading_is_masked_in_the_text(light: Redactor, text: str, identifier: str) -> None:
    safe = light.redact([text]).parts[0].text.value

    assert not any(word in safe.split() for word in identifier.replace(",", "").split() if len(word) > 1)


@pytest.mark.parametrize(
    "text",
    [
        "It said one fifty two over ninety one then one forty eight over eighty eight",
        "take two, three times a day, for ten days",
        "i take twenty milligrams twice a day",
        "teh portal is not workign, recieved an eror",
    ],
)
def test_a_reading_masks_no_doses_vitals_and_slips(redactor: Redactor, text: str) -> None:
    assert redactor.redact([text]).parts[0].text.value == text


@pytest.mark.parametrize(
    ("word", "meant"), [("septmeber", "september"), ("passowrd", "password"), ("adress", "address")]
)
def test_a_key_word_with_a_slip_is_known(word: str, meant: str) -> None:
    assert key_word(word) == meant


@pytest.mark.parametrize("word", ["marty", "gerald", "password", "party", "xq", "zsofia"])
def test_words_and_names_are_no_slips_of_key_words(word: str) -> None:
    assert key_word(word) is None


def test_an_everyday_word_with_a_slip_is_told_from_a_name() -> None:
    assert is_misspelt("workign")
    assert is_misspelt("teh")
    assert not is_misspelt("oluwaseun")
    assert not is_misspelt("mary")
