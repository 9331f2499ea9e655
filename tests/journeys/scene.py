"""Messages as a channel hands them in, and the turns a worker takes over them."""

from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.message import ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.ports.channel import Accepted
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.passes import advance_case


def write(
    app: App, words: str, *, number: int = 1, after: int | None = None, automatic: bool = False, asserted: bool = False
) -> CaseId:
    """A mail of person `number`; with `after`, the same person's mail number `after` is gone on with.

    `asserted`: DMARC passed for it.
    """
    person, thread = (number, ()) if after is None else (after, (f"m{after}@home.example",))
    taken = app.intake(
        Inbound(
            channel=ChannelKind.EMAIL,
            recipient="desk@clinic.example",
            provider_id=f"m{number}",
            sender=Sender(PhiText(f"ada{person}@home.example"), PhiText("Ada Byron")),
            subject=PhiText("A question"),
            new_text=PhiText(words),
            quoted_text=PhiText(""),
            hidden_text=PhiText(""),
            attachments=(),
            thread_ids=thread,
            sent_at=None,
            automatic=automatic,
            asserted=asserted,
            original=words.encode(),
            own_id=f"m{number}@home.example",
        )
    )
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    return taken.case


def settle(app: App, clinic: Clinic, case: CaseId) -> None:
    """Compute the case and let every loop of a worker turn twice: events must be in the log before anything leaves."""
    advance_case(app, clinic.workspace, case)
    worker = Worker(app)
    for _ in range(3):
        worker.drain(clinic.workspace)
