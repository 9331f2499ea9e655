"""An organisation's own intent in auto whose examples let clinical words through never answers alone."""

import shutil
from importlib.resources import as_file, files

import pytest
import yaml
from tests.conftest import Clinic
from tests.journeys.scene import settle, write

from vouchsafe.app import App
from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import Stage
from vouchsafe.governance.packs import SHIPPED, load_pack
from vouchsafe.pipeline.detect.detectors import near_risk
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.world import World
from vouchsafe.ports.clock import SystemClock
from vouchsafe.ports.ids import RandomIds
from vouchsafe.quality.scratch import Scratch, ScratchMessage
from vouchsafe.store import desks

QUESTION = "Hello, when is the main clinic open on Saturdays? Thank you"
PILLS = ["how long until the antibiotics work", "how long do antibiotics take to kick in"]


def own_pack(app: App) -> Pack:
    """The shipped pack, kept as the organisation's own, with two questions about pills among the examples of hours."""
    folder = app.settings.packs_dir / "patient"
    with as_file(files("vouchsafe.data") / "packs" / "patient") as shipped:
        shutil.copytree(shipped, folder)
    hours = folder / "intents" / "visiting.yaml"
    rows = yaml.safe_load(hours.read_text("utf-8"))
    intent = next(one for one in rows["intents"] if one["name"] == "opening_hours")
    intent["examples"][-2:] = PILLS
    hours.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    pack = load_pack(folder)
    found = pack.intent("opening_hours")
    assert found is not None
    assert found.mode is Mode.AUTO
    return pack


def test_no_shipped_intent_in_auto_lets_clinical_words_through(app: App) -> None:
    for name in SHIPPED:
        pack = load_pack(name=name)
        assert not near_risk([one for one in pack.intents if one.mode is Mode.AUTO], app.embedder)
        assert not app.near_risk(pack)


def test_such_an_intent_waits_for_a_person_with_its_draft_and_the_ruling_says_why(app: App, clinic: Clinic) -> None:
    own_pack(app)

    case = write(app, QUESTION)
    settle(app, clinic, case)

    with clinic.store(clinic.workspace) as work:
        row, file = work.case_row(case), work.case_file(case)
    assert row.stage is Stage.AWAITING_HUMAN
    fired = {str(rule.rule): rule.reason for rule in file.ruling.rules if rule.fired}
    assert set(fired) == {"mode"}
    assert "let clinical or crisis words through" in fired["mode"]
    assert file.draft_visible
    assert not [one for one in app.settings.outbox_dir.glob("*.eml") if "8:00" in one.read_text()]


def test_a_desk_is_told_which_intent_and_which_words(app: App) -> None:
    assert app.near_risk(own_pack(app)) == {"opening_hours": "how long until the antibiotics kick in"}


@pytest.mark.parametrize("own", [False, True])
def test_the_pass_of_the_answer_command_holds_it_too(app: App, clinic: Clinic, *, own: bool) -> None:
    pack = own_pack(app) if own else load_pack()
    with clinic.store(clinic.workspace) as work:
        desk = desks.get(work.context, clinic.desk)
    world = World(
        redactor=app.redactor,
        detectors=app.detectors(pack),
        searcher=app.index(clinic.workspace, desk),
        pack=pack,
        our_words=our_words,
        rescan=rescan,
        today=app.today(pack),
    )
    clock = SystemClock()

    decided = Scratch(world, clock, RandomIds(clock)).run(ScratchMessage(text=QUESTION), world)

    assert decided.ruling.verdict is (Verdict.AWAITING_HUMAN if own else Verdict.APPROVED)
    assert world.pack.ref == pack.ref
