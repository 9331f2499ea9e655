"""The events of a pass: what each stage found, as the trail keeps it. Everything said about a person is payload."""

from collections.abc import Mapping

from vouchsafe.domain.draft import Draft, Sentence
from vouchsafe.domain.finding import Findings, Reason, Signal
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.reply import Approved, Notice, Reply
from vouchsafe.domain.ruling import Ruling, Verdict
from vouchsafe.domain.states import (
    AwaitingHuman,
    CaseHead,
    Drafted,
    Escalated,
    Grounded,
    Identified,
    Redacted,
    Redrafted,
    Ruled,
    Unanswerable,
    Understood,
)
from vouchsafe.evidence.event import Event, Json, Outcome, millionths, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline.redact.outgoing import Kept, Outgoing

Resting = Redacted | Understood | Grounded | Drafted | Unanswerable | Ruled | Identified

_OUTCOME = {Verdict.APPROVED: Outcome.OK, Verdict.AWAITING_HUMAN: Outcome.HELD, Verdict.ESCALATED: Outcome.ESCALATED}


def identified(state: Identified) -> Event:
    """Who may be writing; never the record itself."""
    identity = state.identity
    return _event(
        EventType.CONTACT_MATCHED,
        "identify",
        state.received.head,
        Outcome.OK if identity.contact else Outcome.HELD,
        {
            "level": int(identity.level),
            "contact": str(identity.contact) if identity.contact else None,
            "shared_address": identity.shared_address,
            "candidates": len(identity.candidates),
            "staff": identity.is_staff,
        },
    )


def events_of(state: Resting, pack: Pack) -> list[Event]:
    """The events of one state of a pass."""
    match state:
        case Redacted():
            return [_redacted(state)]
        case Understood():
            return [_understood(state)]
        case Grounded():
            return _grounded(state)
        case Drafted():
            return [_drafted(state, pack)]
        case Unanswerable():
            head = state.grounded.understood.redacted.head
            return [
                _event(EventType.DRAFT_UNANSWERABLE, "draft", head, Outcome.REFUSED, {"why": state.why.value}, pack.ref)
            ]
        case AwaitingHuman() | Escalated():
            return [_ruled(state.head, state.ruling), _to_people(state)]
        case Approved():
            return [_ruled_approved(state)]
        case _:
            return []


def rescanned(head: CaseHead, what: Outgoing | Kept) -> Event:
    """The second scan over the words that were to go to a model; names of what objected, never the words."""
    kept = isinstance(what, Kept)
    payload: dict[str, Json] = {"of": "message"}
    if isinstance(what, Kept):
        payload |= {"why": what.why.value, "found": list(what.found)}
    else:
        payload |= {"characters": len(what.words.safe.value), "tokens": len(what.tokens)}
    return _event(EventType.TEXT_RESCANNED, "redact", head, Outcome.REFUSED if kept else Outcome.OK, payload)


def answer_rescanned(head: CaseHead, kept: Kept | None) -> Event:
    """The same over what a model wrote."""
    payload: dict[str, Json] = {"of": "answer"}
    if kept:
        payload |= {"why": kept.why.value, "found": list(kept.found)}
    return _event(EventType.TEXT_RESCANNED, "redact", head, Outcome.REFUSED if kept else Outcome.OK, payload)


def not_used(head: CaseHead, why: str, pack: Pack, model: str, prompt: str) -> Event:
    """Nothing of what a model wrote is used; the local draft stays. `why`: a closed word."""
    return Event(
        EventType.DRAFT_UNANSWERABLE,
        system("draft"),
        Outcome.REFUSED,
        case=head.id,
        conversation=head.conversation,
        model=model,
        prompt=prompt,
        pack=pack.ref,
        payload={"why": why, "by": "model"},
    )


def redrafted(state: Redrafted, pack: Pack) -> list[Event]:
    """A model's draft that took the local one's place, with its ruling; or one that stands beside it to be seen."""
    if state.beside is not None:
        return [_made(state.head, state.beside, pack, Outcome.HELD)]
    ruled = [_ruled(state.head, state.ruling)] if state.ruling else []
    return [_made(state.head, state.drafted.draft, pack, Outcome.OK), *ruled]


def queued(item: Approved[Reply] | Approved[Notice]) -> Event:
    """An item for the outbox; it leaves only once this event is in the log."""
    content = item.item
    is_reply = isinstance(content, Reply)
    payload: dict[str, Json] = {"text": content.text.value, "language": content.language}
    if isinstance(content, Reply):
        payload |= {
            "author": content.author.value,
            "signed_as": content.signed_as,
            "signatures": [str(s.user) for s in item.signatures],
        }
    else:
        payload["kind"] = content.kind.value
    return Event(
        EventType.REPLY_QUEUED if is_reply else EventType.NOTICE_QUEUED,
        system("gate"),
        Outcome.OK,
        case=item.case,
        conversation=item.conversation,
        pack=_pack_of(item),
        sources=tuple(c.name for c in content.citations) if isinstance(content, Reply) else (),
        payload=payload,
    )


def _pack_of(item: Approved[Reply] | Approved[Notice]) -> str | None:
    """The pack that let it out; a notice names its own, since it may leave before there is a ruling."""
    if isinstance(item.item, Notice):
        return item.item.pack
    return item.ruling.pack if item.ruling else None


def findings_payload(findings: Findings) -> dict[str, Json]:
    """Every detector's verdict with its reasons; scores in parts per million."""
    signals: dict[str, Json] = {
        name: _signal(getattr(findings, name))
        for name in (
            "clinical",
            "crisis",
            "dispute",
            "complaint",
            "legal_threat",
            "human_request",
            "injection",
            "outage",
            "threat",
        )
    }
    intent = findings.intent
    return {
        **signals,
        "clinical_classes": [one.value for one in findings.clinical_classes],
        "vulnerability": {kind.value: _signal(signal) for kind, signal in findings.vulnerability},
        "language": findings.language,
        "intent": {
            "name": intent.name,
            "score": millionths(intent.score),
            "margin": millionths(intent.margin),
            "nearest": [[n.example, millionths(n.cosine)] for n in intent.nearest],
        },
        "failed": list(findings.failed),
    }


def draft_payload(draft: Draft) -> dict[str, Json]:
    """Every sentence with where it comes from and what supports it."""
    return {
        "language": draft.language,
        "confidence": millionths(draft.confidence),
        "paragraphs": [[_sentence(one) for one in paragraph] for paragraph in draft.paragraphs],
        "unanswered": [one.value for one in draft.unanswered],
    }


def ruling_payload(ruling: Ruling) -> dict[str, Json]:
    """Every rule's result, fired or not."""
    return {
        "verdict": ruling.verdict.value,
        "queue": ruling.queue,
        "also": list(ruling.also),
        "tier": ruling.tier.value if ruling.tier else None,
        "rules": [
            {"id": one.rule, "fired": one.fired, "reason": one.reason, "source": one.source} for one in ruling.rules
        ],
    }


def _redacted(state: Redacted) -> Event:
    labels: dict[str, Json] = {}
    for token in state.tokens:
        count = labels.get(token.label.value, 0)
        labels[token.label.value] = (count if isinstance(count, int) else 0) + 1
    return _event(
        EventType.TEXT_REDACTED,
        "redact",
        state.head,
        Outcome.FAILED if state.failed else Outcome.OK,
        {"labels": labels, "parts": len(state.turns)},
        manifest=state.redactor,
    )


def _understood(state: Understood) -> Event:
    findings = state.findings
    return _event(
        EventType.FINDINGS_MADE,
        "detect",
        state.redacted.head,
        Outcome.HELD if findings.at_risk or findings.failed else Outcome.OK,
        {**findings_payload(findings), "phi": state.phi},
        manifest=findings.manifest,
    )


def _grounded(state: Grounded) -> list[Event]:
    head, hits = state.understood.redacted.head, state.hits
    return [
        _event(
            EventType.KNOWLEDGE_SEARCHED,
            "retrieve",
            head,
            Outcome.REFUSED if hits.abstain else Outcome.OK,
            {"query": state.query.value, "confidence": millionths(hits.confidence), "hits": len(hits.hits)},
            manifest=hits.index,
        ),
        Event(
            EventType.PASSAGES_CHOSEN,
            system("retrieve"),
            Outcome.OK if hits.hits else Outcome.REFUSED,
            case=head.id,
            conversation=head.conversation,
            manifest=hits.index,
            sources=tuple(hit.passage.name for hit in hits.hits),
            payload={
                "passages": [
                    {
                        "name": hit.passage.name,
                        "title": hit.passage.document.title,
                        "heading": hit.passage.heading,
                        "score": millionths(hit.score),
                    }
                    for hit in hits.hits
                ]
            },
        ),
    ]


def _drafted(state: Drafted, pack: Pack) -> Event:
    return _made(state.grounded.understood.redacted.head, state.draft, pack, Outcome.OK)


def _made(head: CaseHead, draft: Draft, pack: Pack, outcome: Outcome) -> Event:
    return Event(
        EventType.DRAFT_MADE,
        system("draft"),
        outcome,
        case=head.id,
        conversation=head.conversation,
        model=draft.drafter,
        prompt=draft.prompt,
        pack=pack.ref,
        sources=tuple(citation.name for citation in draft.citations),
        payload=draft_payload(draft),
    )


def _ruled(head: CaseHead, ruling: Ruling) -> Event:
    return _event(
        EventType.RULING_MADE, "gate", head, _OUTCOME[ruling.verdict], ruling_payload(ruling), pack=ruling.pack
    )


def _ruled_approved(state: Approved[Reply]) -> Event:
    assert state.ruling is not None
    return Event(
        EventType.RULING_MADE,
        system("gate"),
        Outcome.OK,
        case=state.case,
        conversation=state.conversation,
        pack=state.ruling.pack,
        payload=ruling_payload(state.ruling),
    )


def _to_people(state: AwaitingHuman | Escalated) -> Event:
    escalated = isinstance(state, Escalated)
    return _event(
        EventType.CASE_ESCALATED if escalated else EventType.CASE_QUEUED,
        "gate",
        state.head,
        Outcome.ESCALATED if escalated else Outcome.HELD,
        {
            "queue": state.ruling.queue,
            "also": list(state.ruling.also),
            "tier": state.ruling.tier.value if state.ruling.tier else None,
        },
    )


def _event(  # noqa: PLR0917  # an event is what, who, where, how it ended and what was found
    kind: EventType,
    part: str,
    head: CaseHead,
    outcome: Outcome,
    payload: Mapping[str, Json],
    pack: str | None = None,
    manifest: str | None = None,
) -> Event:
    return Event(
        kind,
        system(part),
        outcome,
        case=head.id,
        conversation=head.conversation,
        pack=pack,
        manifest=manifest,
        payload=payload,
    )


def _signal(signal: Signal) -> Json:
    return {
        "score": millionths(signal.score),
        "flag": signal.flag,
        "reasons": [_reason(reason) for reason in signal.reasons],
    }


def _reason(reason: Reason) -> Json:
    return {
        "by": reason.by,
        "says": reason.says,
        "unit": reason.unit.value,
        "message": reason.message,
        "span": [reason.span.start, reason.span.end] if reason.span else None,
        "score": None if reason.score is None else millionths(reason.score),
        "threshold": None if reason.threshold is None else millionths(reason.threshold),
        "nearest": [[n.example, millionths(n.cosine)] for n in reason.nearest],
    }


def _sentence(sentence: Sentence) -> Json:
    citation = sentence.citation
    says: dict[str, Json] = {
        "text": sentence.text.value,
        "origin": sentence.origin.value,
        "supported": sentence.supported,
        "source": citation.name if citation else None,
        "span": [citation.span.start, citation.span.end] if citation else None,
    }
    return {**says, "reasons": list(sentence.reasons)} if sentence.reasons else says
