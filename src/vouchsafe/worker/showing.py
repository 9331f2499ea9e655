"""Shows what a language model is writing in the case that is open somewhere: whole sentences, each checked before.

What a person sees here is no draft. It is kept apart from the case, ends when the question does, and nothing is signed
by it. A failure to show never ends the question: that is paid for, and its answer makes the draft.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from vouchsafe.app import App
from vouchsafe.domain.draft import Sentence
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.governance.routing import Hear
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.deadline import within
from vouchsafe.pipeline.draft.by_model import MOST_CHARACTERS, MOST_SENTENCES, Unusable, complete
from vouchsafe.pipeline.world import World
from vouchsafe.ports.work import CaseRow, Outdated
from vouchsafe.store import drafting
from vouchsafe.store.drafting import DraftingState
from vouchsafe.store.work import PgWork
from vouchsafe.worker.errors import where

LATE = "late"
"""The case moved on, or a person took it, while the model wrote."""
_FAILED = "failed"
_MOST_LOOKS = 2 * MOST_SENTENCES
"""A stream that ends a sentence at every word costs no more than this; its answer is judged whole all the same."""
log = structlog.get_logger()


class Showing:
    """One answer as it comes. Not safe to use from several threads."""

    def __init__(self, app: App, workspace: WorkspaceId, row: CaseRow, asking: flow.Asking, world: World) -> None:
        self._app, self._workspace, self._row = app, workspace, row
        self._asking, self._world = asking, world
        self._heard = ""
        self._whole = self._looks = 0
        self._shown: tuple[Sentence, ...] = ()
        self._ended = False

    def ear(self) -> Hear | None:
        """Begin to show; None where answers come whole."""
        assert self._world.by_model is not None
        until = self._app.clock.now() + timedelta(
            seconds=self._app.settings.model_wait_s + self._app.settings.case_deadline_s
        )
        with self._app.store(self._workspace) as work:
            drafting.begin(work.context, self._row, self._world.by_model.ref, until)
        return self._hear if self._app.settings.model_streams else None

    def withdrawn(self, why: str) -> None:
        """Nothing of the answer is used. `why`: a closed word."""
        if not self._ended:
            self._ended = True
            with self._app.store(self._workspace) as work:
                drafting.end(work.context, self._row, DraftingState.WITHDRAWN, why)

    def done(self, work: PgWork) -> None:
        """The draft is in the case, by this very transaction."""
        self._ended = True
        drafting.end(work.context, self._row, DraftingState.DONE)

    def _hear(self, words: str) -> None:
        if self._ended or self._looks >= _MOST_LOOKS:
            return
        self._heard += words
        if len(self._heard) > MOST_CHARACTERS:
            self._quietly_end(Unusable.LONG.value)
            return
        whole = complete(self._heard)
        if len(whole) <= self._whole:
            return
        self._whole = len(whole)
        self._looks += 1
        try:
            self._look(whole)
        except Outdated:
            self._quietly_end(LATE)
        except Exception as error:  # noqa: BLE001  # what cannot be shown is no reason to lose the answer
            log.error("nothing shown", case=str(self._row.id), failure=type(error).__name__, where=where(error))
            self._quietly_end(_FAILED)

    def _look(self, whole: str) -> None:
        with within(self._app.settings.case_deadline_s):
            found = flow.glimpse(self._asking, whole, self._world)
        if isinstance(found, flow.Left):
            self.withdrawn(found.why)
            return
        if len(found) <= len(self._shown):
            return
        self._shown = found
        with self._app.store(self._workspace) as work:
            now = work.case_row(self._row.id)
            if now.version != self._row.version or now.holder is not None:
                raise Outdated("the case moved on meanwhile")
            drafting.keep(work.context, self._row, found)

    def _quietly_end(self, why: str) -> None:
        try:
            self.withdrawn(why)
        except Exception as error:  # noqa: BLE001  # the row's own time limit says that it is over
            log.error("not withdrawn", case=str(self._row.id), failure=type(error).__name__, where=where(error))


@contextmanager
def showing(app: App, workspace: WorkspaceId, row: CaseRow, asking: flow.Asking, world: World) -> Iterator[Showing]:
    """One question; whatever ends it, what was shown is withdrawn unless it became the draft."""
    shown = Showing(app, workspace, row, asking, world)
    try:
        yield shown
    except Outdated:
        shown.withdrawn(LATE)
        raise
    except Exception:
        shown.withdrawn(_FAILED)
        raise
