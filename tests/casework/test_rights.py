"""Who sees the words of a case and who signs it, as a table."""

from datetime import date
from uuid import uuid4

import pytest

from vouchsafe.casework.rights import rights_over
from vouchsafe.domain.ids import UserId, WorkspaceId
from vouchsafe.domain.staff import License, Role, User

TODAY = date(2026, 3, 2)
VALID, EXPIRED = date(2026, 3, 2), date(2026, 3, 1)


def somebody(*roles: Role, until: date | None = None, active: bool = True) -> User:
    licence = License("registered nurse", "RN-1", until) if until else None
    return User(UserId(uuid4()), WorkspaceId(uuid4()), "x", "X", "", frozenset(roles), licence, active=active)


@pytest.mark.parametrize(
    ("user", "clinical_queue", "sticky", "words", "sign"),
    [
        (somebody(Role.AGENT), False, False, True, True),
        (somebody(Role.AGENT), False, True, True, False),
        (somebody(Role.AGENT), True, True, False, False),
        (somebody(Role.LEAD), True, False, False, False),
        (somebody(Role.CLINICIAN, until=VALID), True, True, True, True),
        (somebody(Role.CLINICIAN, until=EXPIRED), True, True, True, False),
        (somebody(Role.CLINICIAN), True, True, True, False),
        (somebody(Role.CLINICIAN, until=EXPIRED), False, False, True, True),
        (somebody(Role.AGENT, until=VALID), False, True, True, False),
        (somebody(Role.INTERPRETER), False, False, True, False),
        (somebody(Role.PRIVACY), True, False, False, False),
        (somebody(Role.COMPLIANCE), False, False, False, False),
        (somebody(Role.ADMIN), False, False, False, False),
        (somebody(Role.AGENT, active=False), False, False, False, False),
    ],
)
def test_words_and_signatures(user: User, *, clinical_queue: bool, sticky: bool, words: bool, sign: bool) -> None:
    rights = rights_over(user, clinical_queue=clinical_queue, sticky=sticky, today=TODAY)

    assert (rights.words, rights.sign) == (words, sign)


@pytest.mark.parametrize("until", [VALID, EXPIRED, None])
def test_only_a_valid_licence_clears_and_only_what_sticks(until: date | None) -> None:
    nurse = somebody(Role.CLINICIAN, until=until)

    assert rights_over(nurse, clinical_queue=True, sticky=True, today=TODAY).clear is (until == VALID)
    assert not rights_over(nurse, clinical_queue=True, sticky=False, today=TODAY).clear


def test_nobody_takes_or_reveals_what_they_may_not_read() -> None:
    rights = rights_over(somebody(Role.LEAD), clinical_queue=True, sticky=False, today=TODAY)

    assert not rights.take
    assert not rights.reveal
    assert rights.hand_over
    assert rights.acknowledge
