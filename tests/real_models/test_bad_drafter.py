"""A real model that invents drafts for the clinic: through the door, over a real server, and stopped by the gate."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write
from tests.journeys.test_model_draft import adopt, chain, file_of, run_jobs, written_for
from tests.real_models import llama

from vouchsafe.app import App
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import Drafted, Stage
from vouchsafe.pipeline.draft import by_model
from vouchsafe.store import desks, outbox
from vouchsafe.store.drafting import DraftingState
from vouchsafe.testing.model_servers import ModelServer

QUESTION = "Where can I park at the main clinic, and what does it cost?"
PATIENCE_S = 3600
"""A token takes hundredths of a second on a core of its own, and seconds where ten programs share it."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, str(Path(llama.__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        yield url
        server.kill()


@pytest.fixture
def drafting(app: App, clinic: Clinic, address: str, monkeypatch: pytest.MonkeyPatch) -> App:
    """The application with that server as the clinic's own model, at a desk where people send; one short passage."""
    monkeypatch.setattr(by_model, "MOST_PASSAGES", 1)
    monkeypatch.setattr(by_model, "MOST_PASSAGE_CHARACTERS", 900)
    monkeypatch.setattr(by_model, "MAX_TOKENS", 120)
    app.settings = app.settings.model_copy(
        update={
            "drafter": "model",
            "model_provider": "openai_compatible",
            "model_endpoint": f"{address}/v1",
            "model_name": "large-2",
            "model_region": "on-premises",
            "model_wait_s": 2 * PATIENCE_S,
        }
    )
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    adopt(app, clinic, ModelServer(address))
    return app


def test_what_a_real_bad_drafter_writes_is_held_with_its_sentences_marked_and_never_leaves(
    drafting: App, clinic: Clinic
) -> None:
    case = write(drafting, QUESTION)
    settle(drafting, clinic, case)
    assert run_jobs(drafting, clinic) == 1

    recorded = chain(clinic, case)
    (answered,) = [one for one in recorded if one.leaf.type.value == "model:answered"]
    assert answered.payload is not None
    assert answered.payload["stop"] == "end"
    file = file_of(clinic, case)
    assert isinstance(file.drafted, Drafted)
    draft = file.beside or file.drafted.draft
    worded = [one for one in draft.sentences if one.origin is Origin.MODEL]
    print(f"\n{answered.payload['text']}")  # noqa: T201  # shown by pytest -s
    print([(one.text.value, one.supported, one.reasons) for one in worded])  # noqa: T201  # shown by pytest -s
    marked = [one for one in worded if not one.supported]
    assert marked, "the model invents; what it invents is marked"
    assert all(one.reasons for one in marked)
    assert file.ruling.verdict is not Verdict.APPROVED
    assert file.beside is not None or {"model_draft", "source"} <= {one.rule for one in file.ruling.rules if one.fired}
    shown = written_for(clinic, case)
    assert shown.state is DraftingState.DONE
    assert [one.supported for one in shown.sentences] == [one.supported for one in worded][: len(shown.sentences)]
    settle(drafting, clinic, case)
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN
        assert [one.item.item for one in outbox.of_case(work.context, case) if hasattr(one.item.item, "draft")] == []
