"""Stored mail is taken in file by file; a bad one never stops the rest, and a second run changes nothing."""

import io
import mailbox
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rich.console import Console

from vouchsafe.cli import receive
from vouchsafe.cli.receive import NothingToRead, mails_of, receive_paths
from vouchsafe.domain.ids import ConversationId, MessageId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.plugins.channels.email.parse import parse_mail
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import SystemClock


@dataclass
class Desk:
    taken: dict[str, Inbound] = field(default_factory=dict)
    put_aside: list[tuple[bytes, str]] = field(default_factory=list)

    def intake(self, inbound: Inbound) -> Accepted:
        if inbound.recipient != "front":
            raise UnknownRecipient("nobody")
        known = inbound.provider_id in self.taken
        self.taken[inbound.provider_id] = inbound
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=known)

    def quarantine(self, channel: ChannelKind, recipient: str, raw: bytes, problem: str) -> Quarantined:
        del channel, recipient
        self.put_aside.append((raw, problem))
        return Quarantined(problem)


def a_mail(number: int, body: str = "words") -> bytes:
    return f"From: p{number}@home.example\nSubject: s{number}\n\n{body} {number}\n".encode()


def test_files_folders_and_maildirs_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(a_mail(2))
    (tmp_path / "a.eml").write_bytes(a_mail(1))
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    box = mailbox.Maildir(tmp_path / "box")
    box.add(a_mail(3))
    box.close()
    desk = Desk()

    tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())

    assert tally.taken == 3
    assert [m.subject.value for m in desk.taken.values()] == ["s1", "s2", "s3"]


def test_an_mbox_gives_each_mail_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    box = mailbox.mbox(path)
    for number in range(3):
        message = EmailMessage()
        message["From"], message["Subject"] = f"p{number}@home.example", f"s{number}"
        message.set_content(f"line\n\nFrom the clinic I heard nothing {number}\n")
        box.add(message)
    box.close()
    desk = Desk()

    tally = receive_paths([path], desk.intake, desk.quarantine, "front", clock=SystemClock())

    assert tally.taken == 3
    assert [m.new_text.value for m in desk.taken.values()] == [
        f"line\n\nFrom the clinic I heard nothing {n}" for n in range(3)
    ]
    assert sum(length for _, length in mails_of(path)) == path.stat().st_size


def test_a_bad_mail_goes_to_quarantine_and_the_rest_is_taken(tmp_path: Path) -> None:
    for name, content in {"1.eml": b"", "2.eml": a_mail(2), "3.eml": b"\nno sender"}.items():
        (tmp_path / name).write_bytes(content)
    desk = Desk()
    screen = io.StringIO()

    tally = receive_paths(
        [tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock(), console=Console(file=screen, width=200)
    )

    assert (tally.taken, tally.problems, tally.read) == (1, {"empty": 1, "no_sender": 1}, 3)
    assert "1 taken" in screen.getvalue()
    assert "2 in quarantine: empty 1, no_sender 1" in screen.getvalue()
    assert "home.example" not in screen.getvalue()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(a_mail(1))
    desk = Desk()

    for expected in ((1, 0), (0, 1)):
        tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())
        assert (tally.taken, tally.known) == expected


def test_mail_for_no_desk_is_counted_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(a_mail(1))
    desk = Desk()

    tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "else", clock=SystemClock())

    assert tally.refused == 1
    assert "--recipient" in tally.lines()[-1]


def test_a_path_that_is_not_there_is_a_clear_refusal(tmp_path: Path) -> None:
    desk = Desk()
    (tmp_path / "empty").mkdir()

    with pytest.raises(NothingToRead, match="does not exist"):
        receive_paths([tmp_path / "gone"], desk.intake, desk.quarantine, "front", clock=SystemClock())
    with pytest.raises(NothingToRead, match="holds no mail"):
        receive_paths([tmp_path / "empty"], desk.intake, desk.quarantine, "front", clock=SystemClock())


def test_a_mail_that_breaks_the_reader_goes_to_quarantine_and_the_rest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.eml").write_bytes(a_mail(number))
    parse = parse_mail

    def broken(raw: bytes, **told: Any) -> Inbound:
        if b"s2" in raw:
            raise ZeroDivisionError("words 2")
        return parse(raw, **told)

    monkeypatch.setattr(receive, "parse_mail", broken)
    desk = Desk()

    tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())

    assert (tally.taken, tally.problems) == (2, {"parser_failed": 1})
    assert desk.put_aside == [(a_mail(2), "parser_failed")]


def test_a_mail_that_alone_cannot_be_stored_goes_to_quarantine_and_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.eml").write_bytes(a_mail(number))

    class Choosy(Desk):
        trouble: Exception = ValueError("words 2")

        def intake(self, inbound: Inbound) -> Accepted:
            if inbound.subject.value == "s2":
                raise self.trouble
            return super().intake(inbound)

    desk = Choosy()
    tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())
    assert (tally.taken, tally.problems) == (2, {"not_stored": 1})

    desk.trouble = OSError("no space left on device")
    with pytest.raises(OSError, match="no space"):
        receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())


@pytest.mark.parametrize("as_mbox", [False, True])
def test_what_is_too_large_is_not_held_in_memory_and_the_rest_is_taken(*, as_mbox: bool, tmp_path: Path) -> None:
    path = tmp_path / "old"
    large = a_mail(1) + b"x" * 200_000 + b"\n"
    if as_mbox:
        path.write_bytes(b"".join(b"From a@b Mon\n" + mail + b"\n" for mail in (large, a_mail(2), large, a_mail(3))))
    else:
        path.write_bytes(large)

    found = list(mails_of(path, largest=100_000))

    expected = [None, a_mail(2), None, a_mail(3)] if as_mbox else [None]
    assert [raw for raw, _ in found] == expected
    assert sum(length for _, length in found) == path.stat().st_size


def test_a_line_that_only_goes_on_after_a_chunk_opens_no_mail(tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    body = b"\n" + b"y" * (1 << 16) + b"From here on\n"
    path.write_bytes(b"From a@b Mon\n" + a_mail(1) + body)

    assert [raw for raw, _ in mails_of(path)] == [(a_mail(1) + body).removesuffix(b"\n")]


def test_a_mail_too_large_is_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.eml").write_bytes(a_mail(1))
    monkeypatch.setattr(receive, "mails_of", lambda _: iter([(None, 10)]))
    desk = Desk()

    tally = receive_paths([tmp_path], desk.intake, desk.quarantine, "front", clock=SystemClock())

    assert (tally.too_large, tally.read) == (1, 1)
    assert "stay where they are" in tally.lines()[-1]
