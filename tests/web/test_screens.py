"""The workbench by plain HTTP: who may see what, and what is on record afterwards."""

from tests.web.conftest import Bench


def test_every_screen_opens_for_the_role_it_is_for(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    for path in ("/queue", "/queue/rows", f"/cases/{case}", f"/cases/{case}/decision", "/quarantine", "/outbox"):
        assert agent.get(path).status_code == 200, path
