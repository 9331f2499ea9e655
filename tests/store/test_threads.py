"""Who joins which conversation: the same person does, a stranger who names it does not."""

import pytest
from tests.conftest import Clinic

from vouchsafe.domain.ids import ConversationId
from vouchsafe.domain.message import CLAIMS_THREAD, NEW_SENDER, ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.evidence.event import Json
from vouchsafe.pipeline import ingest
from vouchsafe.ports.channel import Accepted
from vouchsafe.store import conversations, messages, trail

ADA, EVE = "ada@home.example", "eve@elsewhere.example"
KEY = "5f0c9a1e7b3d4c2f8a6e9d0b1c2f3a4e"


def mail(
    sender: str, words: str, *, own: str = "", refers: tuple[str, ...] = (), channel: ChannelKind = ChannelKind.EMAIL
) -> Inbound:
    return Inbound(
        channel=channel,
        recipient="desk@clinic.example",
        provider_id=f"{sender}/{own}/{words}",
        sender=Sender(PhiText(sender), PhiText("")),
        subject=PhiText("A question"),
        new_text=PhiText(words),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=(),
        thread_ids=refers,
        sent_at=None,
        automatic=False,
        asserted=False,
        original=words.encode(),
        own_id=own,
    )


def take(clinic: Clinic, inbound: Inbound) -> Accepted:
    clinic.clock.advance(minutes=1)
    with clinic.store(clinic.workspace) as work:
        return ingest.accept(inbound, (), desk=clinic.desk, work=work, clock=clinic.clock, ids=clinic.store.ids)


def answer(clinic: Clinic, conversation: ConversationId, key: str = KEY) -> None:
    """What sending an answer leaves behind: its key, which stands in its Message-ID."""
    with clinic.store(clinic.workspace) as work:
        conversations.add_thread_ids(work.context, conversation, [key, f"{key}@clinic.example"])


def received(clinic: Clinic, taken: Accepted) -> dict[str, Json]:
    assert taken.case is not None
    with clinic.store(clinic.workspace) as work:
        event = trail.of_case(work.context, taken.case)[0]
    return dict(event.payload or {})


def senders(clinic: Clinic, conversation: ConversationId) -> list[str]:
    with clinic.store(clinic.workspace) as work:
        return [turn.sender_address.value for turn in messages.turns(work.context, conversation)]


def test_two_senders_with_the_same_message_id_have_a_conversation_each(clinic: Clinic) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="same@mailer.example"))
    second = take(clinic, mail(EVE, "Your hours?", own="same@mailer.example"))

    assert first.conversation != second.conversation
    assert senders(clinic, first.conversation) == [ADA]
    assert senders(clinic, second.conversation) == [EVE]


def test_two_mails_of_one_sender_under_one_message_id_are_both_kept_apart(clinic: Clinic) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="same@mailer.example"))
    second = take(clinic, mail(ADA, "Another matter", own="same@mailer.example"))

    assert not second.duplicate
    assert first.conversation != second.conversation


def test_a_stranger_who_names_a_patients_mail_stays_outside_and_a_person_is_told(clinic: Clinic) -> None:
    patient = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    stranger = take(clinic, mail(EVE, "And what was my balance?", refers=("a1@home.example",)))

    assert stranger.conversation != patient.conversation
    assert senders(clinic, patient.conversation) == [ADA]
    told = received(clinic, stranger)
    assert told["problems"] == [CLAIMS_THREAD]
    assert told["claims"] == str(patient.conversation)


def test_a_stranger_cannot_plant_an_id_that_the_patient_then_refers_to(clinic: Clinic) -> None:
    patient = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    stranger = take(clinic, mail(EVE, "Hello", own="a1@home.example"))
    again = take(clinic, mail(ADA, "Well?", own="a2@home.example", refers=("a1@home.example",)))

    assert again.conversation == patient.conversation != stranger.conversation


def test_the_same_person_goes_on_from_another_program_by_the_id_of_their_own_mail(clinic: Clinic) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    second = take(clinic, mail("Ada@Home.example", "I forgot:", own="x9@phone.example", refers=("a1@home.example",)))

    assert second.conversation == first.conversation
    assert received(clinic, second)["problems"] == []


@pytest.mark.parametrize("reference", [f"{KEY}@clinic.example", f"{KEY}@rewritten.example"])
def test_an_answer_to_our_mail_joins_by_its_key(clinic: Clinic, reference: str) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    answer(clinic, first.conversation)
    reply = take(clinic, mail(ADA, "Thanks. And how do I pay?", own="z@phone.example", refers=(reference,)))

    assert reply.conversation == first.conversation
    assert received(clinic, reply)["problems"] == []


def test_an_answer_to_our_mail_from_another_address_joins_and_is_marked(clinic: Clinic) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    answer(clinic, first.conversation)
    reply = take(clinic, mail("ada@work.example", "From my other account", refers=(f"{KEY}@clinic.example",)))

    assert reply.conversation == first.conversation
    assert received(clinic, reply)["problems"] == [NEW_SENDER]


def test_a_form_is_gone_on_with_by_mail(clinic: Clinic) -> None:
    form = take(clinic, mail(ADA, "From the form", channel=ChannelKind.WEB_FORM))
    answer(clinic, form.conversation)
    reply = take(clinic, mail(ADA, "By mail", own="m@home.example", refers=(f"{KEY}@clinic.example",)))

    assert reply.conversation == form.conversation
    assert received(clinic, reply)["problems"] == []


def test_lines_of_one_chat_stay_together(clinic: Clinic) -> None:
    session = "chat:" + "ab" * 32
    first = take(clinic, mail(session, "Hello", refers=(session,), channel=ChannelKind.CHAT))
    second = take(clinic, mail(session, "Anybody?", refers=(session,), channel=ChannelKind.CHAT))

    assert second.conversation == first.conversation
    assert received(clinic, second)["problems"] == []


def test_mails_without_a_sender_never_meet_by_their_ids(clinic: Clinic) -> None:
    first = take(clinic, mail("", "Undeliverable", own="b1@mta.example"))
    second = take(clinic, mail("", "Undeliverable too", refers=("b1@mta.example",)))

    assert second.conversation != first.conversation


def test_the_same_mail_delivered_twice_is_one_message(clinic: Clinic) -> None:
    first = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))
    again = take(clinic, mail(ADA, "My balance?", own="a1@home.example"))

    assert again.duplicate
    assert senders(clinic, first.conversation) == [ADA]
