"""What the shipped detection did on the messages of `quality/`, kept beside its heads for the pages that quote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from vouchsafe.quality.detection_score import Share, Worth, worth_of_a_page

_FORMAT = 1
_FOLDER = "data/detect"


@dataclass(frozen=True, slots=True)
class Measured:
    """The rates that the expected worth of a page follows from. `current`: measured with the heads that run now."""

    messages: int
    caused: Share
    """Messages with a cause to page that were paged."""
    routine: Share
    """Messages in which nothing needs a person, and that were paged all the same."""
    current: bool

    @property
    def worth(self) -> tuple[Worth, ...]:
        """The expected worth of a page at each prevalence."""
        return worth_of_a_page(self.caused, self.routine)


def shipped() -> Measured:
    """The measure that came with this version."""
    kept = _kept()
    desk = kept["figures"]["desk"]
    return Measured(
        messages=int(desk["rows"]),
        caused=_share(desk["any_cause_paged"]),
        routine=_share(desk["pages_on_routine"]),
        current=kept["heads"] == heads_hash(),
    )


def figures() -> Mapping[str, Any]:
    """All figures that came with this version, in the shape of `detection_score.tables`."""
    found: Mapping[str, Any] = _kept()["figures"]
    return found


def keep(path: Path, detectors: str, found: Mapping[str, object]) -> None:
    """Write what `detection_score.tables` gave, with the hash of the heads that gave it. Raises: OSError."""
    kept = {"detectors": detectors, "figures": found, "format": _FORMAT, "heads": heads_hash()}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="ascii")


def heads_hash() -> str:
    """SHA-256 of the manifest of the shipped heads, which names their weights and thresholds."""
    return sha256(resources.files("vouchsafe").joinpath(_FOLDER, "heads.json").read_bytes()).hexdigest()


@cache
def _kept() -> Mapping[str, Any]:
    text = resources.files("vouchsafe").joinpath(_FOLDER, "measured.json").read_text(encoding="ascii")
    found: Mapping[str, Any] = json.loads(text)
    return found


def _share(kept: Mapping[str, Any]) -> Share:
    return Share(int(kept["hits"]), int(kept["n"]))
