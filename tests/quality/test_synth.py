import email
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from email import policy
from zoneinfo import ZoneInfo

import pytest

from vouchsafe.domain.message import ChannelKind, Direction
from vouchsafe.quality.synth import Labels, SynthConversation, SynthMessage, generate, to_eml, to_jsonl
from vouchsafe.quality.synth_demo import DESK_ADDRESS, knowledge_folder, load_contacts
from vouchsafe.quality.synth_grammar import load_grammar
from vouchsafe.quality.synth_style import birth_spellings

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 8, 3, tzinfo=ZONE)
DAYS = 91
CONTACTS = {contact.key: contact for contact in load_contacts()}


def made(seed: int, count: int) -> list[SynthConversation]:
    return list(generate(seed, count, tuple(CONTACTS.values()), START, DAYS))


def inbound(conversations: list[SynthConversation]) -> list[SynthMessage]:
    return [m for one in conversations for m in one.messages if m.direction is Direction.INBOUND]


def labels_of(message: SynthMessage) -> Labels:
    assert message.labels is not None
    return message.labels


@pytest.fixture(scope="module")
def many() -> list[SynthConversation]:
    return made(seed=1, count=2500)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = made(seed=5, count=60), made(seed=5, count=60)
    assert "\n".join(to_jsonl(first)) == "\n".join(to_jsonl(second))
    assert [to_eml(m) for c in first for m in c.messages] == [to_eml(m) for c in second for m in c.messages]


def test_different_seeds_give_different_conversations() -> None:
    first, second = ({m.text for m in inbound(made(seed=seed, count=60)) if len(m.text) > 60} for seed in (5, 6))
    assert first
    assert not first & second


def test_desks_channels_and_risks_come_in_their_shares(many: list[SynthConversation]) -> None:
    desks = Counter(one.desk for one in many)
    assert desks["patient"] / len(many) == pytest.approx(0.72, abs=0.03)
    channels = Counter(one.messages[0].channel for one in many)
    assert channels[ChannelKind.EMAIL] / len(many) == pytest.approx(0.58, abs=0.03)
    risky = sum(labels_of(one.messages[0]).family != "routine" for one in many)
    assert risky / len(many) == pytest.approx(0.72 * 0.3 + 0.28 * 0.18, abs=0.03)


def test_every_intent_and_every_kind_of_risk_occurs(many: list[SynthConversation]) -> None:
    grammar = load_grammar()
    asked = Counter(intent for m in inbound(many) for intent in labels_of(m).intents)
    assert set(asked) == {routine.name for routine in grammar.routines}
    assert {labels_of(m).family for m in inbound(many)} == {f.name for f in grammar.families} | {"routine", "courtesy"}
    # No intent is so common that a detector could live on it.
    assert max(asked.values()) / sum(asked.values()) < 0.08


def test_the_grammar_has_enough_of_everything() -> None:
    grammar = load_grammar()
    assert len(grammar.routines) >= 40
    assert len({routine.name for routine in grammar.routines}) == len(grammar.routines)
    assert all(sum(len(topic.asks) for topic in routine.topics) >= 6 for routine in grammar.routines)
    assert all(len(family.asks) >= 6 for family in grammar.families)


def test_first_messages_are_as_good_as_never_the_same(many: list[SynthConversation]) -> None:
    texts = [one.messages[0].text for one in many]
    assert len(set(texts)) / len(texts) > 0.9
    lengths = sorted(len(text) for text in texts)
    assert lengths[len(lengths) // 20] < 60
    assert lengths[-len(lengths) // 20] > 220


def test_no_piece_of_a_template_is_left_over(many: list[SynthConversation]) -> None:
    for one in many:
        for message in one.messages:
            assert not re.search(r"[{}|]| {2}| [,.?!]", message.subject + message.text), message.text


def test_identifiers_in_the_texts_belong_to_the_invented_people(many: list[SynthConversation]) -> None:
    ours = set(DESK_ADDRESS.values()) | {
        "ops@relaynode.example",
        "phishing@lindenbay.example",
        "privacy@lindenbay.example",
    }
    published = set(re.findall(r"\(555\) 555-\d{4}", "".join(p.read_text() for p in knowledge_folder().rglob("*.md"))))
    for one in many:
        contact = CONTACTS[one.contact]
        text = "\n".join(f"{message.subject}\n{message.text}" for message in one.messages)
        assert set(re.findall(r"[\w.+-]+@[\w.-]+\w", text)) <= ours | set(contact.emails)
        assert set(re.findall(r"\(?\d{3}\)? \d{3}-\d{4}", text)) <= published | set(contact.phones)
        numbers = re.findall(r"\b(?:LB\d{7}|LBA\d{6}|LBE-\d{5}|[A-Z]{2}\d{4}-\d{4})\b", text)
        assert set(numbers) <= set(contact.record_numbers)


def test_every_number_of_the_sender_in_a_text_is_listed_as_planted(many: list[SynthConversation]) -> None:
    seen: Counter[str] = Counter()
    for message in inbound(many):
        contact = CONTACTS[message.sender]
        text = f"{message.subject}\n{message.text}"
        planted = {one.value for one in message.identifiers}
        assert all(value in text for value in planted)
        day = contact.birth_date
        spellings = birth_spellings(day.year, day.month, day.day)
        for value in (contact.name, contact.address, *contact.phones, *contact.record_numbers, *spellings):
            if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text):
                assert any(value in one for one in planted), value
        seen.update(one.label.value for one in message.identifiers)
    assert {"NAME", "PHONE", "LOCATION", "DATE", "MRN", "ACCOUNT", "HEALTH_PLAN_ID", "UNIQUE_ID"} <= set(seen)


def test_routine_answers_are_sentences_of_the_pages(many: list[SynthConversation]) -> None:
    known = {sentence for r in load_grammar().routines for topic in r.topics for sentence in topic.answer}
    pages = "\n".join(page.read_text(encoding="utf-8") for page in knowledge_folder().rglob("*.md"))
    quoted = 0
    for one in many:
        if labels_of(one.messages[0]).family != "routine":
            continue
        reply = next(m for m in one.messages if m.direction is Direction.OUTBOUND)
        body = reply.text.split("\n\n")[1]
        for sentence in sorted(known, key=len, reverse=True):
            body = body.replace(sentence, "")
        assert not body.strip(), reply.text
        quoted += any(sentence in pages for sentence in known if sentence in reply.text)
    assert quoted > 1000


def test_an_exception_is_never_cut_off_from_its_rule(many: list[SynthConversation]) -> None:
    rule = "Parking in the Dune Street garage costs $3 for each hour, and at most $12 for a day."
    free = "The first 45 minutes of parking are free."
    exception = "Except on working days, parking costs $5 for the whole day."
    replies = [m.text for one in many for m in one.messages if free in m.text and m.direction is Direction.OUTBOUND]
    assert replies
    assert all(f"{rule} {free} {exception}" in reply for reply in replies)


def test_turns_follow_each_other_and_arrive_in_the_period(many: list[SynthConversation]) -> None:
    starts = [one.messages[0].at for one in many]
    assert starts == sorted(starts)
    assert starts[0] >= START
    assert starts[-1] < START + timedelta(days=DAYS)
    for one in many:
        times = [message.at for message in one.messages]
        assert times == sorted(times)
        assert one.messages[0].direction is Direction.INBOUND


def test_more_arrives_on_a_monday_morning_than_at_night_or_on_a_sunday(many: list[SynthConversation]) -> None:
    days = Counter(one.messages[0].at.weekday() for one in many)
    hours = Counter(one.messages[0].at.hour for one in many)
    assert days[0] > days[4] > days[5] > 0
    assert days[6] < days[0] / 3
    assert hours[9] > 8 * hours[3]


def test_people_of_the_desk_answer_in_opening_hours_and_urgent_messages_are_answered_within_the_hour(
    many: list[SynthConversation],
) -> None:
    for one in many:
        first = labels_of(one.messages[0])
        replies = [m for m in one.messages if m.direction is Direction.OUTBOUND]
        if first.crisis or first.outage or "urgent" in first.classes:
            assert replies[0].at - one.messages[0].at < timedelta(hours=3)
        elif replies and replies[0].sender != "clinician":
            assert all(reply.at.weekday() < 5 and 8 <= reply.at.hour < 18 for reply in replies)


def test_a_fragment_in_a_clinical_thread_keeps_the_label_of_the_thread(many: list[SynthConversation]) -> None:
    fragments = load_grammar().style.phrases["fragments"]
    found = [m for m in inbound(many) if m.text in fragments]
    assert len(found) > 20
    assert all(labels_of(message).clinical for message in found)


def test_spanish_is_written_by_people_who_speak_it(many: list[SynthConversation]) -> None:
    spanish = [one for one in many if labels_of(one.messages[0]).language == "es"]
    assert len(spanish) > 30
    assert all(CONTACTS[one.contact].language == "es" for one in spanish)


def test_mails_parse_and_thread() -> None:
    conversation = next(one for one in made(seed=3, count=200) if len(one.messages) >= 4)
    mails = [email.message_from_bytes(to_eml(message), policy=policy.default) for message in conversation.messages]
    ids = [mail["Message-ID"] for mail in mails]
    assert len(set(ids)) == len(ids)
    for number, (mail, message) in enumerate(zip(mails, conversation.messages, strict=True)):
        assert not mail.defects
        assert mail["Date"].datetime == message.at
        assert mail.get_content().replace("\r\n", "\n").strip() == message.text.strip()
        assert (mail["References"] or "").split() == ids[:number]
        assert mail["In-Reply-To"] == (ids[number - 1] if number else None)


def test_lines_of_json_hold_everything() -> None:
    conversations = made(seed=3, count=5)
    lines = [json.loads(line) for line in to_jsonl(conversations)]
    assert [line["id"] for line in lines] == [one.id for one in conversations]
    first = lines[0]["messages"][0]
    assert datetime.fromisoformat(first["at"]) == conversations[0].messages[0].at
    assert set(first["labels"]) == set(Labels.__dataclass_fields__)


def test_a_start_without_a_zone_is_refused() -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        next(generate(1, 1, tuple(CONTACTS.values()), naive, 7))


def test_a_desk_without_contacts_is_refused() -> None:
    with pytest.raises(ValueError, match="no contact"):
        list(generate(1, 20, (), START, 7))


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "from datetime import datetime; from zoneinfo import ZoneInfo\n"
        "from vouchsafe.quality.synth import generate, to_jsonl\n"
        "from vouchsafe.quality.synth_demo import load_contacts\n"
        "start = datetime(2026, 8, 3, tzinfo=ZoneInfo('America/New_York'))\n"
        "print(*to_jsonl(generate(9, 30, load_contacts(), start, 91)), sep='\\n')"
    )
    here = "\n".join(to_jsonl(made(seed=9, count=30)))
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, env=environment, encoding="utf-8"
        )
        assert run.stdout.strip() == here
