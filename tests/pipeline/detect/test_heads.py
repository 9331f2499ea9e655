"""Heads count only as they were trained: same bytes, same examples, same encoder."""

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from vouchsafe.pipeline.detect.heads import HeadsUnfit, load_heads
from vouchsafe.plugins.embedders.minilm import MiniLm


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may alter."""
    with resources.as_file(resources.files("vouchsafe").joinpath("data/detect")) as shipped:
        for name in ("heads.npz", "manifest.json", "examples.yaml"):
            shutil.copyfile(shipped / name, tmp_path / name)
    return tmp_path


def test_the_shipped_heads_fit_the_shipped_encoder(minilm: MiniLm) -> None:
    heads = load_heads(minilm.ref)

    assert set(heads.by_name) == {"clinical_message", "clinical_sentence", "injection", "dispute", "human", "crisis"}
    assert heads.dead_band == 0.01


def test_an_untouched_copy_loads_with_the_same_digest(copied: Path, minilm: MiniLm) -> None:
    assert load_heads(minilm.ref, copied).digest == load_heads(minilm.ref).digest


def test_altered_weights_are_refused(copied: Path, minilm: MiniLm) -> None:
    content = bytearray((copied / "heads.npz").read_bytes())
    content[500] ^= 1
    (copied / "heads.npz").write_bytes(content)

    with pytest.raises(HeadsUnfit, match=r"heads\.npz"):
        load_heads(minilm.ref, copied)


def test_examples_changed_after_training_are_refused(copied: Path, minilm: MiniLm) -> None:
    with (copied / "examples.yaml").open("a", encoding="utf-8") as lines:
        lines.write("  - one more\n")

    with pytest.raises(HeadsUnfit, match=r"examples\.yaml"):
        load_heads(minilm.ref, copied)


def test_another_threshold_is_another_digest(copied: Path, minilm: MiniLm) -> None:
    manifest = json.loads((copied / "manifest.json").read_text(encoding="ascii"))
    manifest["heads"]["crisis"]["threshold"] = 0.9
    (copied / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")

    heads = load_heads(minilm.ref, copied)

    assert heads.by_name["crisis"].threshold == 0.9
    assert heads.digest != load_heads(minilm.ref).digest


def test_the_two_thresholds_of_the_message_head_stand_in_order(minilm: MiniLm) -> None:
    head = load_heads(minilm.ref).by_name["clinical_message"]

    assert 0 < head.threshold < head.firm < 1


def test_the_manifest_says_that_training_rows_were_redacted_and_what_each_source_showed() -> None:
    text = resources.files("vouchsafe").joinpath("data/detect/manifest.json").read_text(encoding="ascii")
    manifest = json.loads(text)

    assert manifest["redacted"] is True
    outside = manifest["leave_one_source_out"]["clinical_message"][0]
    assert outside["source"] == "all outside"
    assert outside["found_caution"] >= 0.995


def test_clinical_words_score_over_routine_ones(minilm: MiniLm) -> None:
    head = load_heads(minilm.ref).by_name["clinical_message"]

    clinical, routine = head.scores(minilm.embed(["Is my rash a side effect of the pills?", "When do you open?"]))

    assert clinical > head.threshold > routine
    assert np.array_equal(np.round([clinical, routine], 4), [clinical, routine])


def test_the_nearest_examples_of_a_kind_come_nearest_first(minilm: MiniLm) -> None:
    heads = load_heads(minilm.ref)

    near = heads.nearest("crisis", minilm.embed(["I do not see why I should keep living"])[0])

    assert near[0].example == "I do not see why I should keep living"
    assert near[0].cosine >= near[1].cosine
