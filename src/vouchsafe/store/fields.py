"""The frozen registry of sealed fields. A number is bound into every ciphertext (AAD) and is never reused."""

from enum import IntEnum


class Field(IntEnum):
    """Which field of which table a ciphertext belongs to. Numbers only ever grow."""

    DESK = 1
    CONTACT = 2
    CONVERSATION = 3
    PSEUDONYM = 4
    CASE = 5
    MESSAGE = 6
    MESSAGE_SAFE = 7
    ATTACHMENT = 8
    ORIGINAL = 9
    ATTACHMENT_CONTENT = 10
    TOKEN = 11
    OUTBOX = 12
    PAYLOAD = 13
    STAFF = 14
    STOP = 15
    QUARANTINE = 16
    AGREEMENTS = 17
    FAULT_REPORT = 18
    HELD_DOCUMENT = 19
    WITHDRAWAL = 20
    PRECEDENT = 21
    DRAFTING = 25
