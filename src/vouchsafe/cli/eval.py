"""`vouchsafe eval`: how the shipped stages do on the operator's own labelled messages (R151)."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
from rich.console import Console
from rich.progress import track

from vouchsafe.app import open_app
from vouchsafe.cli.asking import PasswordFile, shown_to_be
from vouchsafe.cli.desks import pack_of
from vouchsafe.cli.detect import REDACTION_FAILED, failed_too
from vouchsafe.domain.identifier import Profile
from vouchsafe.domain.pack import Pack
from vouchsafe.installing import Refused, the_workspace
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.detect.route import AUTO, routed
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.quality.detection_score import Judged, LabelledMessage, found_in, judged, read_messages, tables
from vouchsafe.quality.detection_score import show as show_detection
from vouchsafe.quality.detection_score import worst as worst_of_detection
from vouchsafe.quality.labelled import LabelledText, read_labelled
from vouchsafe.quality.measured import keep as keep_measured
from vouchsafe.quality.own_record import own_record
from vouchsafe.quality.redaction_score import (
    Scored,
    by_group,
    by_label,
    closely,
    labels,
    overall,
    score,
    table,
    worst,
)
from vouchsafe.quality.report import DetectionReport, RedactionReport, write_report
from vouchsafe.reviewing import Reviewing
from vouchsafe.settings import load_settings

app = cyclopts.App(name="eval", help="Measure redaction and detection on messages that you have labelled.")


@app.command
def redaction(
    files: Annotated[list[Path], cyclopts.Parameter(negative=())],
    *,
    light: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    strict: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    lower: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    known: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    show: int = 10,
    report: Path | None = None,
) -> int:
    """What redaction leaves and takes, on JSON Lines with `text` and `spans`, or marks ({{NAME:Mary}}) in the text.

    Prints leak, recall, precision and what was masked needlessly, with 95 % intervals, over all messages, by label and
    by group (`kind`), and the ids of the worst messages; no word of any message is printed.

    Parameters
    ----------
    files
        JSON Lines, one message a line.
    light
        Without the model for names.
    strict
        In the strict profile, as for models outside.
    lower
        Every message in lower case.
    known
        Each message comes from a contact on record, who has the values that are labelled in it; only those count.
    show
        How many of the worst messages are named for each label.
    report
        Write a page with the same figures and bars here.
    """
    rows = [row for path in files for row in read_labelled(path)]
    redactor = Redactor(None if light else SpacyMd(), load_settings().places)
    profile = Profile.STRICT if strict else Profile.STANDARD
    watched = track(rows, "Redacting", console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    scored = [_scored(redactor, row.lowered() if lower else row, profile, known=known) for row in watched]
    groups = by_group(scored)
    print(f"{redactor.ref}, profile {profile.value}, {len(scored)} messages")
    _table(groups if len(groups) > 1 else {}, scored)
    left = worst(scored, show) if show else {}
    for label, ids in left.items():
        print(f"left of {label}: {', '.join(ids)}")
    if report is not None:
        of_groups = {name: closely(of) for name, of in groups.items()}
        page = RedactionReport(redactor.ref, profile.value, closely(scored), of_groups, by_label(scored), left)
        write_report(report, page)
        print(f"written to {report}")
    return 0


@app.command
def detection(
    files: Annotated[list[Path], cyclopts.Parameter(negative=())],
    *,
    desk: str | None = None,
    redacted: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    show: int = 10,
    report: Path | None = None,
    figures: Path | None = None,
) -> int:
    """Recall, false alarms and what would be answered alone, on JSON Lines with `text` and `labels`.

    `labels` is a list: clinical, emergent, crisis, threat, safeguarding, dispute, complaint, legal_threat,
    human_request, outage, injection, financial, health, life_event, language, accessibility, capability; empty where
    nothing needs a person. Prints rates with one-sided 95 % bounds and ids of errors; no word of any message.

    Parameters
    ----------
    files
        JSON Lines, one message a line; `kind` names a group, `desk` a shipped pack for that line.
    desk
        A policy pack (folder or file), or the name of a shipped one; the shipped patient desk where absent.
    redacted
        The texts are redacted already.
    show
        How many ids are named for each kind of error.
    report
        Write a page with the same figures and bars here.
    figures
        Write the same figures as JSON here, with the hash of the heads that gave them.
    """
    rows = [row for path in files for row in read_messages(path)]
    redactor = None if redacted else Redactor(SpacyMd(), load_settings().places)
    desks = _Desks(desk)
    watched = track(rows, "Detecting", console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    found = [desks.judged(row, redactor) for row in watched]
    found_figures, errors = tables(found), worst_of_detection(found, show) if show else {}
    print(f"{desks.ref}, {len(found)} messages")
    print(show_detection(found_figures))
    for error, ids in errors.items():
        print(f"{error}: {', '.join(ids)}")
    if report is not None:
        write_report(report, DetectionReport(desks.ref, found_figures, errors))
        print(f"written to {report}")
    if figures is not None:
        keep_measured(figures, desks.ref, found_figures)
        print(f"written to {figures}")
    return 0


@app.command
def sample(
    file: Path,
    *,
    login: str,
    reason: str,
    count: int = 200,
    labels: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    password_file: PasswordFile = None,
) -> int:
    """Write past messages in clear, with marks round what redaction found, for a person to correct.

    The file holds what patients wrote: only its owner can read it, and who took it and why stands in the trail. With
    `--labels` the messages are redacted and carry what detection found, to be corrected for `eval detection`.

    Parameters
    ----------
    file
        A file that is not there yet; it is made readable for you alone.
    login
        Somebody of the role privacy.
    reason
        Recorded with the name.
    count
        At most so many messages, drawn at random.
    labels
        Redacted messages with the labels that detection gave, in place of marks.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        user = shown_to_be(opened, workspace, login, password_file)
        if file.exists():
            raise Refused(f"{file} is there already; name another file")
        found = Reviewing(opened, workspace).sample(user, reason, count, clear=not labels)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
            for row in _with_labels(found) if labels else ({"id": one, "text": text} for one, text in found):
                written.write(json.dumps(row, ensure_ascii=False) + "\n")
    what, command = ("labels", "detection --redacted") if labels else ("marks", "redaction")
    print(f"{len(found)} messages in {file}. Correct the {what}, then: vouchsafe eval {command} {file}")
    return 0


class _Desks:
    """Detectors by desk, built when a row first asks for them."""

    def __init__(self, given: str | None) -> None:
        self._given, self._embedder = given, MiniLm()
        self._built: dict[str, tuple[Pack, Detectors]] = {}

    @property
    def ref(self) -> str:
        """The detectors in use."""
        return ", ".join(detectors.ref for _, detectors in self._built.values()) or "no detectors"

    def judged(self, row: LabelledMessage, redactor: Redactor | None) -> Judged:
        """What detection says of a row."""
        pack, detectors = self.of(row.desk)
        redaction = redactor.redact([row.text]) if redactor else None
        findings = detectors.detect([redaction.parts[0].text.value if redaction else row.text])
        if redaction and redaction.failed:
            findings = failed_too(findings, REDACTION_FAILED)
        route = routed(findings, detectors.mode_of(findings.intent.name), pack)
        return judged(row, findings, automatic=route.route == AUTO)

    def of(self, name: str = "") -> tuple[Pack, Detectors]:
        """The pack and detectors of a desk; the one that was named on the command line goes before the row's."""
        wanted = self._given or name or None
        if (wanted or "") not in self._built:
            pack = pack_of(wanted)
            self._built[wanted or ""] = pack, Detectors(self._embedder, pack)
        return self._built[wanted or ""]


def _with_labels(found: Sequence[tuple[str, str]]) -> Iterator[dict[str, object]]:
    """Redacted messages with the labels that detection gives them."""
    _, detectors = _Desks(None).of()
    for message, text in found:
        yield {"id": message, "text": text, "labels": sorted(found_in(detectors.detect([text])))}


def _scored(redactor: Redactor, row: LabelledText, profile: Profile, *, known: bool) -> Scored:
    held = own_record(row) if known else None
    row = held.row if held else row
    found = redactor.redact([row.text], profile=profile, known=[held.record] if held else [])
    if found.failed:
        # A text that could not be searched goes nowhere: all of it counts as masked.
        return score(row, [(0, len(row.text))])
    return score(row, [(one.span.start, one.span.end) for one in found.parts[0].found])


def _table(groups: dict[str, list[Scored]], scored: Sequence[Scored]) -> None:
    print(*table("", {**groups, "all": scored}), sep="\n")
    print(*overall(scored), *labels(scored), sep="\n")
    for name, of in groups.items():
        print(f"{name}, {len(of)} messages", *overall(of), sep="\n")
