"""Like reports: the same outage, or the same complaint about the same system; several people, within minutes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.outage import FaultReport, Reported, outages

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EPIC = FaultReport(affects_care=True, intent=None, systems=("ehr",))
SLOW = FaultReport(affects_care=False, intent=None, systems=("computer",))


def reported(number: int, *, minute: float = 0, contact: str = "", report: FaultReport = EPIC) -> Reported:
    at = NOON + timedelta(minutes=minute)
    return Reported(UUID(int=number), at, contact or f"c{number}", CaseId(UUID(int=100 + number)), report)


def systems(reports: list[Reported]) -> list[str]:
    return [one.system for one in outages(reports)]


def test_five_people_who_name_one_system_within_ten_minutes_are_an_outage() -> None:
    both = FaultReport(affects_care=True, intent=None, systems=("ehr", "printer"))
    reports = [reported(1, report=both), reported(2, minute=3), reported(3, minute=5), reported(4, minute=10)]

    assert systems([*reports, reported(5, minute=10, report=both)]) == ["ehr"]
    assert systems(reports) == []


def test_one_person_who_writes_five_times_is_one_report() -> None:
    assert systems([reported(n, contact="same") for n in range(1, 6)]) == []


def test_what_is_older_than_ten_minutes_does_not_count() -> None:
    assert systems([reported(1), *(reported(n, minute=8) for n in (2, 3, 4)), reported(5, minute=10.1)]) == []


def test_five_troubles_of_their_own_are_no_outage_and_one_that_affects_care_makes_them_one() -> None:
    own = [reported(n, report=SLOW) for n in range(1, 6)]
    grave = FaultReport(affects_care=True, intent=None, systems=("computer",))

    assert systems(own) == []
    assert systems([*own[:4], reported(5, report=grave)]) == ["computer"]
    assert systems([reported(1, report=grave), *own[1:]]) == ["computer"]


def test_the_same_question_five_times_about_a_system_that_fails_is_an_outage() -> None:
    asked = FaultReport(affects_care=False, intent="portal_password", systems=("portal",))
    other = FaultReport(affects_care=False, intent="portal_app", systems=("portal",))

    assert systems([reported(n, report=asked) for n in range(1, 6)]) == ["portal"]
    assert systems([reported(1, report=other), *(reported(n, report=asked) for n in range(2, 6))]) == []
