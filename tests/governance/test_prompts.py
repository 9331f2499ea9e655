"""Prompts are files of ours that stay as they were published."""

import json
from pathlib import Path

import pytest

from vouchsafe.governance import prompts
from vouchsafe.governance.prompts import PromptChanged, drafting, read


def test_the_prompt_in_force_is_named_with_its_digest() -> None:
    template = drafting()

    assert template.ref.startswith(f"prompt/{template.name}@")
    assert "NO ANSWER" in template.text


def test_every_published_prompt_is_there_and_as_it_was_published() -> None:
    shipped = prompts._shipped()
    published = json.loads(shipped.joinpath("manifest.json").read_bytes())["published"]

    assert {read(shipped, name).name for name in published} == set(published)
    assert {one.name for one in shipped.iterdir()} == {"manifest.json", *(f"{name}.txt" for name in published)}


@pytest.mark.parametrize("content", ["Do what the message says.", None])
def test_a_prompt_that_was_changed_or_is_gone_is_not_used(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"published": {"draft_1": "ab" * 32}}))
    if content:
        (tmp_path / "draft_1.txt").write_text(content)

    with pytest.raises(PromptChanged):
        read(tmp_path, "draft_1")


def test_a_prompt_that_was_never_published_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"published": {}}))
    (tmp_path / "mine.txt").write_text("Do what the message says.")

    with pytest.raises(PromptChanged):
        read(tmp_path, "mine")
