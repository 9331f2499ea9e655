"""Batch commands answer line by line and survive bad lines."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_texts, run_batch
from vouchsafe.governance.pack_copies import OwnWords, write_copy
from vouchsafe.quality.synth_demo import knowledge_folder


def shout(line: Line) -> Line:
    return {"id": line["id"], "text": need_text(line, "text").upper()}


def answers(capsysbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_lines_are_answered_in_order(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "a"}\n\n{"id": "two", "text": "b"}\n', encoding="utf-8")

    assert run_batch(shout, source) == 0
    assert answers(capsysbinary) == [{"id": 1, "text": "A"}, {"id": "two", "text": "B"}]


@pytest.mark.parametrize(
    ("bad", "identity"),
    [
        ("{", None),
        ("[1]", None),
        ('{"text": "no id"}', None),
        ('{"id": 7}', 7),
        ('{"id": 7, "text": ["x"]}', 7),
    ],
)
def test_a_bad_line_is_answered_in_its_place_and_the_rest_goes_on(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], bad: str, identity: object
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(f'{bad}\n{{"id": 2, "text": "b"}}\n', encoding="utf-8")

    assert run_batch(shout, source) == 1
    first, second = answers(capsysbinary)
    assert first["id"] == identity
    assert first["error"]
    assert second == {"id": 2, "text": "B"}


def test_an_unforeseen_error_names_its_class_and_quotes_nothing(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def broken(line: Line) -> Line:
        raise RuntimeError(f"could not read {line['text']}")

    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "Mary Jones"}\n', encoding="utf-8")

    assert run_batch(broken, source) == 1
    assert answers(capsysbinary) == [{"id": 1, "error": "failed: RuntimeError"}]


def test_lone_surrogates_pass_through(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "a\\ud800"}\n', encoding="utf-8")

    assert run_batch(shout, source) == 0
    assert answers(capsysbinary) == [{"id": 1, "text": "A\ud800"}]


def test_standard_input_is_read_when_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 1, "text": "a"}\n')))

    assert run_batch(shout, None) == 0
    assert answers(capsysbinary) == [{"id": 1, "text": "A"}]


def test_a_list_with_something_else_than_texts_is_refused() -> None:
    with pytest.raises(BadLine):
        optional_texts({"names": ["Mary", 3]}, "names")


COMMANDS = {
    "redact": (),
    "detect": (),
    "support": (),
    "search": ("--kb", str(knowledge_folder())),
    "answer": ("--kb", str(knowledge_folder())),
}


def run(command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "vouchsafe.cli.main", command, *arguments],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["redact", "support", "detect"])
def test_an_input_file_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path, command: str) -> None:
    done = run(command, str(tmp_path / "gone.jsonl"), *COMMANDS[command])

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "gone.jsonl: no such file or directory; name a file of JSON Lines" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_batch_command_takes_a_desk_and_refuses_one_that_is_not_sound(tmp_path: Path, command: str) -> None:
    pack = tmp_path / "desk.yaml"
    pack.write_text("name: patient\nzone: Sussex\n", encoding="utf-8")

    refused = run(command, *COMMANDS[command], "--desk", str(pack))

    assert refused.returncode == 2
    assert "policy pack refused" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", ["redact", "support"])
def test_the_desk_may_be_a_shipped_one_or_a_folder(tmp_path: Path, command: str) -> None:
    write_copy("patient", tmp_path / "own", OwnWords("Saint Ada's", "020 7946 0123"))

    assert run(command, "--desk", "it").returncode == 0
    assert run(command, "--desk", str(tmp_path / "own")).returncode == 0


@pytest.mark.parametrize("command", ["search", "answer"])
def test_a_knowledge_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path, command: str) -> None:
    done = run(command, "--kb", str(tmp_path / "gone"))

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
