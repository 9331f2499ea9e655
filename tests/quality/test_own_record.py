"""The record made from a message's own labels: in a record's format, and only what a record would hold."""

import pytest

from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.quality.labelled import LabelledText, unmarked
from vouchsafe.quality.own_record import own_record
from vouchsafe.quality.redaction_score import rates, score


def row(marked: str) -> LabelledText:
    text, spans = unmarked(marked)
    return LabelledText("a", "g", text, spans)


@pytest.mark.parametrize(
    ("mark", "field", "value"),
    [
        ("{{NAME:Zebulon Quixote}}", "names", "Zebulon Quixote"),
        ("{{NAME:Rose}}", "names", "Rose"),
        ("{{EMAIL:Zeb.Q@Example.org}}", "emails", "zeb.q@example.org"),
        ("{{PHONE:(555) 010-0144}}", "phones", "5550100144"),
        ("{{DATE:April 5, 1961}}", "dates", "1961-04-05"),
        ("{{DATE:4/5/61}}", "dates", "1961-04-05"),
        ("{{MRN:ab-12 345}}", "ids", "AB12345"),
        ("{{LOCATION:12 Oak Street}}", "addresses", "12 Oak Street"),
    ],
)
def test_a_value_stands_in_the_format_of_a_record(mark: str, field: str, value: str) -> None:
    held = own_record(row(f"it is {mark}"))

    assert getattr(held.record, field) == (value,)
    assert held.row.spans == row(f"it is {mark}").spans


@pytest.mark.parametrize(
    "mark",
    [
        "{{NAME:J}}",
        "{{NAME:z e b}}",
        "{{EMAIL:zeb at example dot org}}",
        "{{PHONE:five five five oh one}}",
        "{{PHONE:x12}}",
        "{{DATE:July 4th}}",
        "{{DATE:31 February 1961}}",
        "{{DATE:1961-04-05 12:20:39}}",
        "{{NAME:Team}}",
        "{{NAME:Mr.}}",
        "{{LOCATION:address}}",
        "{{MRN:four two}}",
        "{{CREDENTIAL:hunter2hunter2}}",
        "{{URL:https://example.org/zeb}}",
    ],
)
def test_what_no_record_holds_is_neither_looked_for_nor_scored(mark: str) -> None:
    held = own_record(row(f"it is {mark}"))

    assert held.record == type(held.record)()
    assert [label for _, _, label in held.row.spans] == ["OTHER"]


def test_what_the_record_holds_is_found_in_the_format_of_the_message() -> None:
    held = own_record(row("{{NAME:zebulon quixote}}, born {{DATE:4/5/61}}, code {{MRN:qx-77 12}}"))
    redactor = Redactor(None, tagger=None)

    def leak(*known: object) -> float:
        part = redactor.redact([held.row.text], known=known).parts[0]  # type: ignore[arg-type]  # records or none
        return rates([score(held.row, [(one.span.start, one.span.end) for one in part.found])])["leak"].share

    assert leak(held.record) == 0.0 < leak()
