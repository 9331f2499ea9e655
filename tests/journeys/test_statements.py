"""A statement costs about a third of a millisecond of our own process: none is asked twice for one case."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.store.sequencer import integrate
from vouchsafe.worker.passes import advance_case
from vouchsafe.worker.sending import Sender


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile; the queue's own statement is not seen."""
    sent: list[str] = []

    def saw(connection: object, cursor: object, statement: str, *rest: object) -> None:
        del connection, cursor, rest
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", saw)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", saw)


def test_a_routine_case_takes_few_statements_and_none_of_them_reads_a_row_again(app: App, clinic: Clinic) -> None:
    settle(app, clinic, write(app, "When is the main clinic open on Saturdays?"))

    engine = clinic.store.database.app
    with statements(engine) as intake:
        case = write(app, "Where can I park at the main clinic?", number=2)
    with statements(engine) as computed:
        advance_case(app, clinic.workspace, case)
    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        integrate(connection, clinic.workspace)
    with statements(engine) as sent:
        assert Sender(app).send_due(clinic.workspace) == 1

    assert len(intake) <= 13, intake
    assert len(computed) <= 19, computed
    # One of them because this installation has no mail relay: whether the reply was to wait for one.
    assert len(sent) <= 25, sent
    # What may be asked again in one case belongs to a transaction of its own.
    reads = [one for one in computed if one.startswith("SELECT") and "set_config" not in one]
    assert len(reads) - len(set(reads)) <= 1, "tokens are looked at again under the lock, nothing else"
