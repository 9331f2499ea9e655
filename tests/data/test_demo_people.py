from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from vouchsafe.domain.finding import Tier
from vouchsafe.domain.message import ChannelKind
from vouchsafe.domain.staff import Role
from vouchsafe.quality.synth_demo import load_contacts, load_messages, load_users

CONTACTS = load_contacts()
MESSAGES = load_messages()
USERS = load_users()


def test_there_are_about_forty_contacts_and_no_two_share_a_number() -> None:
    assert 38 <= len(CONTACTS) <= 45
    assert len({contact.key for contact in CONTACTS}) == len(CONTACTS)
    numbers = [number for contact in CONTACTS for number in (*contact.record_numbers, *contact.phones)]
    assert len(set(numbers)) == len(numbers)


def test_exactly_one_mail_address_is_shared_and_two_adults_share_it() -> None:
    used = Counter(mail for contact in CONTACTS for mail in contact.emails)
    assert {mail: count for mail, count in used.items() if count > 1} == {"hollins.family@mail.example": 2}


def test_contacts_speak_several_languages_and_some_are_staff() -> None:
    assert {contact.language for contact in CONTACTS} == {"en", "es", "fr"}
    assert sum(contact.kind == "staff" for contact in CONTACTS) >= 5
    assert all(mail.endswith("@lindenbay.example") for c in CONTACTS if c.kind == "staff" for mail in c.emails)


def test_people_who_may_act_for_others_name_contacts_that_exist() -> None:
    keys = {contact.key for contact in CONTACTS}
    assert {other for contact in CONTACTS for other in contact.acts_for} == {"oscar_hollins", "constance_ambleford"}
    assert {other for contact in CONTACTS for other in contact.acts_for} <= keys


def test_known_values_hold_all_that_redaction_needs() -> None:
    known = next(contact for contact in CONTACTS if contact.key == "maribel_quarles").known
    assert known.names == ("Maribel Quarles",)
    assert known.dates == ("1961-04-17",)
    assert len(known.ids) == 3
    assert known.addresses == ("14 Kelp Lane, Linden Bay 00112",)


def test_a_contact_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text("contacts:\n  - {key: a, kind: patient, name: A, shoe_size: 44}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="shoe_size"):
        load_contacts(file)


def test_every_role_has_a_user_and_every_clinician_a_licence_in_force() -> None:
    assert {role for user in USERS for role in user.roles} == set(Role)
    for user in USERS:
        assert (Role.CLINICIAN in user.roles) == (user.license is not None)
        assert user.license is None or user.license.expires > date(2027, 6, 1)
    assert {"agent@lindenbay.example", "clinician@lindenbay.example"} <= {user.login for user in USERS}


def test_releasing_a_stop_finds_a_second_person() -> None:
    assert sum(Role.LEAD in user.roles for user in USERS) >= 2


def test_every_queue_that_a_message_should_reach_has_somebody_working_in_it() -> None:
    staffed = {queue for user in USERS for queue in user.queues}
    assert {message.expected.queue for message in MESSAGES if message.expected.queue} <= staffed


def test_sixty_messages_come_through_all_doors_to_both_desks() -> None:
    assert len(MESSAGES) >= 60
    assert len({message.id for message in MESSAGES}) == len(MESSAGES)
    assert {message.channel for message in MESSAGES} == set(ChannelKind)
    assert {message.desk for message in MESSAGES} == {"patient", "it"}


def test_expectations_are_whole_and_never_allow_less_care() -> None:
    order = ["auto", "person", "escalate"]
    for message in MESSAGES:
        expected = message.expected
        assert expected.why
        assert expected.route in order
        assert (expected.route == "auto") == (expected.queue is None), message.id
        assert expected.route == "escalate" or expected.tier in {None, Tier.PERSON}, message.id
        # A case with an alarm above `person` must be exactly that; anything else may only become more careful.
        if expected.tier in {Tier.PAGE, Tier.CLINICAL}:
            assert expected.accept == (), message.id
        assert "auto" not in expected.accept or expected.tier is None, message.id


@pytest.mark.parametrize(
    ("queue", "tier", "least"),
    [
        ("on_call_clinician", Tier.PAGE, 3),
        ("nursing_supervisor", Tier.CLINICAL, 6),
        ("safeguarding", Tier.PAGE, 1),
        ("security", Tier.PAGE, 1),
        ("security", Tier.PERSON, 3),
        ("complaints", Tier.PERSON, 4),
        ("it_service", Tier.PAGE, 1),
        ("privacy", Tier.PERSON, 1),
        ("front_desk", Tier.PERSON, 5),
        (None, None, 24),
    ],
)
def test_every_kind_of_ending_is_among_the_messages(queue: str | None, tier: Tier | None, least: int) -> None:
    assert sum(m.expected.queue == queue and m.expected.tier == tier for m in MESSAGES) >= least


def test_some_writers_are_unknown_and_some_share_an_address() -> None:
    assert sum(not message.contact for message in MESSAGES) >= 6
    shared = [message for message in MESSAGES if message.sender_address == "hollins.family@mail.example"]
    assert {message.contact for message in shared} == {"june_hollins", "marcus_hollins"}


def test_damaged_mails_hidden_text_quotes_and_files_are_among_the_messages() -> None:
    assert {message.hints.header_fault for message in MESSAGES} >= {"raw_bytes", "bad_type", "no_message_id"}
    assert any("display:none" in message.hints.html for message in MESSAGES)
    assert any(message.hints.quote for message in MESSAGES)
    assert any(message.hints.in_reply_to for message in MESSAGES)
    assert any(not message.text.strip() for message in MESSAGES)
    assert {hint.kind for message in MESSAGES for hint in message.attachments} >= {"photo", "pdf", "archive"}
