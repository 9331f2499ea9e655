"""`vouchsafe explain CASE`: the whole chain of one case, as the trail keeps it."""

import re

import cyclopts
from rich.console import Console

from vouchsafe.app import App, open_app
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance import explain as chain
from vouchsafe.ports.work import NotFound
from vouchsafe.settings import load_settings
from vouchsafe.store import audit, cases, checkpointer, messages, staff, trail

app = cyclopts.App(name="explain", help="Print the whole chain of one case.")

_ENDING = re.compile(r"[0-9a-f-]{6,36}")


@app.default
def explain(case: str) -> int:
    """Print what came in, every finding, rule and source, who signed and what left, with the place in the log.

    Parameters
    ----------
    case
        The id of the case, also its decision id; its last six characters or more do where only one case has them.
    """
    ending = case.strip().lower()
    if not _ENDING.fullmatch(ending):
        raise NotFound(
            "a case id looks like 0190a1b2-0000-7000-8000-000000000000; copy it from the workbench, whole or its end"
        )
    with open_app(load_settings()) as opened:
        found = [(one, each) for each in opened.workspaces() for one in _ending_so(opened, each, ending)]
        if len(found) > 1:
            raise NotFound("more than one case id ends like that; give more of it")
        for case_id, workspace in found:
            _print(opened, workspace, case_id)
            return 0
    raise NotFound("there is no such case")


def _ending_so(opened: App, workspace: WorkspaceId, ending: str) -> tuple[CaseId, ...]:
    with opened.store(workspace) as work:
        return cases.by_ending(work.context, ending)


def _print(opened: App, workspace: WorkspaceId, case: CaseId) -> None:
    console = Console(highlight=False, soft_wrap=True)
    with opened.store(workspace) as work:
        row = cases.get(work.context, case)
        # The read is written before anything is shown, in the same transaction.
        work.note(Event(EventType.TRAIL_READ, system("cli"), Outcome.OK, case=case, conversation=row.conversation))
        recorded = trail.of_case(work.context, case)
        names = {str(user.id): user.signature for user in staff.every(work.context)}
        links = [chain.link(one.leaf, one.payload, one.index, names) for one in recorded]
        safe = messages.safe_turns(work.context, row.conversation)
        asked = " / ".join(turn.text.value.strip().splitlines()[0] for turn in safe.values() if turn.text.value.strip())
        newest = checkpointer.latest(work.context.connection)
    top = chain.answer(links, asked or "(not yet read)")
    console.print(f"case     {case}   stage {row.stage.value}   queue {row.queue or '-'}", markup=False)
    console.print(f"asked    {top.asked[:300]}", markup=False)
    console.print(f"left     {top.left}", markup=False)
    console.print(f"answers  {top.answers}\n", markup=False)
    for one in links:
        place = f"log {one.index}" if one.index is not None else "pending"
        console.print(f"{one.at:%Y-%m-%d %H:%M:%S.%f} UTC  {one.type.value:<22} {one.actor:<12} {place}", markup=False)
        console.print(f"    {one.says}", markup=False)
        for detail in one.details:
            console.print(f"      - {detail}", markup=False)
        for version in one.versions:
            console.print(f"      by {version}", markup=False)
    if newest:
        console.print(f"\nsigned up to event {newest[0]} at {newest[2]:%Y-%m-%d %H:%M:%S} UTC", markup=False)
    _print_proof(console, opened, workspace, case)


def _print_proof(console: Console, opened: App, workspace: WorkspaceId, case: CaseId) -> None:
    """Whether what was printed is what was signed; a chain that somebody touched must not look like any other."""
    found = audit.verify_one(opened.store.database, opened.keys, workspace, opened.settings.domain, case)
    if found is None:
        console.print("proof    unknown: nothing is signed yet", markup=False)
        return
    console.print(
        f"proof    {found.verdict.value}: {found.proven} of {found.events} events stand under the newest checkpoint, "
        f"{found.unsigned} came later; vouchsafe verify checks the whole log",
        markup=False,
    )
    for finding in found.findings:
        console.print(f"WRONG    {finding.kind.value}: {finding.says}", markup=False)
