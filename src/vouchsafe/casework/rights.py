"""Which parts of a case a person may see and do, decided once, in words a page can show."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.passage import Audience, Document
from vouchsafe.domain.staff import Permission, User
from vouchsafe.domain.states import CaseFile, Drafted, Unanswerable

CLOSED = (
    "the draft rests on a page that you may not read; hand the case to somebody who may, or write the reply yourself"
)
_AT_WORK = frozenset(Audience) - {Audience.CLINICIAN}
"""What whoever works with cases may read: these passages stand beside the drafts that they approve."""


@dataclass(frozen=True, slots=True)
class Rights:
    """`words`: may read the case's words; without it only its place, age and alarms show (minimum necessary)."""

    words: bool
    sign: bool
    take: bool
    hand_over: bool
    reveal: bool
    acknowledge: bool
    clear: bool
    decisions: bool


def is_clinical(pack: Pack, queue: str | None) -> bool:
    """Whether a queue of the pack belongs to clinicians; an unknown queue counts as theirs."""
    if queue is None:
        return False
    try:
        return pack.queue(QueueName(queue)).clinical
    except KeyError:
        return True


def rights_over(user: User, *, clinical_queue: bool, sticky: bool, today: date) -> Rights:
    """What this person may do with a case. `sticky`: a clinical or crisis finding holds in the conversation (R178)."""
    words = user.may(Permission.READ_CASES) and (not clinical_queue or user.may(Permission.READ_CLINICAL_CASES))
    clinician = user.is_clinician(today)
    return Rights(
        words=words,
        sign=words and user.may(Permission.APPROVE_REPLIES) and (clinician or not sticky),
        take=words and user.may(Permission.TAKE_CASES),
        hand_over=user.may(Permission.HAND_OVER),
        reveal=words and user.may(Permission.REVEAL_ORIGINALS),
        acknowledge=user.may(Permission.ACKNOWLEDGE_PAGES),
        clear=words and sticky and clinician,
        decisions=user.may(Permission.READ_DECISIONS),
    )


def may_read_page(user: User, document: Document) -> bool:
    """Whether a person who works here may see a document; what they may not is not there for them.

    Named groups and what is written for clinicians are for those who may read clinical cases, and for those who keep
    the knowledge or the installation. Nobody else is known to belong to a group.
    """
    if user.may(Permission.MANAGE_KNOWLEDGE) or user.may(Permission.MANAGE_SETTINGS):
        return True
    groups: frozenset[str] = _AT_WORK
    if user.may(Permission.READ_CLINICAL_CASES):
        groups |= {Audience.CLINICIAN}
    return bool(groups & document.audience)


def found_pages(drafted: Drafted | Unanswerable) -> tuple[Document, ...]:
    """The documents of every passage that was found for a case."""
    return tuple(passage.document for passage in drafted.grounded.passages)


def closed_pages(user: User, found: Iterable[Document], published: Iterable[Document]) -> frozenset[tuple[str, str]]:
    """Those of the found documents, by path and version, whose words this person may not read.

    `published`: what stands under their paths now. A page that was narrowed since is closed in its older version too.
    """
    narrowed = {one.path for one in published if not may_read_page(user, one)}
    return frozenset((one.path, one.version) for one in found if one.path in narrowed or not may_read_page(user, one))


def draft_is_closed(file: CaseFile, closed: Container[tuple[str, str]]) -> bool:
    """Whether a draft of the case quotes a closed page; a language model's rests on every page that was found."""
    drafted = file.drafted
    drafts = [
        *([drafted.draft] if isinstance(drafted, Drafted) else []),
        *([file.reply.item.draft] if file.reply else []),
    ]
    if file.beside is not None or any(one.prompt is not None for one in drafts):
        return any((one.path, one.version) in closed for one in found_pages(drafted))
    return any((one.document, one.version) in closed for draft in drafts for one in draft.citations)
