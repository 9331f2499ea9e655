"""The demo's papers after its traffic: a page withdrawn, one held, gaps, a refused call, a bad draft by a model."""

import textwrap
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vouchsafe.app import App
from vouchsafe.cli import demo_model
from vouchsafe.domain.agreement import DataClass
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.passage import Document, Scope
from vouchsafe.domain.prompt import Prompt, Template
from vouchsafe.domain.staff import Role, User
from vouchsafe.governance.routing import NoAnswer, Question
from vouchsafe.installing import adopt_register, desk_named
from vouchsafe.knowledge.deciding import Withdrawn, withdraw
from vouchsafe.knowledge.door import in_words
from vouchsafe.knowledge.importing import importing, take_in
from vouchsafe.knowledge.missing import missing
from vouchsafe.pipeline.redact.fixed import our_message
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import demo_folder
from vouchsafe.store import knowledge_held, knowledge_views, staff

DESK = "patient"
OUTDATED = "estimates.md"
WHY = "The estimate form gets a new address in December; billing sends a new page."
MODEL = {
    "model_provider": "openai_compatible",
    "model_endpoint": "https://models.northwind.example/v1",
    "model_name": "northwind-large-2",
    "model_region": "us-east-1",
}
"""Settings of a language model at an invented address: the agreement with its provider has ended."""
_SOURCE = "shared drive"
_DAYS = 7
_LONGEST = 100
"""Characters of a question in the closing table."""
_TRIAL = Template("trial", "Answer with the one word: yes.")
_TRIAL_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What the closing table says; each came out of the acts themselves."""

    documents: int
    expired: tuple[str, ...]
    several: tuple[str, ...]
    held: tuple[tuple[str, str], ...]
    withdrawn: Withdrawn
    gaps: tuple[tuple[int, str], ...]
    all_gaps: int
    call: str
    """What the door to the language model answered when it was asked."""
    marked: demo_model.Marked | None
    """The case for which the clinic's own model, which makes things up, wrote a draft."""


def earlier_pages() -> tuple[Document, ...]:
    """What two pages of the clinic said before they were mended."""
    return read_folder(demo_folder() / "earlier").documents


def play(opened: App, workspace: WorkspaceId) -> Shown:
    """Do what people of the clinic would: import a file that must not be public, withdraw a page, adopt agreements."""
    desk = desk_named(opened, workspace, DESK)
    people = _people(opened, workspace)
    with importing(opened, workspace, desk):
        take_in(opened, workspace, desk, read_folder(demo_folder() / "held"), _SOURCE)
    withdrawn = withdraw(opened, workspace, desk, OUTDATED, people[Role.LEAD], WHY)
    with demo_model.lying() as model:
        register = (demo_folder() / "agreements.yaml").read_text("utf-8").replace(demo_model.ENDPOINT, model.endpoint)
        adopt_register(opened, workspace, register.encode(), people[Role.ADMIN])
        marked = demo_model.draft(opened, workspace, desk, model)
    found = missing(opened, workspace, desk, people[Role.LEAD], _DAYS).gaps
    asked = [(one.count, one.examples[0]) for one in found if "?" in one.examples[0]]
    gaps = tuple((count, textwrap.shorten(words, _LONGEST)) for count, words in asked[:3])
    return _shown(opened, workspace, desk, withdrawn, gaps, len(found), marked)


def table_of(shown: Shown, base_url: str) -> Table:
    """The closing table: what stands on the screens of knowledge and agreements, and where."""
    table = Table(title="What the clinic knows, and where its data goes", show_header=False)
    table.add_column("what", no_wrap=True)
    table.add_column("says", overflow="fold")
    table.add_row("documents", f"{shown.documents} in force or to come, for the {DESK} desk")
    table.add_row("expired", "\n".join(shown.expired))
    table.add_row("several versions", "\n".join(shown.several))
    table.add_row("held", escape("\n".join(f"{path}: {why}" for path, why in shown.held)))
    replies = len(shown.withdrawn.replies)
    cite = "1 reply cites" if replies == 1 else f"{replies} replies cite"
    table.add_row("withdrawn", f"{OUTDATED}, which {cite}: {WHY}")
    asked = "\n".join(f"{count} x {question}" for count, question in shown.gaps)
    table.add_row("gaps", escape(f"{shown.all_gaps} questions without a page, such as\n{asked}" if asked else "none"))
    table.add_row("a call to the model", f"[bold red]refused[/]: {escape(shown.call)}")
    if shown.marked:
        why = escape("; ".join(shown.marked.reasons))
        held = "[bold yellow]held[/]: the model of the clinic's own made a sentence up, which is marked: "
        table.add_row("a draft by a model", f"{held}{why}\n{base_url}/cases/{shown.marked.case}")
    table.add_row("look at", f"{base_url}/knowledge   {base_url}/agreements")
    return table


def show(opened: App, workspace: WorkspaceId, console: Console) -> None:
    """Play it and print the closing table."""
    with console.status("a page is withdrawn, another held, agreements are adopted ..."):
        shown = play(opened, workspace)
    console.print(table_of(shown, opened.settings.base_url))


def _shown(  # noqa: PLR0917  # the parts of the table
    opened: App,
    workspace: WorkspaceId,
    desk: DeskId,
    withdrawn: Withdrawn,
    gaps: tuple[tuple[int, str], ...],
    all_gaps: int,
    marked: demo_model.Marked | None,
) -> Shown:
    today = opened.clock.now().date()
    with opened.store(workspace) as work:
        versions = knowledge_views.versions(work.context, desk)
        held = knowledge_held.waiting(work.context, desk)
    now = {one.document.path: one.document for one in versions if one.retired_at is None}
    counts = {path: sum(one.document.path == path for one in versions) for path in now}
    over = [path for path, one in now.items() if one.effective_to and one.effective_to < today]
    return Shown(
        documents=len(now) - len(over),
        expired=tuple(over),
        several=tuple(f"{path}: {count}" for path, count in counts.items() if count > 1),
        held=tuple((one.document.path, in_words(one.reasons)) for one in held),
        withdrawn=withdrawn,
        gaps=gaps,
        all_gaps=all_gaps,
        call=_try(opened, workspace),
        marked=marked,
    )


def _try(opened: App, workspace: WorkspaceId) -> str:
    """Ask the language model for one word through the door that every call goes through; what came of it."""
    scope = Scope(frozenset(), Assurance.ANONYMOUS, opened.clock.now().date(), public_only=True)
    prompt = Prompt(_TRIAL, our_message("Are you there?"), (), scope)
    answer = opened.router(workspace).ask(Question(prompt, frozenset({DataClass.REDACTED}), _TRIAL_TOKENS))
    return answer.says if isinstance(answer, NoAnswer) else "it answered, which it should not have"


def _people(opened: App, workspace: WorkspaceId) -> dict[Role, User]:
    """One person of each role."""
    with opened.store(workspace) as work:
        every = staff.every(work.context)
    return {role: user for user in reversed(every) for role in user.roles}
