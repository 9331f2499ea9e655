"""The whole chain of one case in plain sentences: what came in, was found, was cited, who signed, what left."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vouchsafe.domain.message import Author
from vouchsafe.evidence.event import Json
from vouchsafe.evidence.event_types import DESCRIPTIONS, EventType
from vouchsafe.evidence.leaf import ActorKind, Leaf
from vouchsafe.ports.spending import in_currency

Payload = Mapping[str, Json] | None

_FINDINGS = {
    "clinical": "clinical context",
    "crisis": "a crisis",
    "dispute": "a dispute",
    "complaint": "a complaint",
    "legal_threat": "a legal threat",
    "human_request": "a wish for a person",
    "injection": "an attempt to instruct the AI",
    "outage": "an outage that affects care",
    "threat": "a threat",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain. `index` is its place in the log, None while it waits to be integrated."""

    event: str
    type: EventType
    at: datetime
    actor: str
    says: str
    details: tuple[str, ...]
    versions: tuple[str, ...]
    index: int | None
    hidden: bool = False
    """Whether it holds words of a draft that this reader may not see yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The three lines on top: what was asked, what left, who answers for it."""

    asked: str
    left: str
    answers: str


def link(leaf: Leaf, payload: Payload, index: int | None, names: Mapping[str, str]) -> Link:
    """One event in a sentence. `names`: how people are called, by user id; ids stand where a name is unknown."""
    says, details = _said(leaf.type, payload)
    versions = tuple(one for one in (leaf.model, leaf.prompt, leaf.pack, leaf.manifest) if one)
    return Link(
        event=str(leaf.id),
        type=leaf.type,
        at=datetime.fromtimestamp(leaf.ts / 1_000_000, UTC),
        actor=names.get(leaf.actor.id, leaf.actor.id) if leaf.actor.kind is ActorKind.PERSON else leaf.actor.id,
        says=says,
        details=(*details, *(f"source {source}" for source in leaf.sources)),
        versions=versions,
        index=index,
    )


def holds_draft(kind: EventType, payload: Payload) -> bool:
    """Whether an event tells words of a draft: what a model or the drafter wrote, or a reply made of it."""
    if payload is None:
        return False
    match kind:
        case EventType.DRAFT_MADE:
            return True
        case EventType.MODEL_ANSWERED:
            return "text" in payload
        case EventType.REPLY_EDITED:
            return bool(payload.get("before"))
        case EventType.REPLY_QUEUED:
            return payload.get("author") == Author.MACHINE.value
        case _:
            return False


def without_words(one: Link) -> Link:
    """That it happened, when and by whom; not what it says, nor which pages it cites."""
    return replace(one, says=DESCRIPTIONS[one.type], details=(), hidden=True)


def answer(links: Iterable[Link], asked: str) -> Answer:
    """The three lines. `asked` is the redacted first line of what came in; `links` stand oldest first."""
    chain = list(_about_replies(links))
    return Answer(asked, _left(chain), _answers(chain))


def _about_replies(links: Iterable[Link]) -> Iterator[Link]:
    """Without withdrawals and failures of notices: those are told by the same two types as a reply's."""
    waiting = False
    for one in links:
        if one.type is EventType.REPLY_QUEUED:
            waiting = True
        elif one.type in {EventType.REPLY_SENT, EventType.CASE_SUPERSEDED, EventType.CASE_CLOSED}:
            waiting = False
        elif one.type in {EventType.DRAFT_WITHDRAWN, EventType.REPLY_FAILED}:
            if not waiting:
                continue
            waiting = False
        yield one


def _left(chain: list[Link]) -> str:
    """What left, and what may have: the second is never told as "nothing has left"."""
    replies = _Passage.of(chain, _REPLY)
    notices = _Passage.of(chain, _NOTICE)
    says = []
    if replies.doubtful:
        says.append(f"it is not known whether a reply left at {_utc(replies.doubtful)}")
    if replies.sent:
        says.append(f"a reply left at {_utc(replies.sent)}")
    if replies.begun:
        says.append(f"a reply is being handed over since {_utc(replies.begun)}")
    if notices.doubtful:
        says.append(f"it is not known whether a notice left at {_utc(notices.doubtful)}")
    if notices.sent and not replies.sent:
        says.append(f"a notice left at {_utc(notices.sent)}")
    if _waits(chain):
        says.append("a reply waits for an agreement with whoever would carry it")
    nothing = not (replies.doubtful or replies.sent or replies.begun)
    if nothing and replies.failed:
        says.append(f"no reply left: its hand-over failed at {_utc(replies.failed)}")
    elif nothing and says:
        says.append("no reply" if _closed(chain) else "no reply yet")
    return "; ".join(says) or "nothing has left"


def _answers(chain: list[Link]) -> str:
    """Who answers for the case, by the last event that decided it."""
    last = next((one for one in reversed(chain) if one.type in _DECIDING), None)
    signed = next((one.actor for one in reversed(chain) if one.type is EventType.REPLY_APPROVED), None)
    if last is None:
        return "the case is still being computed"
    if last.type in {EventType.REPLY_SENT, EventType.REPLY_QUEUED}:
        return (
            f"{signed} signed it"
            if signed
            else "the gate approved it under the policy pack named below; no person signed"
        )
    if last.type in {EventType.REPLY_UNCERTAIN, EventType.REPLY_FAILED} and signed:
        return f"{_DECIDING[last.type]}; signed by {signed}"
    return _DECIDING[last.type].format(actor=last.actor, says=last.says)


def _waits(chain: list[Link]) -> bool:
    """Whether the last that happened to a reply is that it was held."""
    about = {*_REPLY, EventType.DRAFT_WITHDRAWN, EventType.CASE_SUPERSEDED, EventType.CASE_CLOSED}
    last = next((one for one in reversed(chain) if one.type in about), None)
    return last is not None and last.type is EventType.REPLY_HELD


@dataclass(frozen=True, slots=True)
class _Passage:
    """How far the replies of a case got, or its notices: the last time of each kind that still holds."""

    fresh: bool = False
    """Something was put into the outbox since the last doubt, so a later word is about that."""
    begun: datetime | None = None
    sent: datetime | None = None
    failed: datetime | None = None
    doubtful: datetime | None = None

    @classmethod
    def of(cls, chain: list[Link], kinds: Mapping[EventType, str]) -> "_Passage":
        """Walks the chain: an attempt that ended is no longer begun, and a late word about it settles a doubt."""
        now = cls()
        for one in chain:
            # A sweep may call a hand-over uncertain whose sender tells its end after all.
            doubt = now.doubtful if now.fresh else None
            match kinds.get(one.type):
                case "queued":
                    now = replace(now, fresh=True)
                case "held":
                    now = replace(now, begun=None)
                case "begun":
                    now = replace(now, begun=one.at, failed=None)
                case "sent":
                    now = cls(sent=one.at, doubtful=doubt)
                case "failed":
                    now = replace(now, fresh=False, begun=None, failed=one.at, doubtful=doubt)
                case "doubtful":
                    now = replace(now, fresh=False, begun=None, doubtful=one.at)
        return now


_REPLY = {
    EventType.REPLY_QUEUED: "queued",
    EventType.REPLY_HELD: "held",
    EventType.REPLY_ATTEMPTED: "begun",
    EventType.REPLY_SENT: "sent",
    EventType.REPLY_FAILED: "failed",
    EventType.REPLY_UNCERTAIN: "doubtful",
}
_NOTICE = {
    EventType.NOTICE_QUEUED: "queued",
    EventType.NOTICE_HELD: "held",
    EventType.NOTICE_ATTEMPTED: "begun",
    EventType.NOTICE_SENT: "sent",
    EventType.NOTICE_FAILED: "failed",
    EventType.NOTICE_UNCERTAIN: "doubtful",
}
_TO_PEOPLE = "a person answers: {says}"
_DECIDING = {
    EventType.CASE_QUEUED: _TO_PEOPLE,
    EventType.CASE_ESCALATED: _TO_PEOPLE,
    EventType.CASE_PARKED: "a person must look: a step failed, so nothing was decided",
    EventType.CASE_SUPERSEDED: "the case of a newer message took its place and answers for both",
    EventType.CASE_CLOSED: "nobody is to answer: {actor} closed the case",
    EventType.REPLY_APPROVED: "{actor} signed it; another person must sign before it leaves",
    EventType.REPLY_QUEUED: "",
    EventType.REPLY_SENT: "",
    EventType.REPLY_UNCERTAIN: "a person must look: the reply may have left, and nobody knows whether it did",
    EventType.REPLY_FAILED: "a person must look: the reply could not be handed over",
    EventType.REPLY_BOUNCED: "a person must look: the reply came back as undeliverable",
    EventType.DRAFT_WITHDRAWN: "a person must look: the reply was withdrawn before it left",
}
"""What the last of these events means for who answers; a reply on its way or gone is told by who approved it."""


def _closed(chain: list[Link]) -> bool:
    return any(one.type is EventType.CASE_CLOSED for one in chain)


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _said(kind: EventType, payload: Payload) -> tuple[str, tuple[str, ...]]:
    if payload is None:
        return DESCRIPTIONS[kind], ()
    say = _SAY.get(kind)
    return say(payload) if say else (DESCRIPTIONS[kind], _plain(payload))


def _received(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    says = (
        f"A message came in by {payload['channel']}: {payload['characters']} characters, "
        f"{payload['attachments']} files."
    )
    problems = payload.get("problems")
    mended = tuple(f"noted: {one}" for one in problems) if isinstance(problems, list) else ()
    claims = payload.get("claims")
    claimed = (f"it refers to conversation {claims}, which others wrote; it was not joined to it",) if claims else ()
    return says, (*mended, *claimed)


def _matched(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    level = payload["level"]
    if payload["shared_address"]:
        return f"The address belongs to several people, so it selects nobody; assurance {level}.", ()
    if payload["contact"]:
        return f"The address belongs to one contact on record; assurance {level}.", (f"contact {payload['contact']}",)
    return f"The address is not on record; assurance {level}.", ()


def _redacted(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    labels = payload["labels"]
    if not isinstance(labels, dict) or not labels:
        return "No identifiers were found to take out.", ()
    return "Identifiers were taken out: " + ", ".join(f"{n} {label}" for label, n in sorted(labels.items())) + ".", ()


def _found(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    flagged = [words for name, words in _FINDINGS.items() if _flag(payload.get(name))]
    kinds = payload.get("vulnerability")
    if isinstance(kinds, dict):
        flagged += [f"vulnerability ({kind})" for kind, signal in kinds.items() if _flag(signal)]
    failed = payload.get("failed")
    if isinstance(failed, list):
        flagged += [f"not judged: {one}" for one in failed]
    intent = payload.get("intent")
    name = intent.get("name") if isinstance(intent, dict) else None
    kind = f"recognised as {name}" if name else "not recognised as a routine question"
    # Never that there is no risk: a rule or score that stayed silent is no finding about the message (R198).
    found = f"found: {', '.join(flagged)}" if flagged else "no rule and no score spoke"
    says = f"The message was {kind}; {found}."
    if payload.get("phi") is True:
        says += " It is labelled PHI: something identifies somebody and something speaks of health."
    details = []
    for title, signal in _signals_of(payload):
        reasons = signal.get("reasons")
        if _flag(signal) and isinstance(reasons, list):
            details += [f"{title}: {r['says']} ({r['by']}, {r['unit']})" for r in reasons if isinstance(r, dict)]
    return says, tuple(details)


def _signals_of(payload: Mapping[str, Json]) -> list[tuple[str, dict[str, Json]]]:
    found = [(name, payload.get(name)) for name in _FINDINGS]
    kinds = payload.get("vulnerability")
    if isinstance(kinds, dict):
        found += list(kinds.items())
    return [(name, signal) for name, signal in found if isinstance(signal, dict)]


def _searched(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    return (
        f"{payload['hits']} passages the contact may read were found; confidence {_share(payload['confidence'])}.",
        (),
    )


def _chosen(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    passages = payload["passages"]
    rows = [one for one in passages if isinstance(one, dict)] if isinstance(passages, list) else []
    details = tuple(f"{one['title']}: {one['heading']} ({one['name']}, {_share(one['score'])})" for one in rows)
    return f"{len(rows)} passages were given to the drafter.", details


def _rescanned(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    answer = payload.get("of") == "answer"
    if "why" not in payload:
        what = "what the language model wrote" if answer else "the words for the language model"
        return f"The second scan found nothing in {what}.", ()
    found = payload.get("found")
    details = tuple(f"found by {one}" for one in found) if isinstance(found, list) else ()
    why = str(payload["why"]).replace("_", " ")
    if answer:
        return f"What the language model wrote was kept out: {why}.", details
    return f"No word went to a language model: {why}.", details


def _asked(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    chain = payload.get("chain")
    further = f", through {', '.join(map(str, chain))}" if isinstance(chain, list) and chain else ""
    says = (
        f"A language model was asked: {payload['model']} of {payload['provider']} in {payload['region']}, "
        f"under the agreement {payload['agreement']} with {payload['party']}{further}."
    )
    data = payload.get("data")
    classes = ", ".join(map(str, data)) if isinstance(data, list) else ""
    inside = "it runs inside the organisation" if payload.get("inside") is True else "it runs outside the organisation"
    return says, (f"endpoint {payload['endpoint']}; {inside}", f"classes of data: {classes}")


def _not_asked(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    return f"No language model was asked: {payload['says']}", (f"endpoint {payload['endpoint']}",)


def _model_answered(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    if "text" not in payload:
        status = f", status {payload['status']}" if payload.get("status") is not None else ""
        return f"The language model gave no answer: {str(payload['why']).replace('_', ' ')}{status}.", _cost(payload)
    counted = ", ".join([f"{payload['tokens_in']} tokens in, {payload['tokens_out']} out", *_cost(payload)])
    return f"The language model answered; it stopped by {payload['stop']}.", (counted, f"it wrote: {payload['text']}")


def _cost(payload: Mapping[str, Json]) -> tuple[str, ...]:
    """What a call cost, where a price was set. The trail counts millionths."""
    cost = payload.get("cost")
    if not isinstance(cost, int) or not cost:
        return ()
    about = "about " if payload.get("estimated") is True else ""
    return (f"cost {about}{in_currency(cost)} in the currency of the price",)


def _drafted(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    paragraphs = payload["paragraphs"]
    sentences = (
        [s for p in paragraphs if isinstance(p, list) for s in p if isinstance(s, dict)]
        if isinstance(paragraphs, list)
        else []
    )
    cited = sum(1 for one in sentences if one["source"])
    details = tuple(f"[{one['origin']}] {one['text']}{_lacks(one)}" for one in sentences)
    without = payload.get("unanswered")
    details += tuple(f"not answered by any page: {one}" for one in without) if isinstance(without, list) else ()
    return f"A draft of {len(sentences)} sentences was made, {cited} of them with a citation.", details


def _lacks(sentence: Mapping[str, Json]) -> str:
    """What speaks against a sentence, behind it."""
    if sentence.get("supported") is not False:
        return ""
    reasons = sentence.get("reasons")
    return f" (not supported: {'; '.join(map(str, reasons))})" if isinstance(reasons, list) else " (not supported)"


def _unanswerable(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    if payload.get("by") == "model":
        why = str(payload["why"]).replace("_", " ")
        return f"Nothing of what the language model wrote was used: {why}; the draft before it stays.", ()
    return f"No draft was made: {str(payload['why']).replace('_', ' ')}.", ()


def _ruled(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    rules = payload["rules"]
    rows = [one for one in rules if isinstance(one, dict)] if isinstance(rules, list) else []
    fired = [one for one in rows if one["fired"]]
    verdict = str(payload["verdict"]).replace("_", " ")
    details = tuple(f"rule {one['id']}: {one['reason']} [{one['source']}]" for one in fired)
    return f"The gate ruled: {verdict}; {len(fired)} of {len(rows)} rules fired.", details


def _routed(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    also = payload.get("also")
    more = f" and {', '.join(map(str, also))}" if isinstance(also, list) and also else ""
    tier = {"page": ", with a page", "clinical": ", on the clinical worklist"}.get(str(payload.get("tier")), "")
    reason = payload.get("reason")
    return f"The case went to {payload['queue']}{more}{tier}.", ((f"reason: {reason}",) if reason else ())


def _queued(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    what = f"notice ({payload['kind']})" if "kind" in payload else "reply"
    return f"A {what} was put into the outbox.", (str(payload["text"]),)


def _held(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    what = f"notice ({payload['kind']})" if "kind" in payload else "reply"
    return f"The {what} waits for an agreement with whoever would carry it.", (str(payload["says"]),)


def _signed(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    license_ = payload.get("license")
    details = (f"licence: {license_}",) if license_ else ()
    return f"{payload['signed_as']} approved the reply.", details


def _edited(payload: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    return (
        f"{payload['signed_as']} changed the words; {_share(payload['kept'])} of the draft was kept.",
        (f"before: {payload['before']}", f"after: {payload['text']}"),
    )


def _plain(payload: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in payload.items() if not isinstance(value, (dict, list)))


def _flag(signal: Json) -> bool:
    return isinstance(signal, dict) and signal.get("flag") is True


def _share(millionths: Json) -> str:
    return f"{millionths / 10_000:.0f} %" if isinstance(millionths, int) else "unknown"


_SAY = {
    EventType.MESSAGE_RECEIVED: _received,
    EventType.CONTACT_MATCHED: _matched,
    EventType.TEXT_REDACTED: _redacted,
    EventType.FINDINGS_MADE: _found,
    EventType.KNOWLEDGE_SEARCHED: _searched,
    EventType.PASSAGES_CHOSEN: _chosen,
    EventType.TEXT_RESCANNED: _rescanned,
    EventType.MODEL_CALLED: _asked,
    EventType.MODEL_REFUSED: _not_asked,
    EventType.MODEL_ANSWERED: _model_answered,
    EventType.DRAFT_MADE: _drafted,
    EventType.DRAFT_UNANSWERABLE: _unanswerable,
    EventType.RULING_MADE: _ruled,
    EventType.CASE_QUEUED: _routed,
    EventType.CASE_ESCALATED: _routed,
    EventType.REPLY_QUEUED: _queued,
    EventType.NOTICE_QUEUED: _queued,
    EventType.REPLY_HELD: _held,
    EventType.NOTICE_HELD: _held,
    EventType.REPLY_APPROVED: _signed,
    EventType.REPLY_EDITED: _edited,
}
