"""The answer is in the language of the question."""

import pytest

from vouchsafe.pipeline.gate.rules.draft_language import draft_language
from vouchsafe.testing.builders import a_gate_input, draft, drafted, findings, grounded, understood


@pytest.mark.parametrize(
    ("asked", "answered", "held"),
    [("en", "en", False), ("en-US", "en", False), ("es", "es", False), ("es", "en", True), ("en", "es", True)],
)
def test_another_language_is_held(asked: str, answered: str, *, held: bool) -> None:
    before = grounded(understood(says=findings(language=asked)))

    case = a_gate_input(drafted(before, draft(language=answered)))

    assert (draft_language(case) is not None) is held
