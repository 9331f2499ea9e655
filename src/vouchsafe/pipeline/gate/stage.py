"""The stage: a drafted or unanswerable case becomes an approved reply, or waits for a person."""

from collections.abc import Callable

from vouchsafe.domain.message import Author
from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.domain.reply import Approved, Reply
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import AwaitingHuman, Drafted, Escalated, Ruled, Unanswerable
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.gate.decision import decide
from vouchsafe.pipeline.gate.input import GateInput, gate_input


def run(
    state: Drafted | Unanswerable,
    pack: Pack,
    our_words: Callable[[str], SafeText],
    *,
    found: tuple[str, ...] = (),
) -> Ruled:
    """The gate's ruling on a case.

    `our_words` makes `SafeText` of words that were redacted already. `found` are the values that the redactor
    recognised in the draft; each must come from this conversation or from a cited passage.
    """
    case = gate_input(state, pack, found=found)
    ruling = decide(case)
    head = state.grounded.understood.redacted.head
    if ruling.verdict is Verdict.APPROVED and isinstance(state, Drafted):
        draft = state.draft
        reply = Reply(
            text=our_words(draft.text),
            author=Author.MACHINE,
            signed_as="",
            language=draft.language,
            citations=draft.citations,
            draft=draft,
            intent=case.intent.name if case.intent else None,
        )
        return Approved(reply, head.workspace, head.conversation, head.id, head.version, ruling, ())
    ending = Escalated if ruling.verdict is Verdict.ESCALATED else AwaitingHuman
    return ending(head, state, ruling, draft_visible=_draft_visible(case))


def _draft_visible(case: GateInput) -> bool:
    """Shadow drafts are hidden from whoever answers, and no draft stands beside the words of a person in crisis."""
    in_crisis = case.findings.crisis.flag or case.circumstances.sticky.crisis
    return case.mode is not Mode.SHADOW and not in_crisis
