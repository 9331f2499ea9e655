"""Contacts of the organisation's master, sealed under their subject's row; found by blind index of what names them."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from vouchsafe.domain.contact import Contact
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import ContactId, SubjectId
from vouchsafe.domain.text import PhiText
from vouchsafe.store import codec, schema
from vouchsafe.store.context import Context
from vouchsafe.store.fields import Field

_SHORTEST_NUMBER = 5
_AT_ONCE = 1_000
"""Hashes looked for in one statement."""
_NAME_WORD = re.compile(r"[^\W\d_]+")
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|#) ?\d{1,6}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Membership:
    """What is sealed with a record beside it; a contact from before has none."""

    groups: tuple[str, ...] = ()


def put(
    context: Context,
    record: str,
    known: KnownContact,
    *,
    language: str,
    is_staff: bool,
    groups: frozenset[str] = frozenset(),
) -> bool:
    """The contact that the master has under this record number, as it stands there now; whether it is a new one.

    The number is looked up by its blind index, which stands among those of the addresses under a key of its own.
    """
    table, addresses = schema.contact, schema.contact_address
    key = context.vault.blind(context.workspace, "record", record)
    execute = context.connection.execute
    found = execute(select(addresses.c.contact_id).where(addresses.c.blind == key)).scalar()
    if found is None:
        contact = add(context, known, language=language, is_staff=is_staff, groups=groups)
        execute(insert(addresses), {"workspace_id": context.workspace, "contact_id": contact.id, "blind": key})
        return True
    sealed = context.seal_row(Field.CONTACT, found, _dumped(known, groups))
    execute(
        update(table).where(table.c.id == found).values(is_staff=is_staff, language=language, sealed=sealed),
    )
    execute(delete(addresses).where(addresses.c.contact_id == found, addresses.c.blind != key))
    _add_blinds(context, ContactId(found), known, is_staff=is_staff)
    return False


def add(
    context: Context, known: KnownContact, *, language: str, is_staff: bool, groups: frozenset[str] = frozenset()
) -> Contact:
    """A contact from the master with a subject key of its own. Subjects never come from a message (R180)."""
    contact, subject = ContactId(context.ids.new()), SubjectId(context.ids.new())
    kid, wrapped, _ = context.vault.new_subject_key(context.workspace)
    scope = {"workspace_id": context.workspace}
    execute = context.connection.execute
    execute(insert(schema.subject_key), {**scope, "id": subject, "kid": kid, "wrapped": wrapped})
    execute(
        insert(schema.contact),
        {
            **scope,
            "id": contact,
            "subject_id": subject,
            "is_staff": is_staff,
            "language": language,
            "sealed": context.seal_row(Field.CONTACT, contact, _dumped(known, groups)),
        },
    )
    _add_blinds(context, contact, known, is_staff=is_staff)
    return Contact(contact, subject, known, language, is_staff, groups)


def at(context: Context, address: PhiText) -> tuple[Contact, ...]:
    """Every contact on record under this address; more than one means a shared address (R181)."""
    table, addresses = schema.contact, schema.contact_address
    rows = context.connection.execute(
        select(table)
        .join(addresses, (addresses.c.workspace_id == table.c.workspace_id) & (addresses.c.contact_id == table.c.id))
        .where(addresses.c.blind == _blind(context, address.value))
        .order_by(table.c.id)
    )
    return tuple(_contact(context, row) for row in rows)


def holders(context: Context, value: PhiText) -> frozenset[ContactId]:
    """Contacts who have this on record: a mail address, a telephone number, another number, or a whole name.

    Nothing of the records is opened. Names of people who work here are not found; nor are dates, postal addresses,
    and single words of a name. Names and numbers of a contact are found from its first import by this version on.
    """
    wanted = [_blind(context, value.value), _number(context, value.value), _name(context, value.value)]
    if number := _EXTENSION.sub("", value.value.strip()):
        wanted.append(_blind(context, number))
    table = schema.contact_address
    rows = context.connection.execute(
        select(table.c.contact_id).where(table.c.blind.in_([one for one in wanted if one is not None]))
    )
    return frozenset(ContactId(one) for one in rows.scalars())


def on_record(context: Context, names: Iterable[str]) -> frozenset[str]:
    """Which of these are whole names of contacts who do not work here. Nothing of the records is opened."""
    by_blind = {blind: name for name in names if (blind := _name(context, name)) is not None}
    wanted, column = list(by_blind), schema.contact_address.c.blind
    found: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = context.connection.execute(select(column).where(column.in_(wanted[start : start + _AT_ONCE])))
        found.update(by_blind[one] for one in rows.scalars())
    return frozenset(found)


def count(context: Context) -> int:
    """How many contacts the workspace has."""
    return len(context.connection.execute(select(schema.contact.c.id)).all())


def add_all(context: Context, known: Sequence[tuple[KnownContact, str, bool]]) -> int:
    """Contacts of (record, language, is staff); how many were added."""
    for record, language, is_staff in known:
        add(context, record, language=language, is_staff=is_staff)
    return len(known)


def _contact(context: Context, row: Any) -> Contact:  # Any: a row's columns have no types in SQLAlchemy
    sealed = context.open_row(Field.CONTACT, row.id, row.sealed)
    return Contact(
        ContactId(row.id),
        SubjectId(row.subject_id),
        codec.load(KnownContact, sealed),
        row.language,
        row.is_staff,
        frozenset(codec.load(_Membership, sealed).groups),
    )


def _dumped(known: KnownContact, groups: frozenset[str]) -> bytes:
    """One object: the record, and beside its keys the groups, which no redaction looks for."""
    record = json.loads(codec.dump(KnownContact, known))
    membership = json.loads(codec.dump(_Membership, _Membership(tuple(sorted(groups)))))
    return json.dumps({**record, **membership}).encode()


def _add_blinds(context: Context, contact: ContactId, known: KnownContact, *, is_staff: bool) -> None:
    blinds = {_blind(context, address) for address in (*known.emails, *known.phones)}
    blinds |= {blind for number in known.ids if (blind := _number(context, number))}
    # A reply to a patient may well name somebody who works here.
    blinds |= {blind for name in known.names if not is_staff and (blind := _name(context, name))}
    if blinds:
        context.connection.execute(
            upsert(schema.contact_address).on_conflict_do_nothing(),
            [{"workspace_id": context.workspace, "contact_id": contact, "blind": blind} for blind in blinds],
        )


def _blind(context: Context, address: str) -> bytes:
    digits = "".join(c for c in address if c.isdigit())
    # A phone number is compared by its last ten digits, so that country code and punctuation do not matter.
    value = address if "@" in address or len(digits) < 7 else digits[-10:]
    return context.vault.blind(context.workspace, "address", value)


def _number(context: Context, number: str) -> bytes | None:
    """Letters and digits alone, however it is spaced; None for what is too short to be one person's."""
    bare = "".join(c for c in number if c.isalnum())
    telling = len(bare) >= _SHORTEST_NUMBER and any(c.isdigit() for c in bare)
    return context.vault.blind(context.workspace, "number", bare) if telling else None


def _name(context: Context, name: str) -> bytes | None:
    """Its words in any order, without initials and accents; None for a single word, which many people share."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = sorted({word for word in _NAME_WORD.findall(bare) if len(word) > 1})
    return context.vault.blind(context.workspace, "name", " ".join(words)) if len(words) > 1 else None
