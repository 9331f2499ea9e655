"""What a worker counts can be read from this machine."""

from pathlib import Path
from urllib.request import urlopen

from prometheus_client import REGISTRY
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.spending import Spend
from vouchsafe.settings import Settings
from vouchsafe.store.model_ledger import PgLedger
from vouchsafe.worker.loops import Worker
from vouchsafe.worker.metrics import LOOP_FAILURES, serve_metrics


def test_a_second_worker_takes_the_next_free_port_and_each_shows_its_counts() -> None:
    LOOP_FAILURES.labels("outbox").inc()
    first = serve_metrics(39464)
    assert first is not None
    second = serve_metrics(first[0].server_port)
    assert second is not None
    try:
        for server, _ in (first, second):
            assert server.server_address[0] == "127.0.0.1"
            with urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
                assert b'vouchsafe_loop_failures_total{loop="outbox"}' in answer.read()
        assert second[0].server_port > first[0].server_port
        assert serve_metrics(first[0].server_port, tries=1) is None
    finally:
        for server, thread in (first, second):
            server.shutdown()
            server.server_close()
            thread.join()


def test_the_sweep_shows_what_the_model_used_today_beside_its_limit(clinic: Clinic, tmp_path: Path) -> None:
    model = {"model_provider": "openai_compatible", "model_endpoint": "http://127.0.0.1:9/v1", "model_name": "m"}
    told = {**model, "model_region": "on-premises", "model_price_in": 3.0, "model_cost_a_day": 20.0}
    settings = Settings(data_dir=tmp_path).model_copy(update=told)
    app = App(settings, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)
    called = Event(EventType.MODEL_CALLED, system("routing"), Outcome.OK, payload={"attempt": 1})
    today = clinic.clock.now().date()
    PgLedger(clinic.store, clinic.workspace).reserve(
        called, Spend(2, 900, 1_500_000), Spend(9, 9_999, 9_999_999), today
    )

    Worker(app).drain(clinic.workspace)

    shown = {
        unit: REGISTRY.get_sample_value("vouchsafe_model_used_today", {"unit": unit})
        for unit in ("calls", "tokens", "cost")
    }
    assert shown == {"calls": 2, "tokens": 900, "cost": 1.5}
    assert REGISTRY.get_sample_value("vouchsafe_model_limit_a_day", {"unit": "cost"}) == 20.0
