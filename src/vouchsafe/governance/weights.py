"""Files that came inside carrier packages: found without importing the carrier, hashed before use, refused if altered.

Carriers are packages of which only files are used: model weights, a tokenizer, browser scripts, fonts. Importing one
would run its code, so it is found through `importlib.metadata` (notes/models.md section 6). The list of roles, with
the hash of every file, is `data/weights.yaml`; a role whose files differ by one byte does not exist.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path

import yaml

from vouchsafe.domain.errors import VouchsafeError

_CHUNK_BYTES = 1 << 20


class WeightsMissing(VouchsafeError):
    """A role is not in the list, its carrier is not installed, has another version, or lacks a file."""


class WeightsAltered(VouchsafeError):
    """A file of a carrier is not the one whose hash was recorded."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of a role. `path` is relative to where packages are installed; `size` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What fills one role. `root` is the common folder of the files, relative to where packages are installed."""

    role: str
    package: str
    version: str
    licence: str
    upstream: str
    verified: str
    """How we know that the bytes are what upstream published, in a sentence."""
    root: str
    files: tuple[WeightsFile, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the hashes of all files: of a single file simply its own hash."""
        if len(self.files) == 1:
            return self.files[0].sha256
        lines = "".join(f"{file.sha256}  {file.path}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def ref(self) -> str:
        """`package@digest`, the form that stands in the trail."""
        return f"{self.package}@{self.digest[:16]}"


def open_weights(role: str, folder: Path | None = None) -> Path:
    """The checked file of a role, or the folder of its files where it has several.

    Every listed file is hashed the first time a process asks. `folder` is the operator's own copy in place of the
    installed package, laid out alike and held to the same hashes.

    Raises: WeightsMissing, WeightsAltered.
    """
    return _opened(role, folder)


def weights_ref(role: str) -> str:
    """`package@digest` of what the list says about a role. Raises: WeightsMissing for a role that is not listed."""
    return weights_of(role).ref


def weights_of(role: str) -> Weights:
    """What the list says about a role. Raises: WeightsMissing for a role that is not listed."""
    for weights in all_weights():
        if weights.role == role:
            return weights
    raise WeightsMissing(f"no weights are listed for the role {role!r}; roles stand in data/weights.yaml")


@cache
def all_weights() -> tuple[Weights, ...]:
    """Every role of `data/weights.yaml`, in its order."""
    text = resources.files("vouchsafe").joinpath("data/weights.yaml").read_text(encoding="utf-8")
    return tuple(_parsed(row) for row in yaml.safe_load(text)["roles"])


def _parsed(row: dict[str, object]) -> Weights:
    files = row["files"]
    assert isinstance(files, list), "data/weights.yaml is ours; its shape is tested"
    root = str(row["root"])
    return Weights(
        role=str(row["role"]),
        package=str(row["package"]),
        version=str(row["version"]),
        licence=str(row["licence"]),
        upstream=str(row["upstream"]),
        verified=str(row["verified"]),
        root=root,
        files=tuple(WeightsFile(f"{root}/{f['path']}", str(f["sha256"]), int(f["bytes"])) for f in files),
    )


@cache
def _opened(role: str, folder: Path | None) -> Path:
    weights = weights_of(role)
    base = folder if folder is not None else _installed(weights)
    for file in weights.files:
        _check(weights, file, base / file.path)
    return base / (weights.files[0].path if len(weights.files) == 1 else weights.root)


def _installed(weights: Weights) -> Path:
    """Where the carrier's files are, in the version listed."""
    try:
        carrier = metadata.distribution(weights.package)
    except metadata.PackageNotFoundError:
        raise WeightsMissing(
            f"{weights.role}: the package {weights.package} is not installed; install requirements/carriers.txt"
        ) from None
    if carrier.version != weights.version:
        raise WeightsMissing(
            f"{weights.role}: {weights.package} is installed as {carrier.version}, {weights.version} is needed; "
            f"install requirements/carriers.txt"
        )
    return Path(str(carrier.locate_file("")))


def _check(weights: Weights, file: WeightsFile, path: Path) -> None:
    if not path.is_file():
        raise WeightsMissing(f"{weights.role}: {weights.package} has no file {file.path}; install it again")
    if path.stat().st_size != file.size or _sha256(path) != file.sha256:
        raise WeightsAltered(
            f"{weights.role}: {file.path} of {weights.package} is not the file whose hash is recorded; "
            f"it is not used. Install the package again from requirements/carriers.txt"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
