"""`vouchsafe answer`: the whole pass over a real folder, in the formats of design section 10."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vouchsafe.cli import answer
from vouchsafe.domain.states import Decided, Drafted
from vouchsafe.pipeline.world import World
from vouchsafe.quality.scratch import Scratch, ScratchMessage

HEAD = "---\ntitle: {title}\naudience: public\nlanguage: {language}\napproved_for_auto: true\n---\n"
BILLS = (
    HEAD.format(title="Paying your bill", language="en")
    + "# Paying your bill\n\n## How do I pay my bill online?\n\nYou can pay your bill in the portal under Billing. "
    "Except for payment plans, every bill can be paid there.\n"
)
KEYS = {"id", "ruling", "route", "queue", "tier", "reply", "notice", "citations", "findings", "reasons", "ms"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """One run over all lines: starting the models costs more than the lines do."""
    kb = tmp_path_factory.mktemp("kb")
    (kb / "bills.md").write_text(BILLS, encoding="utf-8")
    lines: list[dict[str, Any]] = [
        {"id": "bill", "text": "Hello, how do I pay my bill online?"},
        {"id": "chest", "text": "My name is Ana Lopez. I have chest pain and cannot breathe."},
        {"id": "unknown", "text": "Do you have a helicopter pad for visitors?"},
        {"id": "hidden", "text": "How do I pay my bill online?", "audience": ["staff"]},
        {"id": "level", "text": "How do I pay my bill online?", "contact": {"level": 7}},
        {"id": "nothing"},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "vouchsafe.cli.main", "answer", "--kb", str(kb), "--on", "2026-03-02"],
        input="\n".join(json.dumps(line) for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in printed] == [line["id"] for line in lines], done.stderr
    return {one["id"]: one for one in printed}, done.returncode


def test_every_answered_line_has_the_keys_of_the_format(answers: tuple[dict[str, Any], int]) -> None:
    lines, code = answers

    for name in ("bill", "chest", "unknown", "hidden"):
        assert set(lines[name]) >= KEYS
    for name in ("level", "nothing"):
        assert set(lines[name]) == {"id", "error"}
    assert code == 1


def test_every_citation_is_the_span_of_its_passage(answers: tuple[dict[str, Any], int]) -> None:
    quoted = answers[0]["bill"]["citations"]

    passage = (
        "You can pay your bill in the portal under Billing. Except for payment plans, every bill can be paid there."
    )
    assert len(quoted) == 2
    for citation in quoted:
        assert citation["document"] == "bills.md"
        assert passage[citation["start"] : citation["end"]] == citation["sentence"]


def test_an_urgent_message_is_escalated_without_an_answer(answers: tuple[dict[str, Any], int]) -> None:
    line = answers[0]["chest"]

    assert (line["route"], line["ruling"]["verdict"], line["tier"]) == ("escalate", "escalated", "page")
    assert line["reply"] is None
    assert line["citations"] == []
    assert line["notice"]


def test_spans_of_findings_are_characters_of_the_input(answers: tuple[dict[str, Any], int]) -> None:
    text = "My name is Ana Lopez. I have chest pain and cannot breathe."

    spans = answers[0]["chest"]["findings"]["clinical"]["spans"]

    assert spans
    assert any("chest pain" in text[span["start"] : span["end"]] for span in spans)


def test_what_has_no_source_and_what_one_may_not_read_look_the_same(answers: tuple[dict[str, Any], int]) -> None:
    for name in ("unknown", "hidden"):
        line = answers[0][name]
        assert (line["route"], line["reply"], line["citations"]) == ("person", None, [])
        assert "there is no answer from an approved source" in line["reasons"]


def test_the_line_that_names_the_sources_is_in_the_reply_and_no_citation(answers: tuple[dict[str, Any], int]) -> None:
    line = answers[0]["bill"]

    assert "Where this comes from:" in line["reply"]
    assert all("Where this" not in one["sentence"] and len(one["sentence"].split()) > 4 for one in line["citations"])


def test_a_whole_pass_is_made_before_the_clock_of_the_first_line_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bills.md").write_text(BILLS, encoding="utf-8")
    passes: list[Decided] = []
    real = Scratch.run

    def run(self: Scratch, message: ScratchMessage, world: World | None = None) -> Decided:
        passes.append(real(self, message, world))
        return passes[-1]

    monkeypatch.setattr(Scratch, "run", run)
    monkeypatch.setattr(answer, "run_batch", lambda _handle, _source: len(passes))

    with pytest.raises(SystemExit) as end:
        answer.answer(kb=tmp_path, on="2026-03-02")

    assert end.value.code == 1
    assert isinstance(passes[0].drafted, Drafted), "the search and the drafter ran too"
