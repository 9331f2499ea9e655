"""Shows what a language model is writing in the case that is open somewhere: whole sentences, each checked before.

What a person sees here is no draft. It is kept apart from the case, ends when the question does, and nothing is signed
by it. A failure to show never ends the question: that is paid for, and its answer makes the draft.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import structlog

from vouchsafe.app import App
from vouchsafe.domain.draft import Sentence
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.governance.routing import Hear
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.deadline import TookTooLong, within
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
_SHARE = 1 / 8
"""Of the time for a question, a quarter of one attempt's: looks take from the time in which the answer must come."""
log = structlog.get_logger()


class Showing:
    """One answer as it comes. Not safe to use from several threads."""

    def __init__(self, app: App, workspace: WorkspaceId, row: CaseRow, asking: flow.Asking, world: World) -> None:
        self._app, self._workspace, self._row = app, workspace, row
        self._asking, self._world = asking, world
        self._heard = ""
        self._whole = self._looks = 0
        self._left_s = app.settings.model_wait_s * _SHARE
        self._shown: tuple[Sentence, ...] = ()
        self._looking = self._ended = False
        """Whether words are looked at; whether the end is committed."""

    def ear(self) -> Hear | None:
        """Hears the answer; None where answers come whole."""
        return self._hear if self._app.settings.model_streams else None

    def called(self) -> None:
        """The question is on record and leaves: whoever has the case open may know. Never raises."""
        wait_s = self._app.settings.model_wait_s + self._app.settings.case_deadline_s
        assert self._world.by_model is not None
        try:
            with self._app.store(self._workspace) as work:
                until = self._app.clock.now() + timedelta(seconds=wait_s)
                drafting.begin(work.context, self._row, self._world.by_model.ref, until)
        except Exception as error:  # noqa: BLE001  # what cannot be shown is no reason to lose the answer
            log.error("nothing shown", case=str(self._row.id), failure=type(error).__name__, where=where(error))
            return
        self._looking = True

    def withdrawn(self, why: str) -> None:
        """Nothing of the answer is used. `why`: a closed word."""
        self._looking = False
        if not self._ended:
            with self._app.store(self._workspace) as work:
                drafting.end(work.context, self._row, DraftingState.WITHDRAWN, why)
            self._ended = True

    def done(self, work: PgWork) -> None:
        """The draft is in the case, by this very transaction; whoever commits it says so with `committed`."""
        self._looking = False
        drafting.end(work.context, self._row, DraftingState.DONE)

    def committed(self) -> None:
        """The transaction of `done` is over."""
        self._ended = True

    def _hear(self, words: str) -> None:
        if not self._looking or self._looks >= _MOST_LOOKS or self._left_s <= 0:
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
        began = monotonic()
        try:
            self._look(whole)
        except TookTooLong:
            self._looking = False
        except Outdated:
            self._quietly_end(LATE)
        except Exception as error:  # noqa: BLE001  # what cannot be shown is no reason to lose the answer
            log.error("nothing shown", case=str(self._row.id), failure=type(error).__name__, where=where(error))
            self._quietly_end(_FAILED)
        finally:
            self._left_s -= monotonic() - began

    def _look(self, whole: str) -> None:
        with within(self._left_s):
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
        """Withdraw; where that fails it is tried again when the question ends."""
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
