"""When the search of a desk abstains, set from questions of the desk's own."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from vouchsafe.app import App
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.staff import Permission, User
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge.deciding import needs
from vouchsafe.pipeline.retrieve.own_calibration import OwnCalibration, OwnQuestion, calibrated
from vouchsafe.store import desks, knowledge


def calibrate(  # noqa: PLR0917  # where, what, who and how sure
    app: App, workspace: WorkspaceId, desk: DeskId, questions: Sequence[OwnQuestion], user: User, refuse: float
) -> OwnCalibration:
    """Measure a threshold on the desk's published documents and put it in force from the next search on.

    `refuse` in (0, 1): the share of questions without a source that shall be refused.
    Raises: NotTheirs, NotFound, TooFewQuestions; then nothing was changed.
    """
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    with app.store(workspace) as work:
        row = desks.get(work.context, desk)
        documents = knowledge.documents(work.context, desk)
        vectors = knowledge.vectors(work.context, app.embedder.ref)
    today = app.clock.now().astimezone(ZoneInfo(app.pack(row.pack).zone)).date()
    own = calibrated(documents, app.embedder, questions, vectors, refuse=refuse, on=today)
    _keep(app, workspace, desk, user, own.to_bytes().decode(), own)
    return own


def forget_calibration(app: App, workspace: WorkspaceId, desk: DeskId, user: User) -> None:
    """Abstain as shipped again. Raises: NotTheirs, NotFound."""
    needs(app, workspace, user, Permission.MANAGE_KNOWLEDGE, "decide about knowledge")
    _keep(app, workspace, desk, user, "", None)


def _keep(  # noqa: PLR0917  # where, who and what
    app: App, workspace: WorkspaceId, desk: DeskId, user: User, content: str, own: OwnCalibration | None
) -> None:
    with app.store(workspace) as work:
        name = desks.get(work.context, desk).name
        desks.set_calibration(work.context, desk, content)
        knowledge.changed(work.context, desk)
        payload: dict[str, Json] = {"desk": name, "threshold": "as shipped"}
        if own is not None:
            payload = {
                "desk": name,
                "threshold": f"{own.calibration.threshold:.4f}",
                "questions": own.questions,
                "documents": own.topics,
                "wanted": f"{own.wanted:.3f}",
                "refused": f"{own.refused:.3f}",
                "answered": f"{own.answered:.3f}",
            }
        work.note(Event(EventType.SOURCE_CALIBRATED, person(user.id), Outcome.OK, payload=payload))
