"""Scratch: messages from lists become the states that the store would hand over."""

from vouchsafe.domain.identifier import Label, Token
from vouchsafe.domain.text import PhiText, Span
from vouchsafe.quality.scratch import place_in


def tokens(**values: str) -> list[Token]:
    return [Token(f"[{name}]", Label.NAME, PhiText(value)) for name, value in values.items()]


def test_a_span_after_a_token_is_moved_back_to_the_input() -> None:
    original, redacted = "I am Ana Lopez and I fell.", "I am [NAME_1] and I fell."
    start = redacted.index("I fell")

    span = place_in(original, redacted, tokens(NAME_1="Ana Lopez"), Span(start, start + 6))

    assert original[span.start : span.end] == "I fell"


def test_a_span_over_a_token_covers_all_that_it_replaced() -> None:
    original, redacted = "Ask Ana Lopez, please.", "Ask [NAME_1], please."

    whole = place_in(original, redacted, tokens(NAME_1="Ana Lopez"), Span(0, redacted.index(",")))

    assert original[whole.start : whole.end] == "Ask Ana Lopez"


def test_without_tokens_nothing_moves() -> None:
    assert place_in("same words", "same words", [], Span(5, 10)) == Span(5, 10)


def test_a_text_that_begins_and_ends_with_a_token_maps_whole() -> None:
    original, redacted = "Ana Lopez called Bo Ek", "[NAME_1] called [NAME_2]"
    both = tokens(NAME_1="Ana Lopez", NAME_2="Bo Ek")

    assert place_in(original, redacted, both, Span(0, len(redacted))) == Span(0, len(original))
    assert place_in(original, redacted, both, Span(0, 8)) == Span(0, len("Ana Lopez"))
