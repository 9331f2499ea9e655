"""Stand-ins such as `[NAME_1]`: handed out per conversation, recognised strictly, resolved only by `restore`."""

import re
from collections.abc import Iterable, Iterator

from vouchsafe.domain.identifier import Label, Token
from vouchsafe.domain.text import PhiText

_LABELS = "|".join(sorted((label.value for label in Label), key=len, reverse=True))
_LOOSE = "|".join(sorted((label.value.replace("_", "[_ -]?") for label in Label), key=len, reverse=True))
TOKEN = re.compile(rf"\[(?:{_LABELS})_[1-9]\d{{0,8}}\]")
"""A token as we write it."""
TOKEN_LIKE = re.compile(
    rf"[\[［【]\s{{0,3}}(?:{_LOOSE})\s{{0,3}}[_ \-#:]{{0,3}}\d{{1,9}}\s{{0,3}}[\]］】]|"
    rf"(?<![A-Za-z0-9])(?:{_LOOSE})_\d{{1,9}}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""A token, or anything that a careless reader could take for one."""


class TokenBook:
    """Gives out tokens for one conversation: the same words under the same label always get the same token.

    Words that differ only in case or punctuation get tokens of their own, since each must come back as received.
    """

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._tokens: list[Token] = []
        self._by_value: dict[tuple[Label, str], Token] = {}
        self._last: dict[Label, int] = {}
        for token in tokens:
            self._add(token)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens of the conversation, the earlier ones first."""
        return tuple(self._tokens)

    def token_for(self, label: Label, words: str) -> Token:
        """The token of these words."""
        held = self._by_value.get((label, words))
        if held is not None:
            return held
        number = self._last.get(label, 0) + 1
        token = Token(f"[{label.value}_{number}]", label, PhiText(words))
        self._add(token)
        return token

    def _add(self, token: Token) -> None:
        self._tokens.append(token)
        self._by_value.setdefault((token.label, token.value.value), token)
        number = int(token.placeholder.rstrip("]").rsplit("_", 1)[1])
        self._last[token.label] = max(self._last.get(token.label, 0), number)


def token_like(text: str) -> Iterator[tuple[int, int]]:
    """Where a text from outside imitates our tokens, or could after redaction."""
    for match in TOKEN_LIKE.finditer(text):
        yield match.span()


def split_at_tokens(text: str, known: frozenset[str]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, in order, each with whether it is exactly one of the `known` placeholders."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in TOKEN.finditer(text):
        if match.group() in known:
            pieces += [(text[at : match.start()], False), (match.group(), True)]
            at = match.end()
    return (*pieces, (text[at:], False))
