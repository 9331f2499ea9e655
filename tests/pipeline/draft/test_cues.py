"""Which sentences are quoted where a question asks for a price, a time, a place or a way to reach somebody."""

import random
from dataclasses import replace
from datetime import date

import pytest
from tests.pipeline.retrieve.embedding import WordEmbedder

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Passage, Scope
from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.draft.cues import giving
from vouchsafe.pipeline.draft.extractive import chosen_spans
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.testing import builders as a

GARAGE = (
    "Parking is in the garage behind the school. "
    "Parking spaces for bicycles are outside. "
    "Parking is possible from 6:00 to 22:00. "
    "Parking costs $2 an hour. "
    "A lost ticket is replaced at (555) 555-0131."
)
QUESTIONS = (
    ("How much is parking?", "Parking costs $2 an hour."),
    ("Where is parking?", "Parking is in the garage behind the school."),
    ("When is parking possible?", "Parking is possible from 6:00 to 22:00."),
    ("I lost my ticket, what number do I call?", "A lost ticket is replaced at (555) 555-0131."),
)


def quoted(passage: Passage, question: str) -> list[str]:
    return [passage.text[span.start : span.end] for span in chosen_spans(passage, question)]


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_the_sentence_that_gives_what_is_asked_is_quoted_alone(question: str, answer: str) -> None:
    assert quoted(a.passage(GARAGE), question) == [answer]


def test_without_an_amount_on_the_page_a_price_is_answered_by_what_is_shared() -> None:
    page = GARAGE.replace("Parking costs $2 an hour.", "Parking is paid at the machine.")

    assert "Parking is in the garage behind the school." in quoted(a.passage(page), "How much is parking?")


def test_the_price_of_something_else_is_not_quoted_alone() -> None:
    page = GARAGE.replace("Parking costs $2 an hour.", "A locker for bags costs $1 a day.")

    found = quoted(a.passage(page), "How much is parking?")

    assert "A locker for bags costs $1 a day." not in found
    assert found == quoted(
        a.passage(GARAGE.replace("Parking costs $2 an hour.", "Bags go there.")), "How much is parking?"
    )


def test_a_price_that_leans_back_on_what_is_asked_for_is_quoted_with_it() -> None:
    page = GARAGE.replace("Parking costs $2 an hour.", "Guest parking is on level 2. It costs $3 an hour.")

    assert quoted(a.passage(page), "How much is parking?") == ["Guest parking is on level 2.", "It costs $3 an hour."]


def test_an_exception_stays_with_the_price() -> None:
    page = GARAGE.replace("an hour.", "an hour. Except on holidays.")

    assert quoted(a.passage(page), "How much is parking?") == ["Parking costs $2 an hour.", "Except on holidays."]


@pytest.mark.parametrize(
    ("question", "gives"),
    [
        ("¿Cuánto cuesta el estacionamiento?", "El estacionamiento es gratis."),
        ("¿Cuál es la dirección?", "Estamos en la calle Sauce 40."),
        ("¿A qué hora abren?", "Los sábados de 9 a 13."),
        ("¿Cuánto tardan los resultados?", "Tardan dos días hábiles."),
        ("¿A qué teléfono llamo?", "Llame al (555) 555-0159."),
        ("What is your e-mail address?", "Write to help@clinic.example."),
    ],
)
def test_each_kind_is_known_in_both_languages(question: str, gives: str) -> None:
    assert giving(question, [gives, "Traiga su tarjeta. Bring your card."]) == [True, False]


def test_a_question_after_nothing_of_the_sort_prefers_no_sentence() -> None:
    assert not any(giving("Can my sister come with me?", ["It costs $2.", "Open from 6:00.", "(555) 555-0131"]))


def test_no_cue_ever_brings_in_what_the_reader_may_not_see() -> None:
    # The priced page is for staff; the public page on the same thing names no price.
    dice = random.Random(7)
    for _ in range(200):
        texts = [dice.sample(GARAGE.split(". "), k=4) for _ in range(3)]
        documents = [
            replace(a.document(". ".join(text) + "."), path=f"{n}.md", audience=frozenset({group}))
            for n, (text, group) in enumerate(zip(texts, ("public", "staff", "public"), strict=True))
        ]
        index = Index.build(documents, WordEmbedder())
        scope = Scope(frozenset({"public"}), Assurance.ANONYMOUS, date(2026, 3, 2))
        question, _ = dice.choice(QUESTIONS)
        hits = index.search(scope, SafeText(question))
        for hit in hits.hits:
            passage = hit.passage
            assert scope.may_read(passage.document)
            assert set(chosen_spans(passage, question)) <= set(sentence_spans(passage.text))
            assert passage.document.path != "1.md"
