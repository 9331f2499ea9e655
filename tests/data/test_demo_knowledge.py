import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from vouchsafe.domain.passage import Audience
from vouchsafe.domain.sentences import sentence_spans
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.quality.synth_grammar import load_grammar

ANSWERS = sorted((knowledge_folder() / "answers").rglob("*.md"))
PAGES = sorted(set(knowledge_folder().rglob("*.md")) - set(ANSWERS))
NAMES = [page.relative_to(knowledge_folder()).as_posix() for page in PAGES]
BEHIND_CLOSED_DOORS = {Audience.INTERNAL.value, Audience.CLINICIAN.value}
EXCEPTION = ("Except ", "Unless ", "Note ", "Excepto ", "Nota: ")


def parts(page: Path) -> tuple[dict[str, Any], str]:
    _, front, body = page.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def audience(page: Path) -> set[str]:
    words = parts(page)[0]["audience"]
    return {words} if isinstance(words, str) else set(words)


def split(line: str) -> list[str]:
    return [line[span.start : span.end].strip() for span in sentence_spans(line)]


def sections(body: str) -> list[tuple[str, list[str]]]:
    found = []
    for block in re.split(r"(?m)^## ", body)[1:]:
        heading, _, text = block.partition("\n")
        sentences = [one for line in text.splitlines() for one in split(line)]
        found.append((heading, sentences))
    return found


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_page_has_all_required_metadata(page: Path) -> None:
    front, _ = parts(page)
    assert isinstance(front["title"], str)
    assert audience(page) <= {word.value for word in Audience}
    assert isinstance(front["effective_from"], date)
    assert isinstance(front["review_date"], date)
    assert isinstance(front["approved_for_auto"], bool)
    assert front["language"] in {"en", "es"}
    assert front["owner"]
    assert ("intent" in front) != bool(audience(page) & BEHIND_CLOSED_DOORS)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_page_is_long_enough_to_be_useful_and_has_headings(page: Path) -> None:
    _, body = parts(page)
    assert 110 <= len(body.split()) <= 360
    assert len(sections(body)) >= 3
    assert body.lstrip().startswith("# ")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_sentence_can_be_quoted_alone(page: Path) -> None:
    for heading, sentences in sections(parts(page)[1]):
        for sentence in sentences:
            assert sentence.endswith((".", "!", '."')), sentence
            assert not re.match(r"(It|They|This|These|That|He|She|Then) (is|are|was|were|has|have)\b", sentence), (
                heading
            )
            # "Except on Saturdays, when it costs $5." is half a sentence and says nothing alone.
            assert not re.match(r"(Except|Excepto)\b[^,]*, (which|when|where|cuando)\b[^,]*$", sentence), sentence


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_an_exception_stands_right_behind_its_rule(page: Path) -> None:
    for heading, sentences in sections(parts(page)[1]):
        assert not sentences[0].startswith(EXCEPTION), heading
        for before, after in pairwise(sentences):
            assert not (before.startswith(EXCEPTION) and after.startswith(EXCEPTION)), heading


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_intent_of_a_page_is_one_that_people_ask_about(page: Path) -> None:
    asked = {routine.name for routine in load_grammar().routines}
    front, _ = parts(page)
    assert front.get("intent") is None or front["intent"] in asked


def test_there_are_pages_for_everybody() -> None:
    assert len(PAGES) >= 44
    assert sum(parts(page)[0]["language"] == "es" for page in PAGES) >= 4
    assert sum(audience(page) == {"staff"} for page in PAGES) >= 8
    assert {word for page in PAGES for word in audience(page) if word in BEHIND_CLOSED_DOORS} == BEHIND_CLOSED_DOORS


def test_money_that_only_a_person_may_promise_is_never_a_source_of_automatic_replies() -> None:
    for page in PAGES:
        front, _ = parts(page)
        held = front.get("intent") in {
            "payment_refund",
            "payment_pause",
            "financial_help",
            "complaint_process",
            "records_minor",
        }
        assert front["approved_for_auto"] is not (held or bool(audience(page) & BEHIND_CLOSED_DOORS)), page


def test_the_outdated_parking_page_stands_beside_the_current_one_and_never_at_the_same_time() -> None:
    old, new = (parts(knowledge_folder() / name)[0] for name in ("parking-2025.md", "parking.md"))
    assert old["effective_to"] < new["effective_from"]
    assert "effective_to" not in new
    outdated = [page for page in PAGES if "effective_to" in parts(page)[0]]
    assert [page.name for page in outdated] == ["parking-2025.md"]


def test_old_and_new_prices_differ_so_that_quoting_the_wrong_version_shows() -> None:
    old, new = (parts(knowledge_folder() / name)[1] for name in ("parking-2025.md", "parking.md"))
    assert "costs $2 for each hour" in old
    assert "costs $3 for each hour" in new


def test_every_number_and_address_of_the_demo_is_fictional() -> None:
    for file in demo_folder().rglob("*"):
        if file.suffix not in {".md", ".yaml"}:
            continue
        text = file.read_text(encoding="utf-8")
        for phone in re.findall(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}", text):
            assert re.fullmatch(r"\(555\) 555-01\d\d", phone), (file.name, phone)
        for host in re.findall(r"(?:https?://|[\w.+-]@)([\w-]+(?:\.[\w-]+)+)", text):
            assert host == "127.0.0.1" or host.rstrip(".").endswith(".example"), (file.name, host)


def test_the_folder_reads_as_knowledge_without_a_problem() -> None:
    imported = read_folder(knowledge_folder())
    assert imported.problems == ()
    assert {document.path for document in imported.documents if document.answer is None} == set(NAMES)


def test_there_are_approved_answers_in_both_languages_and_every_fact_fills_a_slot_of_one() -> None:
    answers = [one for one in read_folder(knowledge_folder()).documents if one.answer]
    assert len(answers) == len(ANSWERS) >= 4
    assert {one.language for one in answers} == {"en", "es"}
    used = {slot.name for one in answers if one.answer for slot in one.answer.slots}
    assert used == set(yaml.safe_load((knowledge_folder() / "facts.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: one.name)
def test_an_approved_answer_is_complete_and_can_be_sent_alone(answer: Path) -> None:
    front, body = parts(answer)
    assert front["intent"] in {routine.name for routine in load_grammar().routines}
    assert front["approved_for_auto"] is True
    assert front["owner"]
    assert isinstance(front["review_date"], date)
    assert len(front["questions"]) >= 2
    assert all(sentence.endswith(".") for sentence in split(" ".join(body.split())))
