"""The names of the organisation's own places stay readable in its messages, once it has named them."""

import pytest
from tests.conftest import Clinic
from tests.journeys.scene import write

from vouchsafe.app import App
from vouchsafe.worker.passes import advance_case

WORDS = "Hello, I was told to come to Thornbury Imaging in Sunnyvale. When is the main clinic open?"


@pytest.mark.parametrize("named", [False, True])
def test_a_place_that_is_named_in_the_settings_stays_in_the_text_and_others_go(
    app: App, clinic: Clinic, *, named: bool
) -> None:
    settings = app.settings.model_copy(update={"own_places": "Thornbury Imaging" if named else ""})
    ours = App(settings, app.store, app.keys, app.clock, app.ids)
    ours.embedder = app.embedder
    case = write(ours, WORDS)
    advance_case(ours, clinic.workspace, case)

    with clinic.store(clinic.workspace) as work:
        (turn,) = work.case_file(case).drafted.grounded.understood.redacted.fresh
    assert ("Thornbury Imaging" in turn.text.value) is named
    assert "Sunnyvale" not in turn.text.value
