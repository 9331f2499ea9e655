"""Which parts of a case a person may see and do, decided once, in words a page can show."""

from dataclasses import dataclass
from datetime import date

from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.staff import Permission, User


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
