"""What a language model is writing for a case: its checked sentences while they come, and how it ended.

No draft of the case: nobody signs it and nothing leaves by it. One row a case, sealed under the conversation's key; it
speaks of one version of the case and says nothing about another.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.draft import Sentence
from vouchsafe.domain.ids import CaseId
from vouchsafe.ports.work import CaseRow
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

DRAFTING = "vouchsafe_draft"
"""NOTIFY channel: WORKSPACE/CASE, at every change of a row; ids only."""


class DraftingState(StrEnum):
    """How far it is."""

    WRITING = "writing"
    WITHDRAWN = "withdrawn"
    """Nothing of it is used; the case keeps its local draft."""
    DONE = "done"
    """The draft is in the case, which has a newer version."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """A row. `until`: after this nothing more comes, whatever the state says. `why`: a closed word, once withdrawn."""

    version: int
    state: DraftingState
    model: str
    until: datetime
    sentences: tuple[Sentence, ...]
    why: str = ""


_TABLE = schema.drafting
_ONE = select(_TABLE).where(_TABLE.c.case_id == bindparam("case"))
_CHANGE = update(_TABLE).where(
    _TABLE.c.case_id == bindparam("case"),
    _TABLE.c.version == bindparam("expected"),
    _TABLE.c.state == DraftingState.WRITING.value,
)


def begin(context: Context, row: CaseRow, model: str, until: datetime) -> None:
    """A model is being asked about the case in this version. `model`: `kind/model@digest`."""
    values = {
        "workspace_id": context.workspace,
        "case_id": row.id,
        "version": row.version,
        "state": DraftingState.WRITING.value,
        "model": model,
        "until": until,
        "why": "",
        "sealed": _sealed(context, row, ()),
    }
    statement = upsert(_TABLE).values(values)
    # A job that comes late does not take the row of a newer version.
    newer = _TABLE.c.version <= statement.excluded.version
    context.connection.execute(
        statement.on_conflict_do_update(index_elements=["workspace_id", "case_id"], set_=values, where=newer)
    )
    _tell(context, row.id)


def keep(context: Context, row: CaseRow, sentences: tuple[Sentence, ...]) -> None:
    """These sentences are there, each checked; nothing where the row has ended or is of another version."""
    _change(context, row, {"sealed": _sealed(context, row, sentences)})


def end(context: Context, row: CaseRow, state: DraftingState, why: str = "") -> None:
    """It is over; what was there stays readable."""
    _change(context, row, {"state": state.value, "why": why})


def of_case(context: Context, row: CaseRow) -> Drafting | None:
    """What is or was being written for the case, of whatever version. Its words are for whoever may read the case's."""
    found = context.connection.execute(_ONE, {"case": row.id}).one_or_none()
    if found is None:
        return None
    content = context.open(Field.DRAFTING, row.id, row.conversation, found.sealed)
    sentences = codec.load(tuple[Sentence, ...], content)
    return Drafting(found.version, DraftingState(found.state), found.model, found.until, sentences, found.why)


def _change(context: Context, row: CaseRow, values: dict[str, object]) -> None:
    context.connection.execute(_CHANGE.values(values), {"case": row.id, "expected": row.version})
    _tell(context, row.id)


def _sealed(context: Context, row: CaseRow, sentences: tuple[Sentence, ...]) -> bytes:
    content = codec.dump(tuple[Sentence, ...], sentences)
    return context.seal(Field.DRAFTING, row.id, row.conversation, content)


def _tell(context: Context, case: CaseId) -> None:
    context.connection.execute(
        text("select pg_notify(:channel, :payload)"), {"channel": DRAFTING, "payload": f"{context.workspace}/{case}"}
    )
