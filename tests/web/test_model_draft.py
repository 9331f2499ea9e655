"""A language model's draft on the case's page: what has no source is marked in words, and cannot be signed as it is."""

import re
from dataclasses import replace

from tests.web.conftest import Bench
from tests.web.test_acts import act, file, row

from vouchsafe.domain.draft import Draft, Origin
from vouchsafe.domain.states import Drafted, Redrafted
from vouchsafe.pipeline import trace
from vouchsafe.testing import builders

PROMPT = f"prompt/draft_1@{'a' * 32}"
MODEL = f"openai_compatible/large-2@{'b' * 32}"
REASON = "a number is not in the sources"


def put(bench: Bench, *, beside: bool) -> str:
    """A model's draft with one bare sentence, in the place of the local one or beside it; the case's id."""
    case = bench.morning.cases["draft"]
    clinic = bench.morning.clinic
    held = file(bench, case)
    assert isinstance(held.drafted, Drafted)
    quoted = next(one for one in held.drafted.draft.sentences if one.origin is Origin.VERBATIM)
    bare = replace(
        builders.phrase("Parking costs twice that."), origin=Origin.MODEL, supported=False, reasons=(REASON,)
    )
    draft = Draft(((quoted, bare),), "en", MODEL, 0.8, prompt=PROMPT)
    with clinic.store(clinic.workspace) as work:
        head = work.head(case)
        if beside:
            state = Redrafted(head, held.drafted, None, draft_visible=True, beside=draft)
        else:
            state = Redrafted(head, replace(held.drafted, draft=draft), held.ruling, draft_visible=True)
        work.record(state, *trace.redrafted(state, builders.the_pack()))
    return str(case)


def test_a_sentence_without_a_source_is_marked_in_words_with_the_reasons_and_cannot_be_approved(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    put(bench, beside=False)

    page = agent.get(f"/cases/{case}").text

    assert re.search(r"Parking costs twice that\..{0,40}<em class=\"lack\">.*?no source says this: ", page, re.DOTALL)
    assert REASON in page
    assert "Worded by a language model" in page
    assert "openai_compatible/large-2" in page
    assert "1 sentences have no source" in page
    assert 'data-act="approve"' not in page
    status, _ = act(agent, case, "approve")
    assert status == 422


def test_a_draft_beside_shows_its_marks_and_the_local_one_can_still_be_signed(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    put(bench, beside=True)

    page = agent.get(f"/cases/{case}").text

    assert "that no source holds; it cannot be sent" in page
    assert REASON in page
    assert "Worded by a language model" not in page
    status, _ = act(agent, case, "approve")
    assert status in {200, 303}
    reply = file(bench, case).reply
    assert reply is not None
    assert "twice that" not in reply.item.text.value


def test_an_open_page_learns_that_a_model_has_drafted_and_a_stale_signature_keeps_the_typed_words(bench: Bench) -> None:
    case = bench.morning.cases["draft"]
    agent = bench.visitor("agent")
    before = agent.get(f"/cases/{case}/version").json()
    put(bench, beside=False)

    now = agent.get(f"/cases/{case}/version").json()
    assert (before["drafted"], now["drafted"]) == (False, True)
    assert now["version"] == before["version"] + 1
    stale = {"version": str(before["version"]), "edited": "1", "text": "My own words, typed at length."}
    status, page = act(agent, case, "approve", **stale)
    assert status == 409
    assert "My own words, typed at length." in page
    assert row(bench, case).version == now["version"]


def test_the_decision_page_tells_prompt_and_model(bench: Bench) -> None:
    case = put(bench, beside=False)

    page = bench.visitor("lead").get(f"/cases/{case}/decision").text

    assert PROMPT in page
    assert MODEL in page
    assert f"(not supported: {REASON})" in page
