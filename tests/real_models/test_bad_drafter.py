"""A real model that invents drafts for the clinic: through the door, over a real server, and stopped by the gate."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import settle, write
from tests.journeys.test_model_draft import adopt, chain, file_of, run_jobs
from tests.real_models import llama

from vouchsafe.app import App
from vouchsafe.domain.draft import Origin
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import Drafted, Stage
from vouchsafe.store import desks, outbox
from vouchsafe.testing.model_servers import ModelServer

QUESTIONS = (
    "When is the main clinic open on Saturdays?",
    "Where can I park at the main clinic, and what does it cost?",
    "How can I pay my bill online?",
)


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
def drafting(app: App, clinic: Clinic, address: str) -> App:
    """The application with that server as the clinic's own model, at a desk where people send."""
    app.settings = app.settings.model_copy(
        update={
            "drafter": "model",
            "model_provider": "openai_compatible",
            "model_endpoint": f"{address}/v1",
            "model_name": "large-2",
            "model_region": "on-premises",
            "model_wait_s": 600,
        }
    )
    with clinic.store(clinic.workspace) as work:
        desks.set_mode(work.context, clinic.desk, Mode.COPILOT)
    adopt(app, clinic, ModelServer(address))
    return app


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_real_bad_drafter_writes_is_held_and_never_leaves(drafting: App, clinic: Clinic, question: str) -> None:
    case = write(drafting, question)
    settle(drafting, clinic, case)
    assert run_jobs(drafting, clinic) == 1

    recorded = chain(clinic, case)
    (answered,) = [one for one in recorded if one.leaf.type.value == "model:answered"]
    assert answered.payload is not None
    assert answered.payload["text"]
    print(f"\n{question}\n{answered.payload['text']}\n{[one.leaf.type.value for one in recorded][-4:]}")  # noqa: T201
    file = file_of(clinic, case)
    assert isinstance(file.drafted, Drafted)
    worded = [one for one in file.drafted.draft.sentences if one.origin is Origin.MODEL]
    assert file.ruling.verdict is not Verdict.APPROVED
    assert file.drafted.draft.prompt is None or "model_draft" in {r.rule for r in file.ruling.rules if r.fired}
    assert all(one.supported or one.reasons for one in worded)
    settle(drafting, clinic, case)
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(case).stage is Stage.AWAITING_HUMAN
        assert [one.item.item for one in outbox.of_case(work.context, case) if hasattr(one.item.item, "draft")] == []
