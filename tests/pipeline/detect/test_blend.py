"""Blended heads: checked against their manifest, refused where they do not fit, and only ever adding risk."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from vouchsafe.domain.finding import ClinicalClass, Findings, Tier, Vulnerability, tier_of
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.detect.blend import NEEDS_PERSON, load_blend
from vouchsafe.pipeline.detect.heads import HeadsUnfit
from vouchsafe.plugins.embedders.minilm import MiniLm

DATA = Path(__file__).parents[3] / "src" / "vouchsafe" / "data" / "detect"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("blend.json", "blend.npz"):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def test_there_is_a_head_for_every_label(minilm: MiniLm) -> None:
    blend = load_blend(minilm.ref)

    kinds = {kind.value for kind in Vulnerability}
    assert set(blend.labels) >= kinds | {"clinical", "emergent", "crisis", "threat", "outage", NEEDS_PERSON}
    assert all(0 < limit.threshold <= limit.sentence < 1 for limit in blend.limits.values())


def test_altered_weights_are_refused(folder: Path, minilm: MiniLm) -> None:
    (folder / "blend.npz").write_bytes((folder / "blend.npz").read_bytes() + b"x")

    with pytest.raises(HeadsUnfit, match="is not the file"):
        load_blend(minilm.ref, folder)


def test_another_encoder_is_refused(folder: Path) -> None:
    with pytest.raises(HeadsUnfit, match="were trained on"):
        load_blend("other@1", folder)


def test_a_manifest_of_other_weights_is_refused(folder: Path, minilm: MiniLm) -> None:
    manifest = json.loads((folder / "blend.json").read_text(encoding="ascii"))
    (folder / "blend.json").write_text(json.dumps(manifest | {"sha256": "0" * 64}), encoding="ascii")

    with pytest.raises(HeadsUnfit):
        load_blend(minilm.ref, folder)


def test_a_text_scores_the_same_alone_and_among_others(minilm: MiniLm) -> None:
    blend = load_blend(minilm.ref)
    texts = ["where do I park", "I want to end my life"]
    vectors = minilm.embed(texts)

    together = blend.scores(texts, vectors)
    alone = blend.scores(texts[1:], vectors[1:])

    assert all(np.array_equal(together[label][1:], alone[label]) for label in blend.labels)


MEANT = [
    ("my boyfriend grabbed my throat until everything went dark", "safeguarding"),
    ("med dispensing cabinet on our unit will not unlock for anyone", "outage"),
    ("my kid only speaks Tigrinya and so do I, is there somebody", "language"),
    ("crushing weight on my breastbone and cold sweat since an hour", "emergent"),
]


@pytest.mark.parametrize(("text", "label"), MEANT)
def test_heads_find_what_no_rule_names(patient_desk: Detectors, text: str, label: str) -> None:
    findings = patient_desk.detect([text])

    found = {
        "safeguarding": findings.has(Vulnerability.SAFEGUARDING),
        "outage": findings.outage.flag,
        "language": findings.has(Vulnerability.LANGUAGE),
        "emergent": findings.emergent,
    }
    assert found[label]


def test_an_emergency_by_its_head_is_clinical_and_paged(patient_desk: Detectors) -> None:
    findings = patient_desk.detect(["her ribs suck in with each breath and her lips look dusky"])

    assert findings.clinical.flag
    assert ClinicalClass.URGENT in findings.clinical_classes
    assert tier_of(findings) is Tier.PAGE


@pytest.mark.parametrize("before", ["What are your visiting hours? ", "Thanks for the lovely flowers. "])
def test_routine_words_before_it_do_not_hide_a_risk(patient_desk: Detectors, before: str) -> None:
    findings = patient_desk.detect([f"{before}My boyfriend squeezed my neck until I saw stars."])

    assert findings.has(Vulnerability.SAFEGUARDING)


def test_reasons_name_the_head_its_score_and_the_sentence(patient_desk: Detectors) -> None:
    text = "Where can I park on Tuesday? My boyfriend squeezed my neck until I saw stars."

    findings: Findings = patient_desk.detect([text])

    signal = dict(findings.vulnerability)[Vulnerability.SAFEGUARDING]
    alone = [reason for reason in signal.reasons if reason.by == "head.blend_safeguarding" and reason.span]
    assert [text[reason.span.start : reason.span.end] for reason in alone if reason.span] == [
        "My boyfriend squeezed my neck until I saw stars."
    ]
    assert all((reason.score or 0) >= (reason.threshold or 1) - 0.01 for reason in alone)


def test_a_blend_that_breaks_sends_the_case_to_a_person(
    patient_desk: Detectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise RuntimeError

    monkeypatch.setattr("vouchsafe.pipeline.detect.blend.Blend.scores", broken)

    findings = patient_desk.detect(["I want to kill myself"])

    assert "blend" in findings.failed
    assert findings.crisis.flag


PAGED = (
    "he hits me where it does not show",
    "she took all of her pills an hour ago",
    "I can't breathe and my lips are blue",
    "I'm coming down there with my gun",
    "none of us can open a chart and meds are late",
)
ROUTINE = ("How do I pay my bill?", "What are your opening hours?", "Where can I park and what does it cost?")


@pytest.mark.parametrize("paged", PAGED)
@pytest.mark.parametrize("routine", ROUTINE)
def test_no_routine_question_takes_a_page_away(patient_desk: Detectors, paged: str, routine: str) -> None:
    for text in (f"{routine} {paged}", f"{paged}. {routine}", f"Hello,\n\n{routine}\n{paged}\n\nThanks"):
        assert tier_of(patient_desk.detect([text])) is Tier.PAGE, text
