"""A file that was not read as text removes automation."""

import pytest

from vouchsafe.domain.message import Readable
from vouchsafe.pipeline.gate.rules.attachment import attachment
from vouchsafe.testing.builders import a_gate_input, redacted, turn, understood
from vouchsafe.testing.builders import attachment as a_file


@pytest.mark.parametrize("readable", list(Readable))
def test_everything_but_a_text_read_to_the_end_is_held(readable: Readable) -> None:
    with_file = turn(attachments=(a_file(readable, "a letter"),))

    case = a_gate_input(understood(turns=(with_file,), unanswered=(with_file.id,)))

    assert (attachment(case) is not None) is (readable is not Readable.READ)


def test_files_of_messages_answered_before_do_not_count() -> None:
    earlier = turn(number=11, attachments=(a_file(),))

    case = a_gate_input(understood(turns=(earlier, *redacted().turns)))

    assert attachment(case) is None
