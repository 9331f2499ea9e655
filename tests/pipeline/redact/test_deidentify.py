"""What may be kept of a conversation for others to read: nothing of whoever wrote in it, published or not."""

import pytest

from vouchsafe.domain.identifier import KnownContact, Label, Token
from vouchsafe.domain.text import PhiText
from vouchsafe.pipeline.redact.deidentify import Identifies, deidentified, proposed
from vouchsafe.pipeline.redact.redactor import Redactor

REDACTOR = Redactor(None)
NAME = Token("[NAME_1]", Label.NAME, PhiText("Ada Quillfeather"))
PAGE = "The Quillfeather Fund pays for parking. Ask at extension 4471 9920."


def test_one_word_of_a_persons_name_is_not_public_because_a_page_has_it() -> None:
    with pytest.raises(Identifies, match="name"):
        deidentified("Mrs Quillfeather need not pay.", REDACTOR, [NAME], [PAGE])
    assert "Quillfeather" not in proposed("Mrs Quillfeather need not pay.", REDACTOR, [NAME], [PAGE], "en")


def test_what_is_on_record_of_the_contact_is_found_though_no_message_says_it() -> None:
    known = KnownContact(names=("Bertrand Ofori",), ids=("PT-77120",))

    for text in ("Ofori need not pay.", "The account PT-77120 is settled."):
        assert deidentified(text, REDACTOR, [], [text]).value == text
        with pytest.raises(Identifies):
            deidentified(text, REDACTOR, [], [text], [known])
