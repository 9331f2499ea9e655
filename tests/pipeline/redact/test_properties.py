"""What holds for every conversation: several parts, a known contact, and a model that finds names anywhere."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.restoring import restore
from vouchsafe.ports.ner import Named, NamedKind

ANA = KnownContact(
    names=("Ana María Quiñones",),
    emails=("ana.q@mail.example",),
    phones=("+1 555 019 3345",),
    dates=("1961-03-14",),
    ids=("MRN 88231-Z",),
)
HERS = st.sampled_from(
    ["Ana María Quiñones", "quiñones", "ANA.Q@MAIL.EXAMPLE", "(555) 019-3345", "3/14/61", "88231-z", "Ana’s"]
)
PIECES = HERS | st.sampled_from(
    [
        " ",
        "\n",
        ", ",
        "[NAME_1]",
        "[name 2]",
        "my name is ",
        "Ⅷ",
        "e\u0301",
        "\u200b",
        "🙂",
        "<b>",
        "call 555-010-2233",
        "İ",
        "ﬁ",
        "\x00",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=12), max_size=12).map("".join)
ANYWHERE = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from(NamedKind)), max_size=5)


class Anywhere:
    """A model that finds names at any places, over each other and of any length."""

    ref = "anywhere@1"

    def __init__(self, places: list[tuple[float, float, NamedKind]]) -> None:
        self._places = places

    def find(self, text: str) -> tuple[Named, ...]:
        found = []
        for first, second, kind in self._places:
            start, end = sorted((round(first * len(text)), round(second * len(text))))
            if start < end:
                found.append(Named(Span(start, end), kind))
        return tuple(sorted(found, key=lambda one: one.span.start))


@given(parts=st.lists(TEXTS, min_size=1, max_size=4), places=ANYWHERE, is_known=st.booleans())
@settings(max_examples=120, deadline=None)
def test_every_part_is_restored_exactly_and_every_place_is_right(
    parts: list[str], places: list[tuple[float, float, NamedKind]], *, is_known: bool
) -> None:
    redactor = Redactor(Anywhere(places), tagger=None)

    redaction = redactor.redact(parts, known=[ANA] if is_known else [])

    values = {token.placeholder: token.value.value for token in redaction.tokens}
    assert len(values) == len(redaction.tokens)
    for at, (text, part) in enumerate(zip(parts, redaction.parts, strict=True)):
        if at in redaction.failed:
            assert part.text.value == ""
            continue
        assert restore(part.text, redaction.tokens).value == text
        assert all(one.span.end <= other.span.start for one, other in zip(part.found, part.found[1:], strict=False))
        for found, placed in zip(part.found, part.placed, strict=True):
            assert values[part.text.value[placed.start : placed.end]] == text[found.span.start : found.span.end]
            assert part.to_original(placed) == found.span


@given(TEXTS, ANYWHERE)
@settings(max_examples=80, deadline=None)
def test_what_a_model_finds_besides_unmasks_nothing(text: str, places: list[tuple[float, float, NamedKind]]) -> None:
    without = Redactor(None, tagger=None).redact([text], known=[ANA]).parts[0]
    more = Redactor(Anywhere(places), tagger=None).redact([text], known=[ANA]).parts[0]

    masked = {at for one in more.found for at in range(one.span.start, one.span.end)}
    for one in without.found:
        left = [text[at] for at in range(one.span.start, one.span.end) if at not in masked and text[at].isalnum()]
        assert left == []


@given(HERS, st.sampled_from(["", "hi ", "this is ", "re: "]), st.sampled_from(["", " again", ", thanks", "\n--\n"]))
@settings(max_examples=80, deadline=None)
def test_nothing_of_a_known_contact_is_left(words: str, before: str, after: str) -> None:
    part = Redactor(None, tagger=None).redact([before + words + after], known=[ANA]).parts[0]

    assert words.casefold() not in part.text.value.casefold()
