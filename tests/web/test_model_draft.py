"""A language model's draft on the case's page: what has no source is marked in words, and cannot be signed as it is."""

import re
from dataclasses import replace
from datetime import timedelta

from tests.web.conftest import Bench
from tests.web.test_acts import act, file, row

from vouchsafe.domain.draft import Draft, Origin
from vouchsafe.domain.states import Drafted, Redrafted
from vouchsafe.pipeline import trace
from vouchsafe.store import drafting
from vouchsafe.store.drafting import DraftingState
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
    assert "Sentences without a source: 1." in page
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


def begin(bench: Bench, name: str = "draft", *, minutes: int = 5) -> str:
    """A model writes for a case, two checked sentences so far; the case's id."""
    case, clinic = bench.morning.cases[name], bench.morning.clinic
    held = file(bench, case)
    quoted = builders.draft().sentences
    bare = replace(
        builders.phrase("Parking costs twice that."), origin=Origin.MODEL, supported=False, reasons=(REASON,)
    )
    assert held is not None
    with clinic.store(clinic.workspace) as work:
        found = work.case_row(case)
        drafting.begin(work.context, found, MODEL, clinic.clock.now() + timedelta(minutes=minutes))
        drafting.keep(work.context, found, (*[one for one in quoted if one.citation][:1], bare))
    return str(case)


def end(bench: Bench, state: DraftingState) -> None:
    """It is over."""
    clinic = bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        drafting.end(work.context, row(bench, bench.morning.cases["draft"]), state, "time")


def test_whoever_opens_a_case_while_a_model_writes_sees_so_and_each_checked_sentence_with_its_mark(
    bench: Bench,
) -> None:
    case = begin(bench)
    agent = bench.visitor("agent")

    page = agent.get(f"/cases/{case}").text

    assert "A language model is drafting." in page
    assert "2 sentences so far, 1 without a source." in page
    assert "word for word from the source: " in page
    assert re.search(r"Parking costs twice that\.\s*<em class=\"lack\">.*?no source says this: ", page, re.DOTALL)
    assert REASON in page
    assert 'data-act="approve"' in page, "the local draft can be signed meanwhile"
    status, _ = act(agent, bench.morning.cases["draft"], "approve")
    assert status in {200, 303}
    reply = file(bench, bench.morning.cases["draft"]).reply
    assert reply is not None
    assert "twice that" not in reply.item.text.value


def test_no_sentence_that_comes_is_read_out_by_itself(bench: Bench) -> None:
    case = begin(bench)

    page = bench.visitor("agent").get(f"/cases/{case}").text

    status = re.search(r'<p class="sr" role="status" data-drafting>(.*?)</p>', page)
    assert status
    assert status.group(1) == ""
    written = page[page.index('<div id="drafting">') : page.index("data-drafting")]
    assert "aria-live" not in written
    assert "role=" not in written.rpartition("<p")[0]


def test_an_open_page_fetches_what_is_written_for_its_own_version_alone(bench: Bench) -> None:
    case = begin(bench)
    agent = bench.visitor("agent")
    version = int(agent.version(case))

    assert "Parking costs twice that." in agent.get(f"/cases/{case}/drafting?version={version}").text
    for other in (str(version + 1), "-1", "x", "", "9" * 30):
        assert agent.get(f"/cases/{case}/drafting?version={other}").status_code == 204
    end(bench, DraftingState.DONE)
    put(bench, beside=False)
    assert "has finished" in agent.get(f"/cases/{case}/drafting?version={version}").text
    assert 'id="writing-title"' not in agent.get(f"/cases/{case}").text


def test_what_was_written_in_vain_stays_readable_and_says_so(bench: Bench) -> None:
    case = begin(bench)
    end(bench, DraftingState.WITHDRAWN)

    page = bench.visitor("agent").get(f"/cases/{case}").text

    assert "it is withdrawn" in page
    assert "Parking costs twice that." in page


def test_where_no_sentence_was_shown_the_page_does_not_say_that_a_model_wrote(bench: Bench) -> None:
    case, clinic = bench.morning.cases["draft"], bench.morning.clinic
    with clinic.store(clinic.workspace) as work:
        drafting.begin(work.context, work.case_row(case), MODEL, clinic.clock.now() + timedelta(minutes=5))
    end(bench, DraftingState.WITHDRAWN)

    page = bench.visitor("agent").get(f"/cases/{case}").text

    assert "No language model&#39;s draft came of it." in page
    assert "wrote this" not in page


def test_a_model_that_never_ended_counts_as_withdrawn_after_its_time(bench: Bench) -> None:
    case = begin(bench, minutes=0)
    bench.morning.clinic.clock.advance(minutes=1)

    assert "it is withdrawn" in bench.visitor("agent").get(f"/cases/{case}").text


def test_who_may_not_read_the_words_of_a_case_sees_none_of_a_model_s(bench: Bench) -> None:
    case = begin(bench, "clinical")
    agent = bench.visitor("agent")

    assert "twice that" not in agent.get(f"/cases/{case}").text
    assert agent.get(f"/cases/{case}/drafting?version={agent.version(case)}").status_code == 204
    assert bench.visitor().get(f"/cases/{case}/drafting?version=1").status_code in {303, 401}
