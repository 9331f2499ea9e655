"""A page of measured rates that can be kept and sent: one file, no script, no word of any message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vouchsafe.quality.redaction_score import Rate

MEANS = {
    "leak": "identifying characters that were left",
    "recall": "identifiers of which nothing was left",
    "clean": "messages with identifiers where nothing was left",
    "over": "other letters and digits that were masked",
    "touched": "messages without identifiers where something was masked",
    "precision": "of the letters and digits that were masked, those that identify somebody",
}
LESS_IS_BETTER = frozenset({"leak", "over", "touched"})


@dataclass(frozen=True, slots=True)
class RedactionReport:
    """What a page about redaction says.

    `overall` and `groups`: rates by measure; `labels`: recall and the share left by label; `worst`: ids of the messages
    that leak most, by label.
    """

    redactor: str
    profile: str
    overall: Mapping[str, Rate]
    groups: Mapping[str, Mapping[str, Rate]]
    labels: Mapping[str, tuple[Rate, float]]
    worst: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """What a page about detection says. `figures`: what `detection_score.tables` gave; `worst`: ids by error."""

    detectors: str
    figures: Mapping[str, object]
    worst: Mapping[str, Sequence[str]]


def write_report(path: Path, report: RedactionReport | DetectionReport) -> None:
    """Write the page. Raises: OSError."""
    pages = Environment(loader=PackageLoader("vouchsafe.quality", "."), autoescape=True, undefined=StrictUndefined)
    template = pages.get_template("redaction.html" if isinstance(report, RedactionReport) else "detection.html")
    said = template.render(report=report, means=MEANS, less_is_better=LESS_IS_BETTER)
    path.write_text(said, encoding="utf-8")
