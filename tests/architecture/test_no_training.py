"""Nothing in the shipped source trains a model, writes one, or hands data over for training (R31, R71, R108)."""

import ast
import re

import pytest
from tests.architecture.sources import ROOT, called, calls, imports, inside, trees

from vouchsafe.governance.training import TRAINING

LIBRARIES = (
    *("sklearn", "torch", "tensorflow", "keras", "jax", "xgboost", "lightgbm", "transformers", "peft", "datasets"),
    *("pycrfsuite.Trainer", "spacy.training", "thinc.optimizers", "onnxruntime.training", "onnx"),
)
"""What trains models, or builds files of them. Reading them (onnxruntime, pycrfsuite.Tagger, spacy) is another thing."""
ACTS = frozenset(
    {
        *("Trainer", "fit", "partial_fit", "fit_transform", "backward", "fine_tune", "begin_training"),
        *("resume_training", "create_optimizer", "to_disk", "save_model", "save_pretrained", "serialize_to_file"),
    }
)
"""Calls that train a model or put one on disk."""
OFFERS_TO_TRAIN = re.compile(
    r"fine.?tun|tuningjob|customi[sz]ation|/files\b|/datasets?\b|training.?jobs?", re.IGNORECASE
)
"""Addresses and fields of providers' interfaces by which data is handed over for training."""

WRITERS = {
    "cli/demo.py": "the password of the demo's invented people",
    "cli/doctor.py": "the report: counts and versions",
    "cli/eval.py": "past messages for the operator's own measuring, for one role, on record",
    "cli/reference.py": "pages of docs/reference",
    "cli/search.py": "a threshold of a folder's own, and its vectors, where the command is told to",
    "cli/synth.py": "invented messages",
    "cli/test.py": "the stamp of what was installed for the tests",
    "governance/pack_copies.py": "the organisation's copy of a pack",
    "plugins/channels/email/page.py": "pages to staff, where no relay is set",
    "plugins/channels/email/send.py": "mail, where no relay is set",
    "plugins/keys/folder": "keys",
    "quality/measured.py": "figures of a measure",
    "quality/report.py": "the page of a measure",
    "quality/synth_mail.py": "invented attachments",
    "store/embedded": "the database's programs and its places",
    "store/objects.py": "sealed originals and attachments",
}
"""Every module that writes files, and what. A model is not among them."""
_WRITES = frozenset(
    {
        *("write_bytes", "write_text", "copytree", "copyfile", "copy2", "copyfileobj", "tofile", "savetxt", "memmap"),
        *("NamedTemporaryFile", "mkstemp"),
    }
)
_OPENS = frozenset({"open", "fdopen", "ZipFile"})
_FLAGS = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND"})


def training(tree: ast.AST) -> set[str]:
    """What a module trains models with."""
    named = {
        library for name in imports(tree) for library in LIBRARIES if name == library or name.startswith(f"{library}.")
    }
    return named | {called(call) for call in calls(tree)} & ACTS


def writing(tree: ast.AST) -> set[str]:
    """What a module writes files with."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & _FLAGS
    for call in calls(tree):
        name = called(call)
        modes = [one.value for one in (*call.args, *(k.value for k in call.keywords)) if isinstance(one, ast.Constant)]
        opened = name in _OPENS and any(
            isinstance(m, str) and re.fullmatch(r"[rwaxbt+]*[wax+][bt+]*", m) for m in modes
        )
        if name in _WRITES or opened:
            found.add(name)
    return found


def test_no_module_trains_a_model() -> None:
    assert {path: sorted(by) for path, tree in trees().items() if (by := training(tree))} == {}


def test_every_module_that_writes_files_is_listed_with_what_it_writes() -> None:
    writers = {path: sorted(writing(tree)) for path, tree in trees().items() if writing(tree)}

    assert {path: by for path, by in writers.items() if not inside(path, *WRITERS, "testing")} == {}
    assert [place for place in WRITERS if not any(inside(path, place) for path in writers)] == [], "listed, writes none"


def test_no_plugin_of_a_model_knows_an_address_that_takes_data_for_training() -> None:
    found = [
        (path, node.value)
        for path, tree in trees().items()
        if inside(path, "plugins/models", "plugins/wires", "governance/routing.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OFFERS_TO_TRAIN.search(node.value)
    ]
    assert found == []


def test_what_is_installed_to_run_holds_nothing_that_trains() -> None:
    wanted = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    packages = {line.partition("==")[0].lower() for line in wanted.splitlines() if "==" in line}

    assert (
        packages & {"scikit-learn", "torch", "tensorflow", "keras", "jax", "xgboost", "transformers", "peft"} == set()
    )


def test_the_page_about_data_gives_the_four_answers_in_the_same_words() -> None:
    page = " ".join((ROOT / "docs" / "data.md").read_text(encoding="utf-8").split())

    assert [one.question for one in TRAINING if one.question not in page or one.answer not in page] == []


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("from pycrfsuite import Trainer", {"pycrfsuite.Trainer"}),
        ("from pycrfsuite import Tagger", set()),
        ("model.fit(rows)", {"fit"}),
        ("import torch.nn", {"torch"}),
    ],
)
def test_a_planted_training_is_seen(code: str, by: set[str]) -> None:
    assert training(ast.parse(code)) == by


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("path.write_bytes(weights)", {"write_bytes"}),
        ("open(name, 'wb')", {"open"}),
        ("path.open(mode='r+b')", {"open"}),
        ("os.open(name, os.O_RDWR)", {"O_RDWR"}),
        ("open(name)", set()),
        ("path.open('rb')", set()),
    ],
)
def test_a_planted_file_is_seen(code: str, by: set[str]) -> None:
    assert writing(ast.parse(code)) == by
