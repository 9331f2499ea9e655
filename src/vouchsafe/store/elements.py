"""Why each element of data is kept: the register of purposes, printed as `docs/reference/data.md`.

Source: R159, data minimisation (45 CFR 164.502(b)). An element that has no line here is not to be stored: a test
holds the sealed fields, the columns of bytes and the contact's record against this table.
"""

from dataclasses import dataclass

from vouchsafe.store.fields import Field


@dataclass(frozen=True, slots=True)
class Element:
    """One element of data. `place`: `table.column`; `field`: what it is sealed as, None where it is not sealed."""

    place: str
    holds: str
    purpose: str
    field: Field | None = None


_MASTER = "contact.sealed"
_RECOGNISED = "to be recognised and taken out of what is written by or about the person"

ELEMENTS = (
    Element("desk.sealed", "address, sender name and on-call address of a desk", "to send mail and pages", Field.DESK),
    Element(_MASTER, "names", _RECOGNISED, Field.CONTACT),
    Element(_MASTER, "emails", f"to tell who may be writing; {_RECOGNISED}", Field.CONTACT),
    Element(_MASTER, "phones", f"to tell who may be writing; {_RECOGNISED}", Field.CONTACT),
    Element(_MASTER, "dates", _RECOGNISED, Field.CONTACT),
    Element(_MASTER, "ids", _RECOGNISED, Field.CONTACT),
    Element(_MASTER, "addresses", _RECOGNISED, Field.CONTACT),
    Element(_MASTER, "groups", "which pages the person may be answered from", Field.CONTACT),
    Element("contact.language", "language on record", "kept as the master has it; nothing in this version reads it"),
    Element("contact.is_staff", "whether the person works here", "which pages the person may be answered from"),
    Element(
        "contact_address.blind",
        "keyed hashes of addresses, telephone numbers, record and other numbers, and names of patients",
        "to find the contact of a message, to replace a record on import, to stop what is another contact's in a reply",
    ),
    Element("subject_key.wrapped", "the key of a person's conversations", "to read them, until it is destroyed"),
    Element("conversation_key.wrapped", "the key of a conversation", "to read it, until it is destroyed"),
    Element(
        "conversation.sealed",
        "findings that hold for the conversation; a wish for no automatic answer",
        "so that a risk once seen keeps people in charge",
        Field.CONVERSATION,
    ),
    Element(
        "conversation.pseudonym",
        "a random name of the conversation",
        "so that the trail can be verified without naming anybody",
        Field.PSEUDONYM,
    ),
    Element("thread_ref.blind", "keyed hashes of mail ids", "to join an answer to its conversation"),
    Element("thread_ref.sender", "keyed hash of an address", "so that nobody else joins that conversation"),
    Element(
        "case.sealed",
        "findings, passages, draft, every rule's result, notice, reply",
        "for whoever answers, and to explain the decision later",
        Field.CASE,
    ),
    Element(
        "drafting.sealed",
        "sentences that a model is writing, checked one by one",
        "to show them in an open case",
        Field.DRAFTING,
    ),
    Element(
        "message.sealed",
        "subject, words, quoted and hidden text, sender's name and address, thread ids",
        "to answer the message; to restore what was redacted for people who may see it",
        Field.MESSAGE,
    ),
    Element(
        "message.safe",
        "the same, redacted",
        "what is judged, searched with and shown in place of the words",
        Field.MESSAGE_SAFE,
    ),
    Element("message.words", "22-bit hashes of the redacted words", "to search conversations"),
    Element("message.provider", "keyed hash of the channel's id", "so that a message is taken in once"),
    Element("attachment.sealed", "name, type and text of a file", "to read it with its message", Field.ATTACHMENT),
    Element("object (file)", "originals as received", "evidence of what came in; to read it anew", Field.ORIGINAL),
    Element("object (file)", "bytes of attachments", "to open them", Field.ATTACHMENT_CONTENT),
    Element(
        "object (file)", "bytes in quarantine", "for a person to look at, and take in or put aside", Field.QUARANTINE
    ),
    Element("object.ct_hash", "hash of a sealed file", "so that a changed file is seen"),
    Element("token.sealed", "the words behind placeholders", "to put them back into a reply that is sent", Field.TOKEN),
    Element(
        "outbox.sealed",
        "mail that waits or left, with its address",
        "to send it, and to show what was sent",
        Field.OUTBOX,
    ),
    Element("payload.sealed", "details of an event", "to explain a decision, and to prove it", Field.PAYLOAD),
    Element("event.leaf", "type, time, actor's id, versions and hashes of an event", "to verify the trail"),
    Element("event.hash", "hash of the leaf", "to verify the trail"),
    Element("leaf.hash", "hash of the leaf at its place", "to verify the trail"),
    Element("tile.hashes", "hashes of the tree", "to verify the trail"),
    Element("log_head.frontier", "hashes at the edge of the tree", "to go on with the tree"),
    Element("log_head.root", "root of the tree", "to sign it"),
    Element(
        "staff.sealed",
        "log-in, name, title and licence of a person who works here",
        "who signs and who may",
        Field.STAFF,
    ),
    Element("staff.login", "keyed hash of the log-in", "to find the person who logs in"),
    Element("staff.password", "Argon2id hash", "to check the password"),
    Element("session.hash", "hash of a random token", "to know a browser that logged in"),
    Element("stop.sealed", "why a stop was pressed", "so that whoever releases it knows", Field.STOP),
    Element(
        "fault_report.sealed",
        "system, question, case and a keyed hash of the writer, for a day",
        "to tell an outage from one person's trouble",
        Field.FAULT_REPORT,
    ),
    Element("quarantine.provider", "keyed hash of the channel's id", "so that an item is taken in once"),
    Element("route.hash", "keyed hash of a desk's address", "to lead a message to its desk"),
    Element(
        "held_document.sealed",
        "a document with the reasons why it is held",
        "for a person to decide about it",
        Field.HELD_DOCUMENT,
    ),
    Element("held_document.blind", "keyed hash of path and version", "so that a decision holds for that version alone"),
    Element("withdrawal.sealed", "why a document was withdrawn", "to tell whoever asks", Field.WITHDRAWAL),
    Element(
        "precedent.sealed",
        "question and answer of a reply, without identifiers, and their vector",
        "to show people how the like was answered before",
        Field.PRECEDENT,
    ),
    Element("passage_vector.hash", "hash of a passage of a page", "to embed a passage once"),
    Element("passage_vector.value", "its vector", "to search by meaning"),
    Element(
        "agreement_register.sealed",
        "every version of the agreement register",
        "to decide who may receive what, and to show since when",
        Field.AGREEMENTS,
    ),
)
"""In the order of the tables."""


def element_reference() -> str:
    """The page `docs/reference/data.md`, made from the table above."""
    lines = [
        "# Data and why it is kept",
        "",
        "Generated from `vouchsafe.store.elements`; a test keeps this page equal to it, and fails where a sealed",
        "field, a column of bytes or a part of a contact's record has no purpose here. Ids, times, sizes, counts,",
        "states and the columns of [decision 0017](../decisions/0017-clear-columns.md) order the work and stand in",
        "clear; [data.md](../data.md) says under which key the rest is sealed. A number is the field's in",
        "`store/fields.py`.",
        "",
        "| place | what it holds | why it is kept | sealed as |",
        "|---|---|---|---|",
    ]
    for one in ELEMENTS:
        sealed = f"{one.field.value}" if one.field else ""
        lines.append(f"| `{one.place}` | {one.holds} | {one.purpose} | {sealed} |")
    return "\n".join(lines) + "\n"
