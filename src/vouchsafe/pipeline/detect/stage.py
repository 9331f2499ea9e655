"""The stage: from redacted words to findings. A pure computation; sees `SafeText` only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vouchsafe.domain.finding import ClinicalClass, Findings, IntentMatch, Reason, Signal, Unit, Vulnerability
from vouchsafe.domain.message import Direction, Readable
from vouchsafe.domain.states import Redacted, SafeTurn, Understood
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.detect.detectors import Detectors
from vouchsafe.pipeline.language import UNKNOWN

ATTACHMENT_NOT_READ = "attachment_not_read"
REDACTION_FAILED = "redaction_failed"

_BREAK = "\n\n"


def run(state: Redacted, detectors: Detectors) -> Understood:
    """Findings on subject, text and attachments of every unanswered turn.

    Quoted and hidden text count for injection only. What could not be read or redacted goes to `failed` (R190).
    Spans refer to the turn's text; a finding in its subject or an attachment has none.
    """
    composed = [_compose(turn) for turn in state.fresh]
    findings = detectors.detect(
        [one.text for one in composed],
        [turn.text.value for turn in state.earlier if turn.direction is Direction.INBOUND],
        [text for turn in state.fresh for text in _unseen(turn)],
        sentiment_consent=state.circumstances.sentiment_consent,
    )
    failed = (*findings.failed, *_failures(state))
    return Understood(state, replace(_placed(findings, composed), failed=tuple(dict.fromkeys(failed))))


def unjudged(state: Redacted, failure: str, name: str) -> Understood:
    """Findings of messages that no detector judged: they count as clinical until a clinician has read them.

    `failure` is the class of the error; `name` stands for the detectors.
    """
    reason = Reason("pass.failed", "the message could not be judged by the machine", Unit.MESSAGE)
    quiet = Signal()
    findings = Findings(
        clinical=Signal(1.0, flag=True, reasons=(reason,), sure=True),
        clinical_classes=(ClinicalClass.PATIENT_SPECIFIC,),
        crisis=quiet,
        dispute=quiet,
        complaint=quiet,
        legal_threat=quiet,
        human_request=quiet,
        injection=quiet,
        outage=quiet,
        threat=quiet,
        vulnerability=tuple((kind, quiet) for kind in Vulnerability),
        language=UNKNOWN,
        intent=IntentMatch(None, 0.0, 0.0),
        failed=(f"pass_{failure}",),
        manifest=name,
    )
    return Understood(state, findings)


@dataclass(frozen=True, slots=True)
class _Composed:
    """A turn as one text; `start` and `end` are where the turn's own words stand in it."""

    text: str
    start: int
    end: int


def _compose(turn: SafeTurn) -> _Composed:
    subject = turn.subject.value.strip()
    before = f"{subject}{_BREAK}" if subject else ""
    attached = [a.text.value for a in turn.attachments if a.text is not None]
    text = before + _BREAK.join([turn.text.value, *attached])
    return _Composed(text, len(before), len(before) + len(turn.text.value))


def _unseen(turn: SafeTurn) -> Sequence[str]:
    names = [attachment.file_name.value for attachment in turn.attachments]
    return [text for text in (turn.hidden.value, turn.quoted.value, *names) if text.strip()]


def _failures(state: Redacted) -> list[str]:
    found = [REDACTION_FAILED] if state.failed else []
    if any(a.readable is not Readable.READ for turn in state.fresh for a in turn.attachments):
        found.append(ATTACHMENT_NOT_READ)
    return found


def _placed(findings: Findings, composed: Sequence[_Composed]) -> Findings:
    """The same findings with spans in the turns' own texts."""

    def moved(signal: Signal) -> Signal:
        return replace(signal, reasons=tuple(_moved(reason, composed) for reason in signal.reasons))

    return replace(
        findings,
        clinical=moved(findings.clinical),
        crisis=moved(findings.crisis),
        dispute=moved(findings.dispute),
        complaint=moved(findings.complaint),
        legal_threat=moved(findings.legal_threat),
        human_request=moved(findings.human_request),
        injection=moved(findings.injection),
        outage=moved(findings.outage),
        threat=moved(findings.threat),
        vulnerability=tuple((kind, moved(signal)) for kind, signal in findings.vulnerability),
    )


def _moved(reason: Reason, composed: Sequence[_Composed]) -> Reason:
    if reason.span is None or reason.unit not in {Unit.MESSAGE, Unit.SENTENCE}:
        return reason
    own = composed[reason.message]
    inside = own.start <= reason.span.start and reason.span.end <= own.end
    span = Span(reason.span.start - own.start, reason.span.end - own.start) if inside else None
    return replace(reason, span=span)
