"""`vouchsafe detect`: what messages are about, one JSON object a line (design section 10)."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_texts, run_batch
from vouchsafe.cli.desks import held, pack_of
from vouchsafe.domain.finding import Findings, Reason, Signal
from vouchsafe.domain.pack import Intent, Mode, Pack
from vouchsafe.domain.text import Span
from vouchsafe.governance.pack_checks import EXAMPLES_MAX, EXAMPLES_MIN
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.detect.route import routed
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.ports.embedder import Embedder

app = cyclopts.App(name="detect", help="Say what messages are about: JSON Lines in, JSON Lines out.")

REDACTION_FAILED = "redaction_failed"
_MOST_INTENTS = 16
"""So many different lists of own intents are kept ready at once."""


@app.default
def detect(source: Path | None = None, *, desk: str | None = None) -> None:
    """Judge every line of SOURCE, or of standard input; texts are redacted first.

    Takes `id`, `text`, optional `thread` (the contact's earlier turns, oldest first) and `intents` [name, examples,
    mode] that add to the desk's. Gives `id`, `findings`, `route`, `queue`, `tier`, `reasons`. Spans are characters of
    `text`. The route judges the words alone; source and draft are judged by `answer`.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    desk
        A policy pack (folder or file), or the name of a shipped one; the shipped patient desk where absent.
    """
    judge = Judge(MiniLm(), Redactor(SpacyMd()), pack_of(desk))
    sys.exit(run_batch(judge.answer, source))


class Judge:
    """Answers lines. Detectors are built once for each list of own intents."""

    def __init__(self, embedder: Embedder, redactor: Redactor, pack: Pack) -> None:
        self._embedder, self._redactor, self._pack = embedder, redactor, pack
        self._detectors: dict[str, Detectors] = {}

    def answer(self, line: Line) -> Line:
        """One line judged. Raises: BadLine for a line without a text or with an intent that is none."""
        text, thread = need_text(line, "text"), optional_texts(line, "thread")
        redaction = self._redactor.redact([text, *thread])
        fresh = redaction.parts[0]
        findings = self._detectors_for(line).detect(
            [fresh.text.value],
            [part.text.value for part in redaction.parts[1:]],
            [redaction.removed[0].value],
        )
        if redaction.failed:
            findings = failed_too(findings, REDACTION_FAILED)
        detectors = self._detectors_for(line)
        where = routed(findings, detectors.mode_of(findings.intent.name), self._pack)
        return {
            "id": line["id"],
            "findings": shown(findings, fresh.to_original),
            "route": where.route,
            "queue": where.queue,
            "tier": where.tier.value if where.tier else None,
            "reasons": [*where.reasons, *explained(findings)],
        }

    def _detectors_for(self, line: Line) -> Detectors:
        rows = [] if line.get("intents") is None else line["intents"]
        key = json.dumps(rows, sort_keys=True)
        if key not in self._detectors:
            if len(self._detectors) >= _MOST_INTENTS:
                self._detectors.pop(next(iter(self._detectors)))
            own = extra_intents(rows, self._pack)
            self._detectors[key] = Detectors(self._embedder, self._pack, own)
            say_held(self._detectors[key], (*self._pack.intents, *own))
        return self._detectors[key]


def say_held(detectors: Detectors, intents: Sequence[Intent]) -> None:
    """Name, beside the output, the intents that say auto and never answer alone."""
    auto = {one.name for one in intents if one.mode is Mode.AUTO}
    for says in held({name: risky for name, risky in detectors.demoted.items() if name in auto}):
        print(says, file=sys.stderr)


def extra_intents(rows: object, pack: Pack) -> tuple[Intent, ...]:
    """Intents of the key `intents`. Raises: BadLine where one lacks a name or examples, or has an unknown mode."""
    if not isinstance(rows, list):
        raise BadLine('"intents" is not a list')
    return tuple(_intent(row, pack) for row in rows)


def _intent(row: object, pack: Pack) -> Intent:
    if not isinstance(row, Mapping):
        raise BadLine('"intents" holds something that is not an object')
    name, mode = need_text(row, "name"), row.get("mode", Mode.AUTO.value)
    examples = optional_texts(row, "examples")
    if not examples:
        raise BadLine('an intent has no "examples"')
    if not EXAMPLES_MIN <= len(examples) <= EXAMPLES_MAX:
        raise BadLine(f'an intent has {len(examples)} "examples"; {EXAMPLES_MIN} to {EXAMPLES_MAX} are needed')
    if mode not in {one.value for one in Mode}:
        raise BadLine('the "mode" of an intent is one of off, shadow, copilot, auto')
    counter = optional_texts(row, "counter_examples")
    return Intent(name, name, Mode(str(mode)), pack.routes.unknown, examples, counter)


def failed_too(findings: Findings, name: str) -> Findings:
    """The findings with one more detector that could not judge."""
    return replace(findings, failed=(*findings.failed, name))


def shown(findings: Findings, place: Callable[[Span], Span]) -> Line:
    """Findings as the batch commands print them; `place` maps spans to the input. `dispute` holds all disagreement."""
    disagreement = merged(findings.dispute, findings.complaint, findings.legal_threat)
    vulnerable = [(kind, signal) for kind, signal in findings.vulnerability if signal.flag]
    return {
        "clinical": _signal(findings.clinical, place) | {"classes": [c.value for c in findings.clinical_classes]},
        "crisis": _signal(findings.crisis, place),
        "dispute": _signal(disagreement, place),
        "human_request": _signal(findings.human_request, place),
        "injection": _signal(findings.injection, place),
        "outage": _signal(findings.outage, place),
        "threat": _signal(findings.threat, place),
        "vulnerability": {
            "flag": bool(vulnerable),
            "kinds": [kind.value for kind, _ in vulnerable],
            "spans": [span for _, signal in vulnerable for span in _spans(signal.reasons, place)],
        },
        "language": findings.language,
        "intent": {
            "name": findings.intent.name,
            "score": findings.intent.score,
            "margin": findings.intent.margin,
        },
        "failed": list(findings.failed),
        "manifest": findings.manifest,
    }


def merged(*signals: Signal) -> Signal:
    """The union of signals: the highest score, flagged where one is."""
    return Signal(
        max(signal.score for signal in signals),
        any(signal.flag for signal in signals),
        tuple(reason for signal in signals for reason in signal.reasons),
        any(signal.sure for signal in signals),
    )


def explained(findings: Findings) -> Iterator[str]:
    """Why each finding stands, in plain words without words of the message."""
    named = {
        "clinical": findings.clinical,
        "crisis": findings.crisis,
        "dispute": findings.dispute,
        "complaint": findings.complaint,
        "legal_threat": findings.legal_threat,
        "human_request": findings.human_request,
        "injection": findings.injection,
        "outage": findings.outage,
        "threat": findings.threat,
    } | {kind.value: signal for kind, signal in findings.vulnerability}
    for name, signal in named.items():
        for reason in signal.reasons:
            yield f"{name}: {reason.says} ({reason.by}, {reason.unit.value}{_figures(reason)})"


def _figures(reason: Reason) -> str:
    if reason.score is None:
        return ""
    near = f', nearest "{reason.nearest[0].example}"' if reason.nearest else ""
    return f", {reason.score:.4f} against {reason.threshold:.4f}{near}"


def _signal(signal: Signal, place: Callable[[Span], Span]) -> Line:
    return {"score": signal.score, "flag": signal.flag, "spans": _spans(signal.reasons, place)}


def _spans(reasons: Sequence[Reason], place: Callable[[Span], Span]) -> list[Line]:
    found = []
    for reason in reasons:
        if reason.span is not None:
            span = place(reason.span)
            found.append({"start": span.start, "end": span.end, "by": reason.by})
    return found
