"""What tests of the store share."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, create_engine
from tests.conftest import Clinic

from vouchsafe.domain.ids import CaseId, ConversationId, WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.pipeline import ingest
from vouchsafe.store import checkpointer, desks
from vouchsafe.store.sequencer import integrate

DOMAIN = "clinic.example"


@pytest.fixture
def superuser(clinic: Clinic) -> Iterator[Connection]:
    """Whoever holds the database server: above every policy, guard and grant."""
    engine = create_engine(clinic.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@dataclass(frozen=True)
class Taken:
    """A stored message's case."""

    case: CaseId
    conversation: ConversationId


def take(clinic: Clinic, words: str = "When are you open?", *, number: int = 1) -> Taken:
    """Store a mail of ada<number>@home.example and open its case."""
    inbound = Inbound(
        channel=ChannelKind.EMAIL,
        recipient="desk@clinic.example",
        provider_id=f"m{number}",
        sender=Sender(PhiText(f"ada{number}@home.example"), PhiText("Ada Byron")),
        subject=PhiText("A question"),
        new_text=PhiText(words),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=(),
        sent_at=None,
        automatic=False,
        asserted=False,
        original=words.encode(),
        own_id=f"m{number}@home.example",
    )
    with clinic.store(clinic.workspace) as work:
        taken = ingest.accept(inbound, (), desk=clinic.desk, work=work, clock=clinic.clock, ids=clinic.store.ids)
    assert taken.case is not None
    return Taken(taken.case, taken.conversation)


def note(clinic: Clinic, count: int = 1) -> None:
    """Write events that belong to no case."""
    with clinic.store(clinic.workspace) as work:
        work.note(*(_configured(number) for number in range(count)))


def _configured(number: int) -> Event:
    return Event(EventType.CHANNEL_CHANGED, system("test"), Outcome.OK, payload={"number": number})


def integrate_all(clinic: Clinic) -> int:
    """Run the sequencer until nothing is pending; how many events it numbered."""
    total = 0
    while True:
        with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
            done = integrate(connection, clinic.workspace)
        if not done:
            return total
        total += done


def sign(clinic: Clinic) -> int:
    """Integrate and sign; the size signed."""
    integrate_all(clinic)
    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        signed = checkpointer.sign(connection, clinic.keys, clinic.workspace, DOMAIN, clinic.clock)
    assert signed is not None
    return signed.size


@pytest.fixture
def other_workspace(clinic: Clinic) -> WorkspaceId:
    """A second organisation on the same installation, with a desk of its own."""
    workspace = WorkspaceId(clinic.store.ids.new())
    clinic.keys.create_workspace(workspace)
    with clinic.store.database.begin(None) as connection:
        desks.add_workspace(connection, workspace)
    with clinic.store(workspace) as work:
        facts = desks.DeskFacts("desk@other.example", "Other", "oncall@other.example")
        desk = desks.add(work.context, "patient", Mode.AUTO, "patient", facts)
        desks.add_route(work.context.connection, clinic.store.vault, "desk@other.example", workspace, desk)
    return workspace
