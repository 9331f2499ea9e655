"""`vouchsafe knowledge`: a desk's documents, from their sources to search, and what is wrong or missing among them."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import cyclopts
from rich.console import Console
from rich.progress import Progress, track

from vouchsafe.app import App, open_app
from vouchsafe.cli.asking import PasswordFile, a_token, shown_to_be
from vouchsafe.cli.batch import Line, run_batch
from vouchsafe.cli.search import measured, own_question
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import DeskId, WorkspaceId
from vouchsafe.domain.precedent import PrecedentId
from vouchsafe.installing import Refused, desk_named, the_workspace
from vouchsafe.knowledge import calibrating, checking, deciding, services
from vouchsafe.knowledge import precedents as earlier
from vouchsafe.knowledge.door import in_words
from vouchsafe.knowledge.importing import Report, importing, take_in
from vouchsafe.knowledge.missing import missing
from vouchsafe.knowledge.websites import read_site, remember, source_of
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.pipeline.retrieve.own_calibration import OwnQuestion
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.plugins.knowledge.imported import Imported
from vouchsafe.plugins.knowledge.jsonl import read_jsonl
from vouchsafe.plugins.knowledge.rest import Given, Service, ServiceLimits
from vouchsafe.plugins.knowledge.website import Limits, Site
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.settings import load_settings
from vouchsafe.store import knowledge, knowledge_held, knowledge_withdrawn, staff
from vouchsafe.store.knowledge import FOLDER

app = cyclopts.App(name="knowledge", help="Documents of a desk: import, check, withdraw, and what is missing.")

Flag = Annotated[bool, cyclopts.Parameter(negative=())]
_T = TypeVar("_T")
_EXAMPLE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _How:
    """What the operator said of an import from a service."""

    dry: bool
    retire_all: bool
    full: bool


@app.command(name="import", alias="publish")
def import_(  # what the operator may say about a source
    source: str,
    *,
    desk: str,
    dry_run: Flag = False,
    retire_all: Flag = False,
    audience: Annotated[list[str] | None, cyclopts.Parameter(negative=())] = None,
    owner: str = "",
    approved_for_auto: Flag = False,
    private: Flag = False,
    pages: int = Limits().pages,
    api: Flag = False,
    token_env: str = "",
    token_file: Path | None = None,
    full: Flag = False,
) -> int:
    """Bring the desk's knowledge in step with a source: new versions in, what is gone retired. May be run again.

    A document that seems to hold identifiers of a patient or words to a machine is held until a person decides. Exit
    code 1 if something was left out or held; the rest is imported. Each source retires documents of its own only.

    Parameters
    ----------
    source
        A folder of Markdown, HTML, text, PDF, DOCX or CSV files with their metadata; a file of JSON Lines (.jsonl) with
        path, text and metadata; the address of a website (https://www.clinic.example/); or, with --api, of a service
        that lists documents as JSON (docs/operator.md says in which form).
    desk
        Name of the desk, such as patient.
    dry_run
        Say what would change, and change nothing.
    retire_all
        Go on although nothing usable was found, which retires every document of this source.
    audience
        For a website, which says nothing of rights: who may read its pages. May be given several times. With --api: who
        may read documents that do not say.
    owner
        For a website: who answers for its pages. With --api: for documents that do not say.
    approved_for_auto
        For a website: its pages may be quoted without a person. With --api: those that say so may be.
    private
        For a website or a service: its name leads into a private network, and that is meant.
    pages
        For a website or a service: at most so many pages.
    api
        The address is that of a service.
    token_env
        For a service: name of the environment variable that holds its bearer token.
    token_file
        For a service: file whose first line is its bearer token.
    full
        For a service: read the whole list, also what it says has not changed.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        with importing(opened, workspace, desk_id):
            if api:
                given = Given(tuple(audience or ()), owner, approved_for_auto)
                service = Service(source, a_token(token_env, token_file), given, private, ServiceLimits(pages=pages))
                report = _from_service(opened, workspace, desk_id, service, _How(dry_run, retire_all, full))
            elif "://" in source:
                about = {"audience": audience or [], "owner": owner, "approved_for_auto": approved_for_auto}
                site = Site(source, about, private, Limits(pages=pages))
                report = _from_site(opened, workspace, desk_id, site, dry=dry_run, retire_all=retire_all)
            else:
                name, found = _from_files(Path(source))
                report = take_in(opened, workspace, desk_id, found, name, watched, dry=dry_run, retire_all=retire_all)
    _print(desk, report)
    return 1 if any(line.needs_person for line in report.lines) else 0


@app.command
def check(*, desk: str) -> int:
    """Say what of the desk's documents needs a person. Exit code 1 if anything does.

    Owner missing, review overdue, expired or about to, two documents of one title in force at once, an audience that
    nobody at the desk has, sentences of different passages that seem to contradict each other, documents held, a source
    not read for long, documents that changed much since the search was calibrated. Pages in English that read hard are
    named as well: that is advice, and changes no exit code.

    Parameters
    ----------
    desk
        Name of the desk.
    """
    with open_app(load_settings()) as opened:
        found = checking.check(opened, *_place(opened, desk))
    for one in found.doubts:
        print(f"{one.doubt.value}: {one.path}: {one.says}")
    for pair in found.conflicts:
        print(f"contradiction? ({pair.differs})")
        for side in (pair.first, pair.second):
            print(f"    {side.passage.name}: {' '.join(side.text.split())}")
    if found.held:
        print(f"{found.held} documents are held: vouchsafe knowledge held --desk {desk}")
    for source in found.keeping.unread:
        print(f"not read since {source.last:%Y-%m-%d}: {source.source}; vouchsafe knowledge import, by a timer")
    for page in found.hard:
        print(f"reads hard: {page.path}: {page.reading.says}")
    print(f"search {found.keeping.abstention}")
    print(
        f"{desk}: {found.documents} documents, {len(found.doubts)} remarks, "
        f"{len(found.conflicts)} possible contradictions, {found.held} held"
    )
    return 1 if found.needs_person else 0


@app.command
def gaps(*, desk: str, login: str, days: int = 90, show: int = 20, password_file: PasswordFile = None) -> int:
    """List questions that found no source, like ones together, most asked first. Reading them is on record.

    Parameters
    ----------
    desk
        Name of the desk.
    login
        Who reads: somebody who may read cases. Clinical cases are shown to clinicians alone.
    days
        How far to look back.
    show
        At most so many groups.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        found = missing(opened, workspace, desk_id, user, days)
    for gap in found.gaps[:show]:
        print(f"{gap.count} questions, {gap.first:%Y-%m-%d} to {gap.last:%Y-%m-%d}")
        for example in gap.examples:
            print(f"    {example[:_EXAMPLE_CHARACTERS]}")
    hidden = f", {found.hidden} not yours to read" if found.hidden else ""
    print(f"{desk}: {sum(one.count for one in found.gaps)} questions without a source in {found.cases} cases{hidden}")
    return 0


@app.command
def calibrate(
    questions: Path | None = None,
    *,
    desk: str,
    login: str,
    refuse: float = 0.9,
    shipped: Flag = False,
    password_file: PasswordFile = None,
) -> int:
    """Set when the search of a desk abstains, from questions that its documents answer; in force from the next search.

    Takes JSON Lines: `id`, `query`, `document` (the path that answers, as `knowledge list` shows it); at least
    20 about 5 documents. Each is asked with its document and with it taken away; the threshold refuses most of the
    second kind. Measure again when many documents changed. The score alone never sends, whatever it says.

    Parameters
    ----------
    questions
        A file of JSON Lines; standard input where absent.
    desk
        Name of the desk.
    login
        Who sets it: somebody who may decide about knowledge.
    refuse
        The share of questions without a source that shall be refused, between 0 and 1.
    shipped
        Go back to the shipped threshold; no questions are read.
    password_file
        A file whose first line is the person's password; asked for if left out.
    """
    if not 0.0 < refuse < 1.0:
        raise VouchsafeError("--refuse needs a share between 0 and 1, such as 0.9")
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        if shipped:
            calibrating.forget_calibration(opened, workspace, desk_id, user)
            print(f"{desk}: abstains as shipped")
            return 0
        redactor = Redactor(SpacyMd())
        asked: list[OwnQuestion] = []

        def take(line: Line) -> Line:
            asked.append(own_question(redactor, line))
            return {"id": line["id"], "document": asked[-1].topic}

        code = run_batch(take, questions)
        own = calibrating.calibrate(opened, workspace, desk_id, asked, user, refuse)
    print(f"{desk}: {measured(own)}", file=sys.stderr)
    return code


@app.command(name="list")
def list_(*, desk: str) -> int:
    """List the desk's documents with their dates and owner, and those that are withdrawn.

    Parameters
    ----------
    desk
        Name of the desk.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        with opened.store(workspace) as work:
            found = knowledge.documents(work.context, desk_id)
            sources = knowledge.sources(work.context, desk_id)
            out = knowledge_withdrawn.in_force(work.context, desk_id)
    for one in found:
        dates = f"{one.effective_from or ''}..{one.effective_to or ''}"
        source = sources.get((one.path, one.version), "")
        kind = "  approved answer" if one.answer else ""
        print(
            f"{one.path}@{one.version}  {source}  {','.join(sorted(one.audience))}  {dates}  "
            f"{one.owner or 'no owner'}{kind}"
        )
    for gone in out:
        print(f"{gone.path}  withdrawn {gone.at:%Y-%m-%d %H:%M} UTC: {gone.reason}")
    if not found and not out:
        print("no documents")
    return 0


@app.command
def held(*, desk: str) -> int:
    """List documents that wait for a decision, with the reasons. Their words are not shown: read them at the source.

    Parameters
    ----------
    desk
        Name of the desk.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        with opened.store(workspace) as work:
            found = knowledge_held.waiting(work.context, desk_id)
    for one in found:
        print(f"{one.id}  {one.held_at:%Y-%m-%d %H:%M} UTC  {one.document.path}: {in_words(one.reasons)}")
    if not found:
        print("nothing waits")
    return 0


@app.command
def release(item: UUID, *, desk: str, login: str, password_file: PasswordFile = None) -> int:
    """Let a held document be searched and cited.

    Parameters
    ----------
    item
        Its id, see `vouchsafe knowledge held`.
    desk
        Name of the desk.
    login
        Who has read it and answers for it: a lead, privacy or compliance.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        done = deciding.release(opened, workspace, desk_id, item, user)
    print(f"{done.document.path} is searched from now on")
    return 0


@app.command
def discard(item: UUID, *, desk: str, login: str, password_file: PasswordFile = None) -> int:
    """Forget a held document; the same version is not considered again.

    Parameters
    ----------
    item
        Its id, see `vouchsafe knowledge held`.
    desk
        Name of the desk.
    login
        Who decides: a lead, privacy or compliance.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        done = deciding.discard(opened, workspace, desk_id, item, user)
    print(f"{done.document.path} is forgotten; take it out of its source, or mend it there")
    return 0


@app.command
def withdraw(path: str, *, desk: str, login: str, reason: str, password_file: PasswordFile = None) -> int:
    """Take a document out of search at once, and list every reply that cites it.

    It stays out, whatever an import brings, until it is reinstated. Replies that have not begun to leave are stopped.

    Parameters
    ----------
    path
        The document, as `vouchsafe knowledge list` shows it, without its version.
    desk
        Name of the desk.
    login
        Who decides: a lead, privacy or compliance.
    reason
        Recorded with the name.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        done = deciding.withdraw(opened, workspace, desk_id, path, user, reason)
    print(f"{path} is out of search; {len(done.replies)} replies cite it")
    for one in done.replies:
        state = "stopped" if one.case in done.stopped else one.state
        print(f"{one.case}  {state:<9}  {one.at:%Y-%m-%d %H:%M} UTC")
    for case in done.drafts:
        if case not in {one.case for one in done.replies}:
            print(f"{case}  draft, waits for a person")
    return 0


@app.command
def reinstate(path: str, *, desk: str, login: str, password_file: PasswordFile = None) -> int:
    """Search a withdrawn document again, in the version that its source holds.

    Parameters
    ----------
    path
        The document.
    desk
        Name of the desk.
    login
        Who decides: a lead, privacy or compliance.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        deciding.reinstate(opened, workspace, desk_id, path, user)
    print(f"{path} is searched again, as far as its source holds it")
    return 0


@app.command
def precedents(
    *,
    desk: str,
    login: str,
    withdraw: UUID | None = None,
    reason: str = "",
    password_file: PasswordFile = None,
) -> int:
    """List the replies of a desk that were kept as precedents, or withdraw one. Both are on record.

    A precedent is shown to people beside like questions; nothing is answered from it without a person.

    Parameters
    ----------
    desk
        Name of the desk.
    login
        Who reads or decides: a lead or privacy.
    withdraw
        The precedent that nobody is shown any more; its words are forgotten.
    reason
        Why, with --withdraw; recorded with the name.
    password_file
        A file whose first line is the person's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace, desk_id = _place(opened, desk)
        user = shown_to_be(opened, workspace, login, password_file)
        if withdraw is not None:
            earlier.withdraw(opened, workspace, desk_id, PrecedentId(withdraw), user, reason)
            print(f"{withdraw} is withdrawn; its words are forgotten")
            return 0
        found = earlier.listed(opened, workspace, desk_id, user)
        with opened.store(workspace) as work:
            names = {one.id: one.name for one in staff.every(work.context)}
    for one in found:
        print(f"{one.id}  {one.at:%Y-%m-%d}  kept by {names.get(one.by, 'somebody')}, case {one.case}")
        print(f"    {' '.join(one.question.split())[:_EXAMPLE_CHARACTERS]}")
    print(f"{desk}: {len(found)} precedents")
    return 0


def _from_files(source: Path) -> tuple[str, Imported]:
    """The name of the source, and what it gave."""
    if source.suffix.lower() in {".jsonl", ".ndjson"}:
        return f"jsonl:{source.name}", read_jsonl(source)
    return FOLDER, read_folder(source, lambda files: watched(files, "Reading"))


def _from_site(  # where, what, and how
    opened: App, workspace: WorkspaceId, desk: DeskId, site: Site, *, dry: bool, retire_all: bool
) -> Report:
    if not site.about["audience"]:
        raise Refused("a website says nothing of rights; say who may read its pages, such as --audience public")
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("Visiting")
        visited = read_site(
            opened, workspace, desk, site, lambda done, known: bar.update(task, completed=done, total=known)
        )
    report = take_in(
        opened, workspace, desk, visited.imported, source_of(site), watched, dry=dry, retire_all=retire_all
    )
    if not dry:
        remember(opened, workspace, desk, site, visited)
    return report


def _from_service(opened: App, workspace: WorkspaceId, desk: DeskId, service: Service, how: _How) -> Report:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("Listing", total=None)

        def seen(pages: int, documents: int) -> None:
            bar.update(task, description=f"Listing: {pages} pages, {documents} documents")

        listed = services.read_list(opened, workspace, desk, service, seen, full=how.full, retire_all=how.retire_all)
    source = services.source_of(service)
    report = take_in(opened, workspace, desk, listed.imported, source, watched, dry=how.dry, retire_all=how.retire_all)
    if not how.dry:
        services.remember(opened, workspace, desk, service, listed)
    return report


def watched(things: Sequence[_T], what: str) -> Iterable[_T]:
    """The same things, with a progress bar on standard error where somebody looks."""
    return track(things, what, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)


def _place(opened: App, desk: str) -> tuple[WorkspaceId, DeskId]:
    workspace = the_workspace(opened)
    return workspace, desk_named(opened, workspace, desk)


def _print(desk: str, report: Report) -> None:
    would = "would be " if report.dry else ""
    print(
        f"{desk}: {len(report.added)} versions {would}published, {len(report.retired)} {would}retired, "
        f"{report.unchanged} unchanged, {len(report.held)} {would}held"
    )
    if report.dry:
        for path, version in report.added:
            print(f"would publish: {path}@{version}")
        for path, version in report.retired:
            print(f"would retire: {path}@{version}")
    for line in report.lines:
        print(f"not published: {line.path}: {line.says}")
    if report.held and not report.dry:
        print(f"somebody has to decide: vouchsafe knowledge held --desk {desk}")
