"""What a person types into a reply is held to what other contacts have on record; a hit cannot be signed through."""

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.staff import Role, User
from vouchsafe.installing import MasterContact, add_user, import_contacts
from vouchsafe.pipeline.review import StillHeld
from vouchsafe.reviewing import Reviewing
from vouchsafe.store import desks

OF_ADA = "ada1@home.example"
ADA = MasterContact(
    "LB1000001",
    KnownContact(
        names=("Ada Byron",), emails=(OF_ADA,), phones=("(555) 555-0111", "(555) 555-0122"), ids=("LB1000001",)
    ),
    "en",
    is_staff=False,
)
MARIBEL = MasterContact(
    "LB8589669",
    KnownContact(
        names=("Maribel A. Quarlés",),
        emails=("maribel@mail.example",),
        phones=("(555) 555-0120", "(555) 555-0122"),
        ids=("LB8589669", "TC8402-9320"),
    ),
    "en",
    is_staff=False,
)
NORA = MasterContact("S1", KnownContact(names=("Nora Stone",), emails=("nora@clinic.example",)), "en", is_staff=True)


@pytest.fixture
def agent(app: App, clinic: Clinic) -> User:
    """Somebody at a desk where people send, of an organisation whose master is taken over."""
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    import_contacts(app, clinic.workspace, [ADA, MARIBEL, NORA])
    password = "quartz-lantern-orchard-sleet"
    return add_user(app, clinic.workspace, "agent", "Sam Agent", "Desk", frozenset({Role.AGENT}), password, None)


def a_case(app: App, clinic: Clinic, says: str = "When is the main clinic open on Saturdays?") -> CaseId:
    case = write(app, says)
    settle(app, clinic, case)
    return case


def sign(app: App, clinic: Clinic, case: CaseId, agent: User, typed: str) -> None:
    with clinic.store(clinic.workspace) as work:
        version = work.case_row(case).version
    Reviewing(app, clinic.workspace).approve(case, agent, version, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Please call 555.555.0120 about it.",
        "Please call +1 555 555 0120 ext 4 about it.",
        "Write to maribel@mail.example about it.",
        "The appointment of Maribel Quarles is moved.",
        "The appointment of Quarles, Maribel is moved.",
        "Record LB8589669 is closed.",
        "Your mrn lb 8589669 is closed.",
        "Member number TC84029320 is in force.",
    ],
)
def test_a_value_of_another_contact_stops_the_reply(app: App, clinic: Clinic, agent: User, typed: str) -> None:
    case = a_case(app, clinic)

    with pytest.raises(StillHeld, match="value of unknown origin"):
        sign(app, clinic, case, agent, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Dear Ada Byron, we have your number (555) 555-0111 and your record LB1000001.",
        # On record with Ada too, as in a household.
        "We call you at (555) 555-0122.",
        "Nora Stone will call you.",
        "Please call (555) 555-0199 or write to front@clinic.example.",
        # What is not looked up: a single word of a name, and a name that the master does not have.
        "Quarles is a village, and Quillon Farrowby built it.",
    ],
)
def test_values_of_the_contact_and_of_nobody_on_record_are_signed(
    app: App, clinic: Clinic, agent: User, typed: str
) -> None:
    sign(app, clinic, a_case(app, clinic), agent, typed)


def test_what_the_writer_named_themselves_may_be_said_back(app: App, clinic: Clinic, agent: User) -> None:
    case = a_case(app, clinic, "I write for my mother Maribel Quarles, (555) 555-0120. When are you open on Saturdays?")

    sign(app, clinic, case, agent, "We call Maribel Quarles at (555) 555-0120.")


def test_naming_somebody_in_a_reason_first_opens_nothing(app: App, clinic: Clinic, agent: User) -> None:
    case = a_case(app, clinic)
    with clinic.store(clinic.workspace) as work:
        Reviewing(app, clinic.workspace).masked_reason(work, work.case_row(case), "this is about Maribel Quarles")

    with pytest.raises(StillHeld):
        sign(app, clinic, case, agent, "The appointment of Maribel Quarles is moved.")
