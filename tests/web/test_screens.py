"""The workbench by plain HTTP: who may see what, and what is on record afterwards."""

from tests.web.conftest import Bench

from vouchsafe.domain.finding import ClinicalClass
from vouchsafe.testing import builders


def test_every_screen_opens_for_the_role_it_is_for(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    for path in ("/queue", "/queue/rows", f"/cases/{case}", f"/cases/{case}/decision", "/quarantine", "/outbox"):
        assert agent.get(path).status_code == 200, path


def test_a_case_is_labelled_phi_for_whoever_reads_its_words(bench: Bench) -> None:
    says = builders.findings(classes=[ClinicalClass.TREATMENT])
    clinical = bench.morning.arrive("My tablets", "This is [NAME_1]. Do I take them before meals?", says)
    routine = bench.morning.cases["draft"]

    assert ">PHI</abbr>" in bench.visitor("nurse").get(f"/cases/{clinical}").text
    assert ">PHI</abbr>" not in bench.visitor("agent").get(f"/cases/{clinical}").text
    assert ">PHI</abbr>" not in bench.visitor("nurse").get(f"/cases/{routine}").text
