"""One clinic with the demo's pages, and an application on it."""

from functools import cache
from pathlib import Path

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.installing import publish
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.settings import Settings
from vouchsafe.store import knowledge


@cache
def _loaded() -> tuple[MiniLm, Redactor]:
    """The models, loaded once a process as in an installation; what they remember is a vector or a hit for a text."""
    return MiniLm(), Redactor(SpacyMd())


@pytest.fixture
def app(clinic: Clinic, tmp_path: Path) -> App:
    settings = Settings(data_dir=tmp_path, domain="clinic.example")
    opened = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    opened.embedder, opened.redactor = _loaded()
    publish(opened, clinic.workspace, "patient", read_folder(knowledge_folder()).documents)
    ref = opened.embedder.ref
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), ref)
    with clinic.store(clinic.workspace) as work:
        knowledge.keep_vectors(work.context, ref, shipped)
    return opened
