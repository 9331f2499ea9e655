"""Contacts and how sure we are of them."""

from dataclasses import dataclass
from enum import IntEnum

from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import ContactId, SubjectId


class Assurance(IntEnum):
    """How sure we are that the contact is who they say (design section 3, identify)."""

    ANONYMOUS = 0
    CHANNEL_ASSERTED = 1
    CODE_VERIFIED = 2
    SIGNED_IN = 3


MOST_PROVED = Assurance.CHANNEL_ASSERTED
"""The highest that a channel of this version gives: none asks a contact for a code or a log-in."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who writes to us, as the organisation's master has them."""

    id: ContactId
    subject: SubjectId
    known: KnownContact
    language: str
    """BCP 47, the language on record."""
    is_staff: bool = False
    groups: frozenset[str] = frozenset()
    """Words of audience that the master gives this person alone: `clinician`, `it`, or names of groups."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What identify found: who may be writing, and with what assurance.

    `contact` is None for an unknown address and for one shared by several people (R181): a shared address selects
    no subject. `is_staff`: the master calls the contact so and the channel vouches for the address. `candidates` are
    the records whose data redaction looks for, at any level.
    """

    level: Assurance
    contact: ContactId | None
    subject: SubjectId | None
    shared_address: bool
    is_staff: bool
    candidates: tuple[KnownContact, ...] = ()
    groups: frozenset[str] = frozenset()
    """Of the one contact, as the master has them; what counts of them is for `Pack.groups_for` to say."""
