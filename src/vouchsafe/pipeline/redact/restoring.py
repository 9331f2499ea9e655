"""Puts the words of a conversation back in the place of its tokens. Called in `send` and where a person may read."""

from collections.abc import Sequence

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.pipeline.redact.tokens import TOKEN_LIKE


class UnknownToken(VouchsafeError):
    """A text holds a token that this conversation never gave out, or one that was bent."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(
            f"the text holds a token at character {position} that this conversation did not give out; discard the draft"
        )


def restore(text: SafeText, tokens: Sequence[Token]) -> PhiText:
    """The text with every token replaced by the words it stands for, exactly as they were received.

    Raises: UnknownToken if the text holds a token that is not among `tokens`, or anything bent out of one
    (`[name_1]`, `[NAME 1]`, `NAME_1`): a model that bends tokens cannot be trusted with the rest of the sentence.
    """
    words = {token.placeholder: token.value.value for token in tokens}
    pieces: list[str] = []
    at = 0
    for match in TOKEN_LIKE.finditer(text.value):
        if match.group() not in words:
            raise UnknownToken(match.start())
        pieces += (text.value[at : match.start()], words[match.group()])
        at = match.end()
    pieces.append(text.value[at:])
    return PhiText("".join(pieces))
