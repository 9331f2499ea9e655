"""The store keeps a case and its events together, apart by workspace, and sealed."""

import pytest
from sqlalchemy import String, create_engine, literal_column, select, text
from tests.conftest import Clinic

from vouchsafe.domain.message import AttachmentData, ChannelKind, Inbound, Readable, Sender
from vouchsafe.domain.states import Stage
from vouchsafe.domain.text import PhiText
from vouchsafe.pipeline import ingest
from vouchsafe.ports.channel import Accepted
from vouchsafe.store import checkpointer, messages, schema, sequencer, trail
from vouchsafe.store.sequencer import integrate


def mail(text: str, *, provider: str = "m1", own: str = "m1@home.example", thread: tuple[str, ...] = ()) -> Inbound:
    return Inbound(
        channel=ChannelKind.EMAIL,
        recipient="desk@clinic.example",
        provider_id=provider,
        sender=Sender(PhiText("ada@home.example"), PhiText("Ada Byron")),
        subject=PhiText("A question"),
        new_text=PhiText(text),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=thread,
        sent_at=None,
        automatic=False,
        asserted=False,
        original=text.encode(),
        own_id=own,
    )


def take(clinic: Clinic, inbound: Inbound) -> Accepted:
    with clinic.store(clinic.workspace) as work:
        return ingest.accept(inbound, (), desk=clinic.desk, work=work, clock=clinic.clock, ids=clinic.store.ids)


def test_a_message_is_stored_once_and_covered_by_a_case(clinic: Clinic) -> None:
    first = take(clinic, mail("When are you open?"))
    again = take(clinic, mail("When are you open?"))

    assert first.case is not None
    assert again.duplicate
    with clinic.store(clinic.workspace) as work:
        state = work.received(work.case_row(first.case))
        types = [one.leaf.type.value for one in trail.of_case(work.context, first.case)]
    assert [turn.text.value for turn in state.turns] == ["When are you open?"]
    assert types == ["message:received", "original:sealed"]


def test_a_newer_message_supersedes_the_open_case_and_the_new_one_covers_both(clinic: Clinic) -> None:
    first = take(clinic, mail("When are you open?"))
    clinic.clock.advance(minutes=1)
    second = take(clinic, mail("And on Sunday?", provider="m2", own="m2@home.example", thread=("m1@home.example",)))

    assert second.conversation == first.conversation
    assert first.case is not None
    assert second.case is not None
    with clinic.store(clinic.workspace) as work:
        assert work.case_row(first.case).stage is Stage.SUPERSEDED
        assert len(work.received(work.case_row(second.case)).unanswered) == 2


def test_another_workspace_sees_nothing(clinic: Clinic) -> None:
    take(clinic, mail("When are you open?"))

    with clinic.store.database.begin(None) as connection:
        for table in schema.metadata.sorted_tables:
            if table.name not in schema.EXCEPTIONS:
                assert connection.execute(select(table)).all() == [], table.name


def test_no_word_of_a_patient_stands_in_the_database_or_the_objects(clinic: Clinic) -> None:
    canary = "Zyxwvut Canary 87234921"
    take(clinic, mail(canary))

    admin = create_engine(clinic.url)
    with admin.connect() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(
                select(literal_column("t.*::text", String)).select_from(table.alias("t"))
            ).scalars():
                assert "Zyxwvut" not in row
                assert b"Zyxwvut".hex() not in row
    admin.dispose()


def test_the_sequencer_numbers_every_event_and_the_checkpoint_signs_them(clinic: Clinic) -> None:
    accepted = take(clinic, mail("When are you open?"))
    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        assert integrate(connection, clinic.workspace) == 2
        assert integrate(connection, clinic.workspace) == 0
        signed = checkpointer.sign(connection, clinic.keys, clinic.workspace, "clinic.example", clinic.clock)

    assert signed is not None
    assert signed.size == 2
    assert accepted.case is not None
    with clinic.store(clinic.workspace) as work:
        assert [one.index for one in trail.of_case(work.context, accepted.case)] == [0, 1]
        head = sequencer.read_head(work.context.connection)
    assert head is not None
    assert head.root == signed.root


def test_the_application_role_cannot_change_the_trail(clinic: Clinic) -> None:
    take(clinic, mail("When are you open?"))

    for statement in ("delete from event", "update event set leaf = leaf", "delete from leaf", "truncate event"):
        with (
            pytest.raises(Exception, match=r"permission denied|append-only"),
            clinic.store.database.begin(clinic.workspace) as connection,
        ):
            connection.execute(text(statement))


def test_an_attachment_whose_reader_fails_counts_as_not_read(clinic: Clinic) -> None:
    def broken(_: AttachmentData) -> tuple[str, Readable, PhiText | None]:
        raise RuntimeError

    data = AttachmentData(PhiText("scan.pdf"), "application/pdf", b"%PDF")
    (read,) = ingest.read_all([data], broken, clinic.store.ids)

    assert read.attachment.readable is Readable.BROKEN
    inbound = mail("See the file")
    with clinic.store(clinic.workspace) as work:
        accepted = ingest.accept(
            inbound, (read,), desk=clinic.desk, work=work, clock=clinic.clock, ids=clinic.store.ids
        )
    with clinic.store(clinic.workspace) as work:
        (turn,) = messages.turns(work.context, accepted.conversation)
        content = messages.attachment_content(work.context, turn.attachments[0].id)
    assert content == b"%PDF"
