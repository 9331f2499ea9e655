"""An unsupported language goes to a person."""

import pytest

from vouchsafe.pipeline.gate.rules.language import language
from vouchsafe.testing.builders import a_gate_input, findings, understood


@pytest.mark.parametrize(
    ("tag", "held"),
    [("en", False), ("es", False), ("en-GB", False), ("ES-mx", False), ("vi", True), ("und", True), ("", True)],
)
def test_the_desk_answers_in_its_own_languages_only(tag: str, *, held: bool) -> None:
    assert (language(a_gate_input(understood(says=findings(language=tag)))) is not None) is held
