"""Approved answers in a folder and in JSON Lines: filled when read, versioned by what is sent, refused line by line."""

import json
from pathlib import Path

import pytest

from vouchsafe.domain.facts import SlotType
from vouchsafe.domain.passage import Document
from vouchsafe.pipeline.retrieve.passages import cut, indexed_text
from vouchsafe.plugins.knowledge.folder import Imported, read_folder
from vouchsafe.plugins.knowledge.jsonl import read_jsonl

FRONT = (
    "kind: approved_answer\ntitle: Price of parking\naudience: public\nlanguage: en\nintent: parking\n"
    "approved_by: facilities\napproved_for_auto: true\nquestions:\n  - How much is parking?\n"
)
BODY = "Parking costs {parking_hour} for each hour. Call {clinic_phone}."
FACTS = "parking_hour: {type: price, value: $3}\nclinic_phone: {type: phone, value: (555) 555-0100}\n"


def written(root: Path, body: str = BODY, front: str = FRONT, facts: str | None = FACTS) -> Imported:
    (root / "parking.md").write_text(f"---\n{front}---\n{body}\n", encoding="utf-8")
    if facts is not None:
        (root / "facts.yaml").write_text(facts, encoding="utf-8")
    return read_folder(root)


def only(imported: Imported) -> Document:
    assert imported.problems == ()
    (document,) = imported.documents
    return document


def says(imported: Imported) -> dict[str, str]:
    return {one.path: one.says for one in imported.problems}


def test_a_file_of_this_kind_is_read_with_its_slots_filled(tmp_path: Path) -> None:
    document = only(written(tmp_path))

    assert document.text == "Parking costs $3 for each hour. Call (555) 555-0100."
    assert document.answer is not None
    assert (document.answer.approved_by, document.answer.questions) == ("facilities", ("How much is parking?",))
    assert [(one.name, one.type) for one in document.answer.slots] == [
        ("parking_hour", SlotType.PRICE),
        ("clinic_phone", SlotType.PHONE),
    ]
    assert document.approved_for_auto


def test_a_page_is_no_approved_answer_and_its_braces_are_its_own(tmp_path: Path) -> None:
    document = only(written(tmp_path, front="audience: public\nkind: page\n"))

    assert document.answer is None
    assert "{parking_hour}" in document.text


def test_a_value_that_changes_makes_another_version_and_the_same_value_the_same(tmp_path: Path) -> None:
    first = only(written(tmp_path))

    assert only(written(tmp_path)).version == first.version
    assert only(written(tmp_path, facts=FACTS + "unused: {type: text, value: x}\n")).version == first.version
    assert only(written(tmp_path, facts=FACTS.replace("$3", "$4"))).version != first.version


@pytest.mark.parametrize(
    ("old", "new"), [("facilities", "somebody else"), ("How much is", "What does it cost,"), ("parking_hour", "other")]
)
def test_another_signature_question_or_slot_makes_another_version(tmp_path: Path, old: str, new: str) -> None:
    first = only(written(tmp_path))
    facts = FACTS + "other: {type: price, value: $3}\n"

    other = only(written(tmp_path, BODY.replace(old, new), FRONT.replace(old, new), facts))

    assert other.version != first.version


def test_an_unknown_slot_or_a_bad_value_refuses_the_answer_by_name_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "fees.md").write_text("---\naudience: public\n---\nA copy costs $5.\n", encoding="utf-8")

    hostile = written(tmp_path, "Write to {patient_name}.")
    assert [one.path for one in hostile.documents] == ["fees.md"]
    assert "unknown slot {patient_name}" in says(hostile)["parking.md"]

    ill_typed = written(tmp_path, facts=FACTS.replace("$3", "three"))
    assert [one.path for one in ill_typed.documents] == ["fees.md"]
    assert says(ill_typed)["facts.yaml"].startswith("parking_hour: not a price")
    assert "{parking_hour} cannot be filled" in says(ill_typed)["parking.md"]
    assert "three" not in "".join(says(ill_typed).values())

    (tmp_path / "facts.yaml").unlink()
    assert "unknown slot {parking_hour}" in says(written(tmp_path, facts=None))["parking.md"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ("- a list", "must be `key: value` lines"),
        ("a: [", "not valid YAML"),
        (FACTS + "clinic_phone: {type: phone, value: (555) 555-0199}\n", "clinic_phone stands twice"),
        (FACTS + '"clinic_phone": {type: phone, value: (555) 555-0199}\n', "clinic_phone stands twice"),
        ("parking_hour: {type: price, value: $3, value: $4}\n", "value stands twice"),
        ("parking_hour: $3\n", "needs a type and a value"),
        ("parking_hour: {type: price, value: $3, from: message}\n", "needs a type and a value"),
    ],
)
def test_facts_that_cannot_be_read_refuse_the_answers_that_need_them(tmp_path: Path, facts: str, why: str) -> None:
    imported = written(tmp_path, facts=facts)

    assert imported.documents == ()
    assert why in says(imported)["facts.yaml"]
    assert "parking.md" in says(imported)


@pytest.mark.parametrize("value", ["7:30", "0300", "0117", "1_000", "1.50", "no", "on", "0x1F", "2026-01-31", "null"])
def test_a_value_without_quotes_is_sent_as_it_is_written(tmp_path: Path, value: str) -> None:
    facts = f"said: {{type: text, value: {value}}}\n"

    document = only(written(tmp_path, "Say {said} at the desk.", facts=facts))

    assert document.text == f"Say {value} at the desk."


def test_a_short_telephone_number_keeps_its_first_zero(tmp_path: Path) -> None:
    facts = "line: {type: phone, value: 0300}\n"

    assert only(written(tmp_path, "Call {line}.", facts=facts)).text == "Call 0300."


def test_front_matter_that_says_a_thing_twice_is_refused_by_name(tmp_path: Path) -> None:
    imported = written(tmp_path, front=FRONT + "approved_for_auto: false\n")

    assert imported.documents == ()
    assert says(imported)["parking.md"].startswith("approved_for_auto stands twice")


def test_facts_outside_of_the_folder_are_not_read(tmp_path: Path) -> None:
    outside, inside = tmp_path / "facts.yaml", tmp_path / "kb"
    outside.write_text(FACTS, encoding="utf-8")
    inside.mkdir()
    (inside / "facts.yaml").symlink_to(outside)

    assert "leads out of the folder" in says(written(inside, facts=None))["facts.yaml"]


@pytest.mark.parametrize(
    ("front", "why"),
    [
        (FRONT.replace("approved_answer", "aproved_answer"), "unknown kind"),
        (FRONT.replace("approved_by: facilities\n", ""), "who signed it off"),
        (FRONT.replace("title: Price of parking\n", ""), "needs a `title`"),
        (FRONT.replace("  - How much is parking?\n", "  - {a: b}\n"), "questions must be a list"),
    ],
)
def test_what_the_front_matter_lacks_is_said(tmp_path: Path, front: str, why: str) -> None:
    assert why in says(written(tmp_path, front=front))["parking.md"]


def test_a_web_page_or_a_table_never_becomes_an_approved_answer(tmp_path: Path) -> None:
    meta = "".join(f"<meta name='{key}' content='x'>" for key in ("approved_by", "questions"))
    kind = "<meta name='kind' content='approved_answer'><meta name='audience' content='public'>"
    (tmp_path / "a.html").write_text(f"<html><head>{kind}{meta}</head><body><p>Free parking.</p>", encoding="utf-8")
    table = "question,answer,audience,kind,approved_by\nHow?,So.,public,approved_answer,me\n"
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")

    imported = read_folder(tmp_path)

    assert imported.documents == ()
    assert all("a Markdown or text file" in one.says for one in imported.problems)


def test_json_lines_hold_them_too_with_the_facts_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    row = {
        "path": "parking.md",
        "text": BODY,
        "kind": "approved_answer",
        "title": "Price of parking",
        "audience": ["public"],
        "approved_by": "facilities",
        "questions": ["How much is parking?"],
    }
    lines = [row, {**row, "path": "two.md", "text": "Call {nobody}."}, {**row, "path": "three.md", "format": "html"}]
    (tmp_path / "export.jsonl").write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")

    imported = read_jsonl(tmp_path / "export.jsonl")

    assert [one.text for one in imported.documents] == ["Parking costs $3 for each hour. Call (555) 555-0100."]
    assert "unknown slot {nobody}" in says(imported)["line 2"]
    assert "line 3" in says(imported)


def test_it_is_one_passage_and_its_example_questions_are_searched_and_never_sent(tmp_path: Path) -> None:
    (passage,) = cut(only(written(tmp_path)))

    assert passage.text == "Parking costs $3 for each hour. Call (555) 555-0100."
    assert indexed_text(passage) == f"Price of parking\nHow much is parking?\n{passage.text}"
