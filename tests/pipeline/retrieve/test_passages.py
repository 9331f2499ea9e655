"""Passages: cut at headings, never between a rule and its exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vouchsafe.domain.passage import Document
from vouchsafe.pipeline.retrieve.passages import TARGET_WORDS, cut, indexed_text, text_hash


def a_document(text: str, *, path: str = "a.md", title: str = "Hours") -> Document:
    return Document(
        path=path,
        version="0" * 12,
        title=title,
        audience=frozenset({"public"}),
        effective_from=None,
        effective_to=None,
        approved_for_auto=True,
        language="en",
        intent=None,
        owner="",
        review_date=None,
        text=text,
    )


RULE = "The visiting rule of the ward is applied to every visitor on every single day of the week. "


def test_each_heading_begins_a_passage_and_names_it() -> None:
    passages = cut(a_document("Before.\n\n# Hours\n\nWe open at 8.\n\n## Sunday\n\nClosed.\n\n# Fees\n\nNone."))

    assert [(p.number, p.heading, p.text) for p in passages] == [
        (1, "", "Before."),
        (2, "Hours", "We open at 8."),
        (3, "Hours > Sunday", "Closed."),
        (4, "Fees", "None."),
    ]


def test_a_long_section_is_cut_between_sentences() -> None:
    passages = cut(a_document(RULE * 40))

    assert len(passages) > 2
    assert all(len(p.text.split()) <= TARGET_WORDS + 40 for p in passages)
    assert all(p.text.startswith("The visiting") and p.text.endswith("week.") for p in passages)


def test_an_exception_stays_with_its_rule_however_long_the_passage() -> None:
    for count in range(8, 14):
        text = RULE * count + "Except on holidays. Note that children count. " + RULE * 12
        (holder,) = (p for p in cut(a_document(text)) if "Except on holidays." in p.text)
        assert "week. Except on holidays. Note that children count." in holder.text


def test_a_list_item_stays_whole_and_with_its_lead_in() -> None:
    filler = RULE * 10
    item = "- A card with your name. Ask for one at the desk. " + "It takes a few minutes. " * 3
    passages = cut(a_document(f"{filler}Bring these with you:\n{item}\n{item}\n{item}"))

    assert any("Bring these with you:\n- A card" in p.text for p in passages)
    assert all(p.text.count("- A card") == p.text.count("Ask for one") for p in passages)


def test_a_heading_without_words_gives_no_passage() -> None:
    assert cut(a_document("# Alone\n\n## Also alone\n")) == ()


def test_the_indexed_text_says_title_and_heading_once() -> None:
    (passage,) = cut(a_document("# Hours\n\n## Sunday\n\nClosed."))

    assert indexed_text(passage) == "Hours\nSunday\nClosed."
    assert len(text_hash(passage)) == 64


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab. \n-#:E"), max_size=300))
def test_a_passage_is_exactly_the_text_at_its_span(text: str) -> None:
    document = a_document(text)

    for passage in cut(document):
        assert document.text[passage.span.start : passage.span.end] == passage.text
