"""`vouchsafe agreements`: who may receive what, under which signed paper, and the written answer for procurement."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cyclopts

from vouchsafe.app import App, open_app
from vouchsafe.cli.asking import PasswordFile, shown_to_be
from vouchsafe.domain.agreement import AgreementId, DataClass, Register
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Scope
from vouchsafe.domain.prompt import Prompt, Template
from vouchsafe.governance.agreement_facts import blank as blank_register
from vouchsafe.governance.agreement_facts import shipped_facts
from vouchsafe.governance.agreement_files import read_register
from vouchsafe.governance.agreement_letter import NOTHING_LEAVES
from vouchsafe.governance.agreement_letter import letter as letter_of
from vouchsafe.governance.agreements import gaps
from vouchsafe.governance.routing import NoAnswer, Question
from vouchsafe.installing import Refused, adopt_register, the_workspace
from vouchsafe.pipeline.redact.fixed import our_message
from vouchsafe.ports.clock import Clock, SystemClock
from vouchsafe.settings import load_settings

app = cyclopts.App(name="agreements", help="Agreements with everybody who receives data, and their written answer.")

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
    """Print the written answer for one agreement, or for all. Exit code 1 if one of them is not in force.

    Parameters
    ----------
    row
        Id of the agreement; all of them where left out.
    file
        A register to read, without a database; the one in force where left out.
    """
    register, clock = _register(file)
    if register is None:
        print(NOTHING_LEAVES)
        return 0
    chosen = [one for one in register.agreements if row in {"", one.id}]
    if not chosen:
        raise Refused(f"there is no agreement {row}; see vouchsafe agreements list")
    today = clock.now().date()
    print("\n\n".join(letter_of(register, one, today) for one in chosen))
    found = gaps(register, today)
    return 1 if any(found[AgreementId(one.id)] for one in chosen) else 0


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
