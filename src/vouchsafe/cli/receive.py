"""`vouchsafe receive FILE|DIR|MBOX ...`: take in stored mail as if it had just arrived.

One bad mail goes to quarantine and the next is read; a mail that was taken before is counted and changes nothing, so
the command may be run again after a crash.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import cyclopts
import structlog
from rich.console import Console
from rich.progress import Progress

from vouchsafe.app import open_app
from vouchsafe.cli.mail_door import mail_rules
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail
from vouchsafe.ports.channel import Accepted, Intake, Quarantine, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import Clock
from vouchsafe.settings import load_settings
from vouchsafe.store.engine import UNREACHABLE

app = cyclopts.App(name="receive", help="Take stored mail: a file, a folder or an mbox.")

log = structlog.get_logger()

LARGEST_MAIL = 64 * 1024 * 1024
"""Bytes; the listener refuses the same at the door. What is larger stays where it lies and is counted."""
_CHUNK = 1 << 16
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
    with open_app(settings) as opened:
        tally = receive_paths(
            paths,
            opened.intake,
            opened.quarantine,
            recipient,
            clock=opened.clock,
            rules=mail_rules(opened),
            console=Console(),
        )
    return 1 if tally.refused or tally.too_large else 0


class NothingToRead(VouchsafeError):
    """A path that was named does not exist or holds no mail."""


@dataclass(slots=True)
class Tally:
    """What happened to the mails, in numbers. `problems` counts quarantined mails by word."""

    taken: int = 0
    known: int = 0
    automatic: int = 0
    refused: int = 0
    too_large: int = 0
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def put_aside(self) -> int:
        """Mails in quarantine."""
        return sum(self.problems.values())

    @property
    def read(self) -> int:
        """All mails that were looked at."""
        return self.taken + self.known + self.put_aside + self.refused + self.too_large

    def lines(self) -> list[str]:
        """The summary, a line a fact; nothing of any mail."""
        told = [f"{self.taken} taken ({self.automatic} written by programs), {self.known} known already"]
        if self.problems:
            words = ", ".join(f"{word} {count}" for word, count in sorted(self.problems.items()))
            told.append(f"{self.put_aside} in quarantine: {words}; a person can open them there")
        if self.refused:
            told.append(f"{self.refused} not taken: no desk takes mail for this recipient; name one with --recipient")
        if self.too_large:
            told.append(f"{self.too_large} above {LARGEST_MAIL >> 20} MB not read; they stay where they are")
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
                if raw is None:
                    tally.too_large += 1
                    continue
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


def mails_of(file: Path, *, largest: int = LARGEST_MAIL) -> Iterator[tuple[bytes | None, int]]:
    """Each mail of a file with the bytes of the file that it took; None in place of a mail that is too large.

    An mbox is read a mail at a time, and never more than `largest` bytes are held of one.
    """
    with file.open("rb") as stream:
        is_mbox = stream.readline(_CHUNK).startswith(b"From ")
        stream.seek(0)
        yield from _mbox(stream, largest) if is_mbox else [_single(stream, largest)]


def _single(stream: BinaryIO, largest: int) -> tuple[bytes | None, int]:
    raw = stream.read(largest + 1)
    if len(raw) <= largest:
        return raw, len(raw)
    return None, stream.seek(0, 2)


def _mbox(stream: BinaryIO, largest: int) -> Iterator[tuple[bytes | None, int]]:
    lines: list[bytes] = []
    kept, length = 0, len(stream.readline())
    blank, starts = False, True
    while line := stream.readline(_CHUNK):
        # A line that begins with "From " opens a mail only after a blank one (RFC 4155).
        if starts and blank and line.startswith(b"From "):
            yield _joined(lines, kept, largest), length
            lines, kept, length, blank = [], 0, 0, False
        else:
            # The mbox writers that quote such lines put ">" before them; one is taken off again.
            quoted = starts and line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            kept += len(line) - quoted
            if kept <= largest:
                lines.append(line[1:] if quoted else line)
            blank = starts and not line.strip()
        length += len(line)
        starts = line.endswith(b"\n")
    yield _joined(lines, kept, largest), length


def _joined(lines: list[bytes], kept: int, largest: int) -> bytes | None:
    return b"".join(lines).removesuffix(b"\n") if kept <= largest else None


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
    mail = _read(raw, recipient, now, rules)
    try:
        outcome = _store(mail, raw, recipient, intake, quarantine)
    except UnknownRecipient:
        tally.refused += 1
        return
    if isinstance(outcome, Quarantined):
        _count(tally, outcome.problem)
    elif outcome.duplicate:
        tally.known += 1
    else:
        tally.taken += 1
        tally.automatic += isinstance(mail, Inbound) and mail.automatic


def _read(raw: bytes, recipient: str, now: datetime, rules: MailRules | None) -> Inbound | str:
    """The mail, or the problem that sends it to quarantine."""
    try:
        return parse_mail(raw, recipient=recipient, received_at=now, rules=rules)
    except Unreadable as refused:
        return refused.problem
    except Exception as error:  # noqa: BLE001 - a mail that breaks the reader must not keep the others out
        log.warning("mail reader failed", failure=type(error).__name__)
        return "parser_failed"


def _store(
    mail: Inbound | str, raw: bytes, recipient: str, intake: Intake, quarantine: Quarantine
) -> Accepted | Quarantined:
    """What became of the mail; one that alone cannot be stored goes to quarantine."""
    if isinstance(mail, str):
        return quarantine(ChannelKind.EMAIL, recipient, raw, mail)
    try:
        return intake(mail)
    except (VouchsafeError, OSError, *UNREACHABLE):
        # No desk, a full disk, a database that is away: the next mail would fare the same.
        raise
    except Exception as error:  # noqa: BLE001 - whatever is odd about this mail, the others are taken
        log.warning("mail not stored", failure=type(error).__name__)
        return quarantine(ChannelKind.EMAIL, recipient, raw, "not_stored")


def _count(tally: Tally, problem: str) -> None:
    tally.problems[problem] = tally.problems.get(problem, 0) + 1
