"""Where in a message the questions stand that no page answers, so that a person sees what is left to say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message. `open`: no page answers it."""

    text: str
    open: bool


def pieces(text: str, unanswered: Iterable[str]) -> tuple[Piece, ...]:
    """The message in stretches that together are the message. A question that it does not hold marks nothing.

    Line breaks count as blanks, and a question that was put together of several sentences is looked for by the line.
    """
    wanted = [
        r"\s+".join(map(re.escape, line.split())) for one in unanswered for line in one.splitlines() if line.strip()
    ]
    if not wanted:
        return (Piece(text, open=False),) if text else ()
    found, at = [], 0
    for match in re.finditer("|".join(sorted(wanted, key=len, reverse=True)), text):
        found += [Piece(text[at : match.start()], open=False), Piece(match.group(), open=True)]
        at = match.end()
    return tuple(one for one in (*found, Piece(text[at:], open=False)) if one.text)
