"""Words on their way to a language model and back: the strict profile and the second scan out, tokens and scans in.

Out: the unanswered messages once more through the redactor in its strict profile, then through the second, different
scan. Anything found, or any step that fails, and nothing goes out.
In: what a model wrote is untrusted. Each token must be one that went out, letter for letter, nothing else may look like
one, and no identifier may stand there that no source has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from vouchsafe.domain.identifier import IdentifierSpan, KnownContact, Profile, Token
from vouchsafe.domain.states import Identified, Redacted
from vouchsafe.domain.text import PhiText, Rescanned, SafeText, Span
from vouchsafe.domain.words import folded
from vouchsafe.pipeline.redact import stage
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.redact.tokens import TOKEN, TOKEN_LIKE

MOST_CHARACTERS = 6_000
"""Of the unanswered messages together; a longer one is for a person, not for a prompt."""
_INDEX = re.compile(r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]")
_BRACKETED = re.compile(r"[\[［【〔⟦][^\]］】〕⟧\n]{0,80}[\]］】〕⟧]")
_SPACE = re.compile(r"\s+")


class Unfit(StrEnum):
    """Why words may not go to a model, or what it wrote may not be used; closed words for the trail."""

    EMPTY = "empty"
    LONG = "long"
    REDACTION_FAILED = "redaction_failed"
    IDENTIFIER = "identifier"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Kept:
    """The words stay here. `found`: what each scan objected to, by its name; never the words themselves."""

    why: Unfit
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What may go into a prompt, and what is needed to read the answer.

    `tokens`: those that stand in the words. `strict`: among them the tokens that only the strict profile made; their
    words come back before anybody reads the answer, and they are stored nowhere.
    """

    words: Rescanned
    tokens: tuple[Token, ...]
    strict: tuple[Token, ...]


def outgoing(state: Identified, redacted: Redacted, redactor: Redactor) -> Outgoing | Kept:
    """The unanswered messages as a model may read them; subjects and texts alone, no history and no files."""
    wanted = set(state.received.unanswered)
    turns = tuple(turn for turn in state.received.turns if turn.id in wanted)
    received = replace(state.received, turns=turns, tokens=redacted.tokens)
    strict = stage.run(replace(state, received=received), redactor, Profile.STRICT)
    if strict.failed or redacted.failed:
        return Kept(Unfit.REDACTION_FAILED)
    parts = [part.value.strip() for turn in strict.turns for part in (turn.subject, turn.text)]
    text = "\n\n".join(part for part in parts if part)
    if not text:
        return Kept(Unfit.EMPTY)
    if len(text) > MOST_CHARACTERS:
        return Kept(Unfit.LONG)
    safe = SafeText(text)
    found = rescan(safe, stage.known_of(state))
    if found:
        return Kept(Unfit.IDENTIFIER, _names(found))
    there = set(TOKEN.findall(text))
    known = {token.placeholder for token in redacted.tokens}
    tokens = tuple(token for token in strict.tokens if token.placeholder in there)
    return Outgoing(Rescanned(safe), tokens, tuple(token for token in tokens if token.placeholder not in known))


def incoming(
    answer: PhiText, out: Outgoing, sources: Sequence[str], redactor: Redactor, known: Sequence[KnownContact]
) -> SafeText | Kept:
    """What a model wrote, as `SafeText`; whatever names a value that no source has is kept out whole.

    1. Every token is one that went out, letter for letter; nothing else imitates one, and of what stands in brackets
       only numbers are left, the indexes of passages.
    2. Neither scan finds an identifier that no source has.
    3. Words that only the strict profile took out come back.
    """
    text = answer.value
    gone = {token.placeholder for token in out.tokens}
    if any(match.group() not in gone for match in TOKEN_LIKE.finditer(text)):  # 1
        return Kept(Unfit.PLACEHOLDER, ("token/unknown",))
    if any(one not in gone and not _INDEX.fullmatch(one) for one in _BRACKETED.findall(text)):
        return Kept(Unfit.PLACEHOLDER, ("token/imitated",))
    bare = _INDEX.sub(" ", TOKEN.sub(" ", text))
    found = tuple(_strange(bare, sources, redactor, known))  # 2
    if found:
        return Kept(Unfit.IDENTIFIER, tuple(sorted(set(found))))
    for token in out.strict:  # 3
        text = text.replace(token.placeholder, token.value.value)
    return SafeText(text)


def _strange(bare: str, sources: Sequence[str], redactor: Redactor, known: Sequence[KnownContact]) -> Iterator[str]:
    """Names of what found an identifier that stands in no source."""
    said = "\n".join(_flat(source) for source in sources)
    redaction = redactor.redact([bare], known=known)
    if redaction.failed:
        yield "redactor/failed"
        return
    (part,) = redaction.parts
    for one in (*part.found, *rescan(SafeText(bare), known)):
        words = _flat(_of(bare, one.span))
        if words and not re.search(rf"(?<!\w){re.escape(words)}(?!\w)", said):
            yield one.by


def _of(text: str, span: Span) -> str:
    return text[span.start : span.end].strip(" \n\t.,;:!?()\"'")


def _flat(text: str) -> str:
    return _SPACE.sub(" ", folded(text)).strip()


def _names(found: Sequence[IdentifierSpan]) -> tuple[str, ...]:
    return tuple(sorted({one.by for one in found}))
