"""Copies of the files that models are made of, changed by one byte and put in the place of the sound ones."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest

from vouchsafe.governance import weights
from vouchsafe.pipeline.detect import heads
from vouchsafe.pipeline.redact import tagger
from vouchsafe.plugins.ner.spacy_md import finder

OF_CARRIERS = {"encoder": "embedder", "tokenizer": "tokenizer", "ner": "ner"}
KINDS = (*OF_CARRIERS, "heads", "words", "tagger")


@contextmanager
def altered(kind: str, folder: Path) -> Iterator[None]:
    """While it lasts, whoever opens the files of this kind for the first time finds one byte of them changed."""
    with pytest.MonkeyPatch.context() as patch:
        if kind in OF_CARRIERS:
            role = weights.weights_of(OF_CARRIERS[kind])
            sound = weights._installed
            for file in role.files:
                _copied(sound(role) / file.path, folder / file.path)
            _flip(folder / max(role.files, key=lambda one: one.size).path)
            patch.setattr(weights, "_installed", lambda one: folder if one.role == role.role else sound(one))
        else:
            here = "redact" if kind == "tagger" else "detect"
            with resources.as_file(resources.files("vouchsafe") / "data" / here) as shipped:
                shutil.copytree(shipped, folder / "data" / here)
            _flip(
                folder
                / "data"
                / here
                / {"heads": "heads.onnx", "words": "words.npz", "tagger": "tagger.crfsuite"}[kind]
            )
            module = tagger if kind == "tagger" else heads
            patch.setattr(module, "resources", SimpleNamespace(files=lambda _: folder))
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    """As in a process that has opened nothing yet."""
    for opened in (weights._opened, heads._checked, tagger._loaded, finder._load):
        opened.cache_clear()


def _copied(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
