"""A base's own threshold: set on questions whose documents were taken away, and measured across documents."""

import random
from datetime import date, timedelta

import pytest
from tests.pipeline.retrieve.embedding import WordEmbedder

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.retrieve.calibration import FEATURES, parse, shipped
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.pipeline.retrieve.own_calibration import OwnQuestion, TooFewQuestions, calibrated
from vouchsafe.testing import builders as a

DAY = date(2026, 3, 2)
SAYS = {
    "parking": "The garage costs four dollars. Cars stay until midnight.",
    "records": "Copies of charts take five days. Paper is mailed home.",
    "visits": "Families come from noon. Children wear badges upstairs.",
    "billing": "Invoices arrive monthly. Instalments are agreed by telephone.",
    "meals": "Breakfast is served warm. Diets are noted on admission.",
    "lockers": "Valuables lie behind keys. Lost keys are replaced.",
    "library": "Books are lent for weeks. Magazines stay downstairs.",
    "chapel": "Services begin on Sundays. Candles burn all night.",
    "pharmacy": "Prescriptions wait at counter six. Refills need signatures.",
    "shuttle": "Buses leave each half hour. Wheelchairs board first.",
}
DOCUMENTS = tuple(a.document(text, path=f"{name}.md", title=name) for name, text in SAYS.items())
QUESTIONS = tuple(
    OwnQuestion(SafeText(sentence.replace(".", "?")), f"{name}.md")
    for name, text in SAYS.items()
    for sentence in text.split(". ")
)


def test_questions_without_their_document_are_refused_and_others_pass() -> None:
    own = calibrated(DOCUMENTS, WordEmbedder(), QUESTIONS, refuse=0.9, on=DAY)

    assert (own.questions, own.topics, own.wanted) == (20, 10, 0.9)
    assert own.refused >= 0.8
    assert own.answered >= 0.8


def test_the_threshold_is_used_by_a_search() -> None:
    own = calibrated(DOCUMENTS, WordEmbedder(), QUESTIONS, on=DAY)
    reader = Scope(frozenset({"public"}), Assurance.ANONYMOUS, DAY)
    without = [one for one in DOCUMENTS if one.path != "parking.md"]
    query = SafeText("The garage costs how many dollars?")

    there = Index.build(DOCUMENTS, WordEmbedder(), calibration=own.calibration).search(reader, query)
    gone = Index.build(without, WordEmbedder(), calibration=own.calibration).search(reader, query)

    assert not there.abstain
    assert gone.abstain


def test_only_the_threshold_is_its_own_and_the_file_reads_back() -> None:
    own = calibrated(DOCUMENTS, WordEmbedder(), QUESTIONS, on=DAY)

    again = parse(own.to_bytes())

    assert again == own.calibration
    assert (again.weights, again.intercept) == (shipped().weights, shipped().intercept)
    assert again.digest != shipped().digest
    assert len(again.weights) == len(FEATURES)


def test_a_higher_wish_gives_a_higher_threshold() -> None:
    low, high = (calibrated(DOCUMENTS, WordEmbedder(), QUESTIONS, refuse=share, on=DAY) for share in (0.2, 0.99))

    assert low.calibration.threshold < high.calibration.threshold
    assert low.answered >= high.answered


def test_the_order_of_documents_and_questions_changes_nothing() -> None:
    mixed, asked = list(DOCUMENTS), list(QUESTIONS)
    random.Random(3).shuffle(mixed)
    random.Random(4).shuffle(asked)

    assert calibrated(mixed, WordEmbedder(), asked, on=DAY) == calibrated(DOCUMENTS, WordEmbedder(), QUESTIONS, on=DAY)


@pytest.mark.parametrize("questions", [QUESTIONS[:19], QUESTIONS[:8] * 3, ()])
def test_few_questions_or_few_documents_give_no_threshold(questions: tuple[OwnQuestion, ...]) -> None:
    with pytest.raises(TooFewQuestions):
        calibrated(DOCUMENTS, WordEmbedder(), questions, on=DAY)


def test_questions_about_what_is_not_in_force_do_not_count() -> None:
    over = [a.document(one.text, path=one.path, effective_to=DAY - timedelta(days=1)) for one in DOCUMENTS]

    with pytest.raises(TooFewQuestions, match="0 questions about 0 documents"):
        calibrated(over, WordEmbedder(), QUESTIONS, on=DAY)
