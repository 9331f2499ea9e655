"""What a contact is called where names do not show: a stable pseudonym of the conversation."""

from uuid import UUID

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def pseudonym(conversation: UUID) -> str:
    """Such as "Contact KR-417". From the random end of the id, so it says nothing about the person."""
    value = conversation.int & 0xFFFFFFFF
    first, second = _LETTERS[value % 24], _LETTERS[value // 24 % 24]
    return f"Contact {first}{second}-{value // 576 % 900 + 100}"
