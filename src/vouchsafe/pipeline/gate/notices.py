"""The small gate of notices: which fixed text a waiting contact gets, if any (R176, R196)."""

from collections.abc import Callable
from math import ceil

from vouchsafe.domain.finding import Findings, Vulnerability
from vouchsafe.domain.pack import EXEMPT_FROM_LIMIT, NoticeKind, NoticeText, Pack, Queue
from vouchsafe.domain.reply import Approved, Notice
from vouchsafe.domain.states import AwaitingHuman, CaseHead, Circumstances, Escalated
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.gate.input import primary

WORKING_DAY_MIN = 480
"""Eight hours: from here on a promise is given in working days."""

_UNITS = {
    "en": (("minute", "minutes"), ("working hour", "working hours"), ("working day", "working days")),
    "es": (("minuto", "minutos"), ("hora laborable", "horas laborables"), ("día laborable", "días laborables")),
}


def notice_for(
    ruled: AwaitingHuman | Escalated,
    pack: Pack,
    sent_recently: frozenset[NoticeKind],
    automatic: bool,  # noqa: FBT001 - the fourth fact of the small gate, always passed by its callers
    our_words: Callable[[str], SafeText],
) -> Approved[Notice] | None:
    """The notice for a case that waits for a person, or None where nothing may leave.

    `sent_recently` are the kinds that left in this conversation within the pack's period; `automatic` says that the
    message came from a machine.
    1. A machine is never answered (RFC 3834), and nothing automatic leaves under a stop (R184).
    2. Where abuse or a threat was found, only a text that is safe for the writer leaves (R196).
    3. Someone who asked for no automatic answers gets only crisis and urgent wording.
    4. At most one of a kind per conversation and period; crisis and urgent wording is exempt (R176).
    """
    redacted = ruled.drafted.grounded.understood.redacted
    findings = ruled.drafted.grounded.understood.findings
    circumstances = redacted.circumstances
    if automatic or redacted.automatic or circumstances.stopped:  # 1
        return None
    kind = _kind(findings, circumstances)
    text = pack.notice(kind, primary(findings.language))
    if _may_endanger(findings, circumstances) and not text.safe_for_writer:  # 2
        text = pack.notice(NoticeKind.SAFE, primary(findings.language))
        if not text.safe_for_writer:
            return None
    limited = text.kind not in EXEMPT_FROM_LIMIT
    if limited and (circumstances.contact_opted_out or said_already(text.kind, sent_recently)):  # 3, 4
        return None
    notice = Notice(text.kind, our_words(_filled(text, pack, ruled)), text.language, pack.ref)
    head = ruled.head
    return Approved(notice, head.workspace, head.conversation, head.id, head.version, ruled.ruling, ())


def waiting_notice(
    head: CaseHead,
    pack: Pack,
    circumstances: Circumstances,
    sent_recently: frozenset[NoticeKind],
    our_words: Callable[[str], SafeText],
) -> Approved[Notice] | None:
    """The notice for a case that nothing has judged yet, or None where it may not leave.

    1. Whatever may be in the message counts: the text is safe for every writer (R196) and says what to do in an
       emergency (R176), in each language of the desk, since none is known. 2. Nothing automatic leaves under a stop
       (R184), nor to someone who asked for none. 3. Once per conversation and period.

    Whether a machine wrote is the caller's to ask: it stands in the message.
    """
    texts = [pack.notice(NoticeKind.WAITING, language) for language in pack.languages]
    unsafe = not all(one.safe_for_writer for one in texts)  # 1
    if unsafe or circumstances.stopped or circumstances.contact_opted_out:  # 2
        return None
    if said_already(NoticeKind.WAITING, sent_recently):  # 3
        return None
    words = "\n\n".join(dict.fromkeys(one.text for one in texts))
    notice = Notice(NoticeKind.WAITING, our_words(words), texts[0].language, pack.ref)
    return Approved(notice, head.workspace, head.conversation, head.id, head.version, None, ())


def said_already(kind: NoticeKind, sent: frozenset[NoticeKind]) -> bool:
    """Whether what a notice of this kind says was said; after WAITING, RECEIVED and SAFE would say the same again."""
    return kind in sent or (kind in {NoticeKind.RECEIVED, NoticeKind.SAFE} and NoticeKind.WAITING in sent)


def _kind(findings: Findings, circumstances: Circumstances) -> NoticeKind:
    """The most urgent wording that the findings ask for."""
    if findings.crisis.sure:
        return NoticeKind.CRISIS
    if findings.emergent or findings.crisis.flag:
        return NoticeKind.URGENT
    # Whoever holds the conversation is already talking to the contact; the pack's time is not theirs to promise.
    return NoticeKind.RECEIVED if circumstances.person_holds is not None else NoticeKind.PERSON_WILL_ANSWER


def _may_endanger(findings: Findings, circumstances: Circumstances) -> bool:
    abuse = findings.has(Vulnerability.SAFEGUARDING) or circumstances.sticky.safeguarding
    return abuse or findings.threat.flag


def _filled(text: NoticeText, pack: Pack, ruled: AwaitingHuman | Escalated) -> str:
    name = ruled.ruling.queue or pack.routes.unknown
    return text.text.replace("{within}", _within(pack.queue(name), text.language))


def _within(queue: Queue, language: str) -> str:
    """The queue's promise in words; minutes and hours are rounded up, never down."""
    minutes, hours, days = _UNITS.get(language, _UNITS["en"])
    minutes_promised = queue.answer_within_min
    if minutes_promised < 60:
        count, unit = minutes_promised, minutes
    elif minutes_promised < WORKING_DAY_MIN:
        count, unit = ceil(minutes_promised / 60), hours
    else:
        count, unit = ceil(minutes_promised / WORKING_DAY_MIN), days
    return f"{count} {unit[0] if count == 1 else unit[1]}"
