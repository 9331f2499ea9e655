"""How an invented person writes: greeting, padding, typing errors, SMS style, and a signature with identifiers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from vouchsafe.domain.identifier import Label
from vouchsafe.quality.synth_demo import DemoContact
from vouchsafe.quality.synth_grammar import Style


class Manner(StrEnum):
    """How somebody writes. NONE is a bare question, SMS the same in the style of a phone."""

    FORMAL = "formal"
    PLAIN = "plain"
    NONE = "none"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Planted:
    """An identifier of the sender that stands in a message, as it is written there."""

    label: Label
    value: str


_TYPO_RATE = {Manner.FORMAL: 0.004, Manner.PLAIN: 0.015, Manner.NONE: 0.03, Manner.SMS: 0.03}
"""Typing errors per word of four letters or more: our guess at mail, forms and phones, not a measurement."""
_SIGNATURE = {
    "patient": ("phone", "address", "birth", "mrn", "account", "member"),
    "staff": ("phone", "mrn", "account"),
}
"""Lines that people put below their name; staff give their job where patients give an account."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, how, and in which language."""

    contact: DemoContact
    manner: Manner
    language: str


def letter(rng: Random, style: Style, writer: Writer, sentences: list[str]) -> str:
    """The text of a message of this person: the sentences, dressed in the person's manner."""
    contact, manner = writer.contact, writer.manner
    body = _typing(" ".join(sentences), rng, style, _TYPO_RATE[manner])
    if manner is Manner.SMS:
        return _sms(body, style)
    spanish = writer.language == "es"
    greeting = rng.choice(style.phrases["greetings_es"] if spanish else style.by_manner["greetings"][manner])
    if manner is Manner.NONE:
        return body
    padded = body if spanish else _padded(body, rng, style, contact.kind)
    closing = rng.choice(style.phrases["closings_es"] if spanish else style.by_manner["closings"][manner])
    name = contact.name if manner is Manner.FORMAL or rng.random() < 0.6 else contact.first_name
    blocks = [greeting, padded, "\n".join([closing, name, *_signature(rng, contact)]).strip()]
    return "\n\n".join(block for block in blocks if block)


def planted(text: str, contact: DemoContact) -> tuple[Planted, ...]:
    """The sender's own identifiers in a text, each spelling once: the truth for a redactor's test.

    Words of the name count alone only where they begin with a capital; dates of visits, amounts and names of staff
    are not the sender's and not listed.
    """
    day = contact.birth_date
    spellings = [
        *((Label.NAME, name) for name in (contact.name, *contact.name.split())),
        *((Label.EMAIL, mail) for mail in contact.emails),
        *((Label.PHONE, phone) for phone in contact.phones),
        (Label.LOCATION, contact.address),
        *((Label.DATE, spelling) for spelling in birth_spellings(day.year, day.month, day.day)),
        (Label.MRN, contact.mrn),
        (Label.ACCOUNT, contact.account),
        (Label.HEALTH_PLAN_ID, contact.member_id),
        (Label.UNIQUE_ID, contact.employee_id),
    ]
    found: list[Planted] = []
    for label, value in spellings:
        covered = any(value in one.value for one in found)
        if value and not covered and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text):
            found.append(Planted(label, value))
    return tuple(found)


def birth_spellings(year: int, month: int, day: int) -> tuple[str, ...]:
    """The ways in which people of the demo write a birth date."""
    return (
        f"{_MONTHS[month - 1]} {day}, {year}",
        f"{month:02}/{day:02}/{year}",
        f"{year}-{month:02}-{day:02}",
        f"{month}/{day}/{year % 100:02}",
    )


def own_slots(contact: DemoContact) -> dict[str, tuple[str, ...]]:
    """Slots that only the sender's record may fill, so that no identifier is made up."""
    return {
        "account": (contact.account or contact.employee_id,),
        "member_id": (contact.member_id or contact.employee_id,),
        "phone": contact.phones,
        "first": (contact.first_name,),
    }


def _padded(body: str, rng: Random, style: Style, kind: str) -> str:
    fillers = (*style.phrases["fillers"], *style.phrases[f"fillers_{kind}"])
    before = rng.sample(fillers, k=rng.choice((0, 0, 0, 1, 1, 2)))
    after = rng.sample(style.phrases["afterthoughts"], k=rng.choice((0, 0, 1)))
    return "\n".join(part for part in (" ".join(before), body, " ".join(after)) if part)


def _signature(rng: Random, contact: DemoContact) -> list[str]:
    """Lines with identifiers, as people put them below their name; most people put none."""
    if rng.random() < 0.55:
        return []
    day = contact.birth_date
    lines: Mapping[str, str] = {
        "phone": rng.choice(contact.phones),
        "address": contact.address,
        "birth": f"DOB {rng.choice(birth_spellings(day.year, day.month, day.day))}",
        "mrn": f"MRN {contact.mrn}" if contact.mrn else f"Employee {contact.employee_id}",
        "account": f"Account {contact.account}" if contact.account else contact.job,
        "member": f"Member ID {contact.member_id}" if contact.member_id else "",
    }
    usual = _SIGNATURE[contact.kind]
    chosen = rng.sample(usual, k=rng.choice((1, 1, 2, 3)))
    return [lines[name] for name in usual if name in chosen]


def _typing(text: str, rng: Random, style: Style, rate: float) -> str:
    return " ".join(_slip(word, rng, style) if rng.random() < rate else word for word in text.split(" "))


def _slip(word: str, rng: Random, style: Style) -> str:
    """A typing error in a plain word; words with digits, capitals or signs stay, identifiers have to stay whole."""
    if len(word) < 4 or not word.isascii() or not word.isalpha() or not word.islower():
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + style.keyboard.get(word[at], word[at]) + word[at + 1 :]


def _sms(text: str, style: Style) -> str:
    words = []
    for word in text.rstrip(".").split(" "):
        keeps = any(sign.isdigit() for sign in word)
        bare = word.strip(".,?!").lower()
        short = style.sms.get(bare, bare)
        words.append(word if keeps else word.lower().replace(bare, short, 1) if bare else word)
    return " ".join(words)
