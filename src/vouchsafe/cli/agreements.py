"""`vouchsafe agreements`: who may receive what, under which signed paper, and the written answer for procurement."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cyclopts

from vouchsafe.app import App, open_app
from vouchsafe.cli.asking import PasswordFile, asked, shown_to_be
from vouchsafe.domain.agreement import AgreementId, DataClass, Permit, Refusal, Register
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.passage import Scope
from vouchsafe.domain.prompt import Prompt, Template
from vouchsafe.governance.agreement_facts import blank as blank_register
from vouchsafe.governance.agreement_facts import shipped_facts
from vouchsafe.governance.agreement_files import read_register
from vouchsafe.governance.agreement_letter import NOTHING_LEAVES
from vouchsafe.governance.agreement_letter import letter as letter_of
from vouchsafe.governance.agreement_rows import blank_relay, new_register, with_own_relay
from vouchsafe.governance.agreements import gaps, permit
from vouchsafe.governance.routing import NoAnswer, Question
from vouchsafe.governance.training import training_letter
from vouchsafe.governance.ways_out import MAIL, PAGES, WayOut, Without
from vouchsafe.installing import Refused, adopt_register, change_register, the_workspace
from vouchsafe.pipeline.redact.fixed import our_message
from vouchsafe.ports.clock import Clock, SystemClock
from vouchsafe.settings import load_settings
from vouchsafe.store import outbox

app = cyclopts.App(name="agreements", help="Agreements with everybody who receives data, and their written answer.")

_NO_RELAY = "No mail relay is set: mail stays in its folder on this machine, and needs no agreement."
_TRIAL = Template("trial", "Answer with the one word: yes.")
_TRIAL_TOKENS = 200


@app.command
def blank() -> int:
    """Print a register to fill in."""
    print(blank_register(), end="")
    return 0


@app.command
def facts() -> int:
    """Print dated notes on what agreements of large providers are said to cover. They permit nothing."""
    for fact in shipped_facts():
        print(f"{fact.party}, {fact.offer}: {fact.covered}. {fact.says.strip()}")
        print(f"    {fact.requirement}; {fact.source}; noted {fact.noted.isoformat()}")
    print("\nNotes, not agreements: hold them against the signed paper before you confirm a row.")
    return 0


@app.command
def check(file: Path | None = None, *, papers: Path | None = None) -> int:
    """Say what keeps each agreement from permitting calls. Exit code 1 if there is a gap.

    Parameters
    ----------
    file
        A register to check, without a database; the one in force where left out.
    papers
        Folder of the signed files: each must be there and have the hash of its row.
    """
    register, clock = _register(file)
    if register is None:
        print(NOTHING_LEAVES)
        return 0
    wrong = list(_wrong_papers(register, papers)) if papers else []
    complete = not wrong
    for row, found in gaps(register, clock.now().date()).items():
        print(f"{row}: {'complete' if not found else 'refused'}")
        for gap in found:
            print(f"  - {gap.says}")
        complete = complete and not found
    for sentence in wrong:
        print(f"- {sentence}")
    return 0 if complete else 1


@app.command
def adopt(file: Path, *, login: str, papers: Path | None = None, password_file: PasswordFile = None) -> int:
    """Put a register in force, on record. Rows with gaps are taken too: they permit nothing until they are complete.

    Parameters
    ----------
    file
        The register; `vouchsafe agreements blank` prints one to fill in.
    login
        The administrator who answers for it.
    papers
        Folder of the signed files: each must be there and have the hash of its row.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    content = _content(file)
    register = read_register(content)
    wrong = list(_wrong_papers(register, papers)) if papers else []
    if wrong:
        raise Refused("; ".join(wrong))
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        by = shown_to_be(opened, workspace, login, password_file)
        adopted = adopt_register(opened, workspace, content, by)
        refused = [row for row, found in gaps(adopted, opened.clock.now().date()).items() if found]
    print(f"{adopted.ref} is in force: {len(adopted.agreements)} agreements, {len(refused)} of them with gaps")
    return 0


@app.command(name="list")
def list_(*, file: Path | None = None) -> int:
    """List every agreement with endpoint, region and dates.

    Parameters
    ----------
    file
        A register to list, without a database; the one in force where left out.
    """
    register, clock = _register(file)
    if register is None:
        print(NOTHING_LEAVES)
        return 0
    found = gaps(register, clock.now().date())
    for row in register.agreements:
        signed = ", ".join(f"{paper.kind.value} {paper.signed.isoformat()}" for paper in row.papers) or "no paper"
        review = row.review_by.isoformat() if row.review_by else "no day"
        state = "in force" if not found[row.id] else "refused"
        print(f"{row.id:<24} {state:<9} {row.service.value:<10} {row.party}")
        print(f"    {row.endpoint}  {row.region}  {row.jurisdiction}  {signed}, review by {review}")
    return 0


@app.command
def letter(row: str = "", *, file: Path | None = None) -> int:
    """Print the written answer for one agreement, or for all, and about training. Exit code 1 if one is not in force.

    Parameters
    ----------
    row
        Id of the agreement; all of them where left out.
    file
        A register to read, without a database; the one in force where left out.
    """
    register, clock = _register(file)
    if file is None and not row:
        with open_app(load_settings()) as opened:
            print(_as_set(opened, register))
    if register is None:
        print(f"{NOTHING_LEAVES}\n\n{training_letter()}")
        return 0
    chosen = [one for one in register.agreements if row in {"", one.id}]
    if not chosen:
        raise Refused(f"there is no agreement {row}; see vouchsafe agreements list")
    today = clock.now().date()
    print("\n\n".join([*(letter_of(register, one, today) for one in chosen), training_letter()]))
    found = gaps(register, today)
    return 1 if any(found[AgreementId(one.id)] for one in chosen) else 0


@app.command
def relay(
    *,
    ours: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    login: str = "",
    country: str = "",
    covered_entity: str = "",
    password_file: PasswordFile = None,
) -> int:
    """Say whether mail may leave by the relay that is set, and print its row; with --ours, put that row in force.

    Exit code 1 where mail is held.

    Parameters
    ----------
    ours
        The mail server is run by your organisation itself, inside its own network: no contract is needed, and whoever
        says so answers for it. The row is written and put in force, on record.
    login
        With --ours: the administrator who answers for it.
    country
        With --ours: the country of your organisation in two capitals, such as US; asked for if left out.
    covered_entity
        With --ours, where there is no register yet: the name of your organisation; asked for if left out.
    password_file
        A file whose first line is the administrator's password, `-` for standard input; asked for if left out.
    """
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        endpoint = opened.settings.relay_endpoint
        if not endpoint:
            print(_NO_RELAY)
            return 0
        if ours:
            _say_it_is_ours(opened, workspace, login, country, covered_entity, password_file)
        with opened.store(workspace) as work:
            waiting = len(outbox.held(work.context))
        register, today = opened.register(workspace), opened.clock.now().date()
    answers = {way: permit(register, way.call(endpoint), today) for way in (MAIL, PAGES)}
    for way, answer in answers.items():
        print(_told(way, answer))
    if isinstance(answers[MAIL], Refusal):
        print(f"{waiting} mails wait for it.\n\n{blank_relay(endpoint)}", end="")
        return 1
    if waiting:
        print(f"{waiting} mails that waited for it leave within a quarter of a minute.")
    return 0


@app.command(name="try")
def try_() -> int:
    """Ask the configured model for one word, through the same door as every call. Exit code 1 if none came."""
    with open_app(load_settings()) as opened:
        workspace = the_workspace(opened)
        scope = Scope(frozenset(), Assurance.ANONYMOUS, opened.clock.now().date(), public_only=True)
        prompt = Prompt(_TRIAL, our_message("Are you there?"), (), scope)
        # Held to the class that real questions have, so that what is refused then is refused now.
        question = Question(prompt, frozenset({DataClass.REDACTED}), _TRIAL_TOKENS)
        answer = opened.router(workspace).ask(question)
    if isinstance(answer, NoAnswer):
        print(f"no answer: {answer.says}")
        return 1
    counted = f"{answer.tokens_in} tokens in, {answer.tokens_out} out"
    print(f"an answer of {len(answer.text.value)} characters, {counted}, stopped by {answer.stop.value}")
    return 0


def _as_set(opened: App, register: Register | None) -> str:
    """What this installation is set to use, and what the register says to each today."""
    today = opened.clock.now().date()
    told = [f"  {call.endpoint}\n  {_told(way, permit(register, call, today))}" for way, call in opened.ways_set()]
    return "\n".join(["What this installation is set to use:", *(told or ["  nothing outside this machine"])]) + "\n"


def _say_it_is_ours(  # noqa: PLR0917  # who says what, where
    opened: App, workspace: WorkspaceId, login: str, country: str, covered_entity: str, password_file: Path | None
) -> None:
    """Put the row of a relay of the organisation's own in force. Raises: Refused, AgreementsRefused."""
    by = shown_to_be(opened, workspace, asked(login, "Log-in of the administrator", "--login"), password_file)
    country = asked(country, "Country of your organisation in two capitals, such as US", "--country").upper()
    name = ""
    if opened.register(workspace) is None:
        name = asked(covered_entity, "Name of your organisation", "--covered-entity")
    today = opened.clock.now().date()

    def changed(before: bytes | None) -> bytes:
        content = new_register(name) if before is None else before
        return with_own_relay(content, opened.settings.relay_endpoint, country, by.signature, today)

    adopted = change_register(opened, workspace, changed, by)
    print(f"{adopted.ref} is in force: {by.signature} says that this mail server is your own.")


def _told(way: WayOut, answer: Permit | Refusal) -> str:
    if isinstance(answer, Permit):
        return f"{way.name}: permitted under {answer.agreement} with {answer.party}"
    does = f"they leave all the same, since {way.why}" if way.without is Without.LEAVES else way.without.value
    return f"{way.name}: {does}\n    {answer.says}"


def _register(file: Path | None) -> tuple[Register | None, Clock]:
    """The register of a file, else the one in force, and what tells the day. Raises: Refused, AgreementsRefused."""
    if file is not None:
        return read_register(_content(file)), SystemClock()
    with open_app(load_settings()) as opened:
        return _in_force(opened), opened.clock


def _in_force(opened: App) -> Register | None:
    return opened.register(the_workspace(opened))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Refused("the register cannot be read; vouchsafe agreements blank prints one to fill in") from None


def _wrong_papers(register: Register, folder: Path) -> Iterator[str]:
    """A sentence for each signed file that is missing, or is not the one that the row was confirmed against."""
    for row in register.agreements:
        for paper in row.papers:
            try:
                content = (folder / paper.file).read_bytes()
            except OSError:
                yield f"{row.id}: the signed file {paper.file} is not in the folder of papers"
                continue
            if hashlib.sha256(content).hexdigest() != paper.sha256:
                yield f"{row.id}: the file {paper.file} is not the one whose hash is on record"
