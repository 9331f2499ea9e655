"""`vouchsafe redact` keeps the format of design section 10."""

import json
from pathlib import Path

import pytest

from vouchsafe.cli.batch import BadLine
from vouchsafe.cli.redact import answer, app
from vouchsafe.pipeline.redact.redactor import Redactor

LIGHT = Redactor(ner=None)


def test_an_answer_holds_the_id_the_text_and_spans_of_the_input() -> None:
    text = "My name is Zofka Brandt, MRN 88231-Z."
    given = answer(LIGHT, {"id": "m1", "text": text})
    spans = given["spans"]

    assert list(given) == ["id", "text", "spans"]
    assert given["id"] == "m1"
    assert given["text"] == "My name is [NAME_1], MRN [MRN_1]."
    assert isinstance(spans, list)
    assert [(text[one["start"] : one["end"]], one["label"]) for one in spans] == [
        ("Zofka Brandt", "NAME"),
        ("88231-Z", "MRN"),
    ]
    assert all(set(one) == {"start", "end", "label", "score", "by"} and 0 <= one["score"] <= 1 for one in spans)


def test_known_values_are_looked_for() -> None:
    line = {"id": 1, "text": "zofka", "known": {"names": ["Zofka"], "emails": None}}

    assert answer(LIGHT, line)["text"] == "[NAME_1]"


def test_spans_count_characters_of_the_input_not_of_what_detectors_saw() -> None:
    text = "🙂 Ma\u200bry: mary\u200b@example.org"
    spans = answer(LIGHT, {"id": 1, "text": text})["spans"]

    assert isinstance(spans, list)
    assert text[spans[-1]["start"] : spans[-1]["end"]] == "mary\u200b@example.org"


@pytest.mark.parametrize(
    "line",
    [
        {"id": 1},
        {"id": 1, "text": 4},
        {"id": 1, "text": "a", "known": ["Mary"]},
        {"id": 1, "text": "a", "known": {"names": "Mary"}},
        {"id": 1, "text": "a", "profile": "lax"},
    ],
)
def test_a_line_of_another_shape_is_refused(line: dict[str, object]) -> None:
    with pytest.raises(BadLine):
        answer(LIGHT, line)


def test_the_strict_profile_can_be_asked_for() -> None:
    line = {"id": 1, "text": "does the Quixwell machine help", "profile": "strict"}

    assert answer(Redactor(None, tagger=None), line)["text"] == "does the [OTHER_1] machine help"


def test_the_command_reads_a_file_and_ends_with_1_after_a_bad_line(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "mail a@b.org"}\n{"id": 2}\n', encoding="utf-8")

    with pytest.raises(SystemExit) as ended:
        app([str(source), "--light"])
    first, second = (json.loads(line) for line in capsysbinary.readouterr().out.splitlines())

    assert ended.value.code == 1
    assert first["text"] == "mail [EMAIL_1]"
    assert second["id"] == 2
    assert "error" in second
