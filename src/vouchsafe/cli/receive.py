"""`vouchsafe receive FILE|DIR|MBOX ...`: take in stored mail as if it had just arrived.

One bad mail goes to quarantine and the next is read; a mail that was taken before is counted and changes nothing, so
the command may be run again after a crash.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cyclopts
from rich.console import Console
from rich.progress import Progress

from vouchsafe.app import open_app
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import ChannelKind
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail
from vouchsafe.ports.channel import Intake, Quarantine, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import Clock
from vouchsafe.settings import load_settings

app = cyclopts.App(name="receive", help="Take stored mail: a file, a folder or an mbox.")

_SUFFIXES = frozenset({".eml", ".mbox", ".msg", ".txt", ""})
_MAILDIR = frozenset({"cur", "new", "tmp"})


@app.default
def receive(*paths: Path, recipient: str) -> int:
    """Take in stored mail as if it had just arrived; workers answer it like any other.

    Parameters
    ----------
    paths
        Files, folders (Maildir too) and mboxes.
    recipient
        The desk's address that the mail is for.
    """
    settings = load_settings()
    rules = MailRules(trusted_authserv=settings.trusted_authserv or None)
    with open_app(settings) as opened:
        tally = receive_paths(
            paths, opened.intake, opened.quarantine, recipient, clock=opened.clock, rules=rules, console=Console()
        )
    return 1 if tally.refused else 0


class NothingToRead(VouchsafeError):
    """A path that was named does not exist or holds no mail."""


@dataclass(slots=True)
class Tally:
    """What happened to the mails, in numbers. `problems` counts quarantined mails by word."""

    taken: int = 0
    known: int = 0
    automatic: int = 0
    refused: int = 0
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def put_aside(self) -> int:
        """Mails in quarantine."""
        return sum(self.problems.values())

    @property
    def read(self) -> int:
        """All mails that were looked at."""
        return self.taken + self.known + self.put_aside + self.refused

    def lines(self) -> list[str]:
        """The summary, a line a fact; nothing of any mail."""
        told = [f"{self.taken} taken ({self.automatic} written by programs), {self.known} known already"]
        if self.problems:
            words = ", ".join(f"{word} {count}" for word, count in sorted(self.problems.items()))
            told.append(f"{self.put_aside} in quarantine: {words}; a person can open them there")
        if self.refused:
            told.append(f"{self.refused} not taken: no desk takes mail for this recipient; name one with --recipient")
        return told


def receive_paths(
    paths: Iterable[Path],
    intake: Intake,
    quarantine: Quarantine,
    recipient: str,
    *,
    clock: Clock,
    rules: MailRules | None = None,
    console: Console | None = None,
) -> Tally:
    """Take in every mail of the files, folders (Maildir too) and mboxes, in the order of their names.

    Raises: NothingToRead for a path that does not exist, before any mail is taken; what the intake raises, such as a
    full disk: the mails so far are stored, and running again takes up the rest.
    """
    files = list(mail_files(paths))
    tally = Tally()
    with Progress(console=console, transient=True, disable=console is None) as progress:
        task = progress.add_task("Receiving mail", total=sum(file.stat().st_size for file in files))
        for file in files:
            for raw, length in mails_of(file):
                _receive(raw, tally, intake, quarantine, recipient=recipient, now=clock.now(), rules=rules)
                progress.advance(task, length)
    for line in tally.lines():
        if console is not None:
            console.print(line, highlight=False)
    return tally


def mail_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that may hold mail. Raises: NothingToRead for a path that is not there or a folder without any."""
    for path in paths:
        if path.is_file():
            yield path
            continue
        if not path.is_dir():
            raise NothingToRead(f"{path} does not exist; name a mail file, a folder or an mbox")
        found = sorted(p for p in path.rglob("*") if p.is_file() and _may_hold_mail(p))
        if not found:
            raise NothingToRead(f"{path} holds no mail; files end in .eml or .mbox, or lie in a Maildir")
        yield from found


def mails_of(file: Path) -> Iterator[tuple[bytes, int]]:
    """Each mail of a file as bytes, with the bytes of the file that it took; an mbox is read a mail at a time."""
    with file.open("rb") as stream:
        first = stream.readline()
        if not first.startswith(b"From "):
            rest = stream.read()
            yield first + rest, len(first) + len(rest)
            return
        lines: list[bytes] = []
        length, blank = len(first), False
        for line in stream:
            # A line that begins with "From " opens a mail only after a blank one (RFC 4155).
            if blank and line.startswith(b"From "):
                yield b"".join(lines).removesuffix(b"\n"), length
                lines, length, blank = [], len(line), False
                continue
            # The mbox writers that quote such lines put ">" before them; one is taken off again.
            quoted = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            lines.append(line[1:] if quoted else line)
            length += len(line)
            blank = not line.strip()
        yield b"".join(lines), length


def _may_hold_mail(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    return path.suffix.lower() in _SUFFIXES or path.parent.name in _MAILDIR


def _receive(
    raw: bytes,
    tally: Tally,
    intake: Intake,
    quarantine: Quarantine,
    *,
    recipient: str,
    now: datetime,
    rules: MailRules | None,
) -> None:
    try:
        try:
            mail = parse_mail(raw, recipient=recipient, received_at=now, rules=rules)
        except Unreadable as refused:
            quarantine(ChannelKind.EMAIL, recipient, raw, refused.problem)
            _count(tally, refused.problem)
            return
        outcome = intake(mail)
    except UnknownRecipient:
        tally.refused += 1
        return
    if isinstance(outcome, Quarantined):
        _count(tally, outcome.problem)
    elif outcome.duplicate:
        tally.known += 1
    else:
        tally.taken += 1
        tally.automatic += mail.automatic


def _count(tally: Tally, problem: str) -> None:
    tally.problems[problem] = tally.problems.get(problem, 0) + 1
