"""What the record says about a contact is found in any format and never gets through."""

import pytest

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.pipeline.redact.known import read_date, within_one_edit
from vouchsafe.pipeline.redact.redactor import Redactor

RECORD = KnownContact(
    names=("Dr. Katarzyna Will-Okonjo", "Robert Hope"),
    emails=("kwo@example.org",),
    phones=("+1 (402) 555-0199",),
    dates=("1987-03-04",),
    ids=("MB-8723-4921",),
    addresses=("456 Oakhurst Avenue, Apt 2, Lindenfeld",),
)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("katarzyna here", "katarzyna"),
        ("KATARZYNA here", "KATARZYNA"),
        ("it is katarzina again", "katarzina"),  # one typing error
        ("it is katarznya again", "katarznya"),  # two letters swapped
        ("okonjo's bill", "okonjo"),
        ("ask for Bobby about it", "Bobby"),  # a nickname of Robert
        ("we asked Will about it", "Will"),
        ("tell katarzyna will please", "katarzyna will"),
        ("KWO@EXAMPLE.ORG", "KWO@EXAMPLE.ORG"),
        ("call 4025550199", "4025550199"),
        ("call 402 - 555 . 0199", "402 - 555 . 0199"),
        ("last digits 5550199", "5550199"),
        ("mb87234921", "mb87234921"),
        ("MB 8723 4921", "MB 8723 4921"),
        ("87234921", "87234921"),
        ("03041987", "03041987"),
        ("4.3.87", "4.3.87"),
        ("March 4th, 1987", "March 4th, 1987"),
        ("456 oakhurst ave", "456 oakhurst ave"),
        ("in lindenfeld now", "lindenfeld"),
        ("Ka\u200btarzyna", "Ka\u200btarzyna"),
    ],
)
def test_a_record_s_value_is_masked_in_any_format(light: Redactor, text: str, gone: str) -> None:
    safe = light.redact([text], known=[RECORD]).parts[0].text.value

    assert gone not in safe
    assert not any(piece in safe for piece in gone.split() if len(piece) > 3)


@pytest.mark.parametrize("text", ["Will you call me?", "I hope so", "he will do it", "we will robustly test"])
def test_everyday_words_that_are_names_stay(light: Redactor, text: str) -> None:
    assert light.redact([text], known=[RECORD]).parts[0].text.value == text


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1987-03-04", (1987, 3, 4)),
        ("03/04/1987", (1987, 3, 4)),
        ("23/04/1987", (1987, 4, 23)),
        ("March 4, 1987", (1987, 3, 4)),
        ("4 Mar 1987", (1987, 3, 4)),
        ("soon", None),
    ],
)
def test_dates_of_records_are_read(written: str, date: tuple[int, int, int] | None) -> None:
    assert read_date(written) == date


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [("jonson", "jonson", True), ("jonson", "johnson", True), ("jonson", "jomson", True), ("jnoson", "jonson", True), ("jonson", "jensan", False), ("jonson", "jonsonas", False)],
)  # fmt: skip
def test_one_edit_is_one_letter_or_one_swap(left: str, right: str, *, near: bool) -> None:
    assert within_one_edit(left, right) is near
    assert within_one_edit(right, left) is near
