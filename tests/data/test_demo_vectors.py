"""The vectors shipped with the demo belong to its pages as they are."""

from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.pipeline.retrieve.passages import cut, text_hash
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder


def test_every_passage_of_the_demo_has_its_vector() -> None:
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), MiniLm().ref)
    passages = [one for document in read_folder(knowledge_folder()).documents for one in cut(document)]

    missing = [one.name for one in passages if text_hash(one) not in shipped]

    assert missing == [], "run training/demo/vectors.py"
