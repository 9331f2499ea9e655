"""The redactor: the passes in their order, joined by union, and tokens in place of what they found.

1. clean the text with a map back to the original        (clean.py)
2. text that imitates our tokens                          (tokens.py)
3. what the record says about the contact                 (known.py)
4. patterns, recall first; once more over the text as     (patterns/)
   read: dictated, spaced out, disguised, misspelt        (reading.py)
5. names and places: our lists, our tagger, then a model  (listed_names.py, tagger.py, the `ner` port)
6. in the strict profile: words that nothing explains     (strict.py)
7. the keep-list undoes unspecific hits only              (keep.py)
8. grow to whole tokens, join overlaps                    (hit.py)
9. spread over all parts of the conversation              (spread.py)
10. tokens in place of the words                          (tokens.py)
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import IdentifierSpan, KnownContact, Label, Profile, RedactedPart, Token
from vouchsafe.domain.text import SafeText, Span
from vouchsafe.pipeline.deadline import in_time
from vouchsafe.pipeline.redact import keep, spread, strict
from vouchsafe.pipeline.redact.clean import Cleaned, clean
from vouchsafe.pipeline.redact.hit import Covered, Hit, Rank, grown, merged
from vouchsafe.pipeline.redact.known import Known, find_known, prepare
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.listed_names import joined_names, listed_names, listed_towns
from vouchsafe.pipeline.redact.names_by_model import NamesByModel, is_foreign, names_within
from vouchsafe.pipeline.redact.patterns import PATTERNS
from vouchsafe.pipeline.redact.reading import read
from vouchsafe.pipeline.redact.tagger import Tagger, Tagging
from vouchsafe.pipeline.redact.tokens import TokenBook, token_like
from vouchsafe.ports.ner import NameFinder

_PASSES_VERSION = 3
"""Grows with each change of a pass that is not a pattern or a word list; part of the digest."""
LONGEST = 100_000
"""Characters of one part that are redacted; the rest of a longer one reaches nobody but who opens the original. About
0.1 ms of one core each, on texts made to be slow as well."""
_EDGE = 500
"""Characters before the cut that are left out too: an identifier that is cut in two may look like none."""
_Result = TypeVar("_Result")
SHIPPED_TAGGER = Tagger()
_NOTHING = RedactedPart(SafeText(""), (), ())


@dataclass(frozen=True, slots=True)
class Redaction:
    """All parts of a conversation after redaction, in the order given.

    `tokens` are all of the conversation's, the earlier ones first. `removed[i]` names the invisible characters of
    part i and what invisible tag characters spelled, redacted too; empty where there were none. `failed` lists the
    parts that could not be redacted: they are empty here and a person must look.
    """

    parts: tuple[RedactedPart, ...]
    tokens: tuple[Token, ...]
    removed: tuple[SafeText, ...]
    failed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Searched:
    """A part with what the passes found in its cleaned text."""

    original: str
    cleaned: Cleaned
    hits: tuple[Hit, ...]


class Ambiguous(VouchsafeError):
    """A redacted text could not be restored exactly."""

    def __init__(self) -> None:
        super().__init__("the redacted text holds tokens that are not its own; a person must read the original")


class Redactor:
    """Takes identifiers out of conversations. Built once per process; safe to use from several threads.

    `ner` None leaves names to the record, the patterns and our lists: cheaper, and it misses more names.
    `own_words` are names of the operator's own places and services, which identify no patient and are kept unless
    the record or a key word says otherwise.
    """

    def __init__(
        self, ner: NameFinder | None, own_words: Iterable[str] = (), *, tagger: Tagger | None = SHIPPED_TAGGER
    ) -> None:
        self._by_model = NamesByModel(ner) if ner is not None else None
        self._tagger = tagger
        self._own_words = tuple(sorted({word.strip().lower() for word in own_words if word.strip()}))
        self.ref = self._digest(ner)

    def redact(
        self,
        parts: Sequence[str],
        *,
        known: Sequence[KnownContact] = (),
        tokens: Sequence[Token] = (),
        profile: Profile = Profile.STANDARD,
    ) -> Redaction:
        """The parts of one conversation with tokens for identifiers, as received otherwise.

        What is found in one part is masked in all of them, in any order; `tokens` are the conversation's so far:
        their values are looked for too and keep their tokens. A part that fails is empty in the answer; of one longer
        than `LONGEST` only what stands before that is in it, and it counts as failed.
        """
        prepared = prepare(known)
        searched = [_or_none(partial(self._within_limit, part, prepared, profile)) for part in parts]
        book = TokenBook(tokens)
        found = spread.collect([*_values(searched), *((one.value.value, one.label) for one in tokens)])
        masked = [one and _or_none(partial(_masked, one, found, book)) for one in searched]
        removed = [one and _or_none(partial(self._removed, one.cleaned, prepared, profile, book)) for one in searched]
        return Redaction(
            parts=tuple(one or _NOTHING for one in masked),
            tokens=book.tokens,
            removed=tuple(one or SafeText("") for one in removed),
            failed=tuple(
                at
                for at, (part, one, rest) in enumerate(zip(parts, masked, removed, strict=True))
                if not one or rest is None or len(part) > LONGEST
            ),
        )

    def _within_limit(self, part: str, prepared: Known, profile: Profile) -> _Searched:
        searched = self._search(part[:LONGEST], prepared, profile)
        return searched if len(part) <= LONGEST else _without_edge(searched)

    def _search(self, part: str, prepared: Known, profile: Profile) -> _Searched:
        cleaned = clean(part)
        if not part:
            # Most messages quote nothing, hide nothing and have no name of their own: nothing is found in no words.
            return _Searched(part, cleaned, ())
        hits = [*_imitations(part, cleaned), *self._hits(cleaned.text, prepared, profile)]
        useful = keep.kept(cleaned.text, hits, self._own_words)
        return _Searched(part, cleaned, tuple(merged(cleaned.text, grown(cleaned.text, useful))))

    def _hits(self, text: str, prepared: Known, profile: Profile) -> list[Hit]:
        hits = list(find_known(text, prepared))
        hits += _by_patterns(text)
        hits += _by_reading(text)
        hits += listed_names(text)
        hits += joined_names(text)
        hits += listed_towns(text)
        in_time()
        tagging = self._tagger.read(text) if self._tagger is not None else None
        if tagging is not None:
            hits += _by_tagger(tagging, text)
        in_time()
        if self._by_model is not None:
            hits += self._by_model.find(text, profile, hits, tagging)
        if profile is Profile.STRICT:
            hits += strict.unexplained(text)
        return hits

    def _removed(self, cleaned: Cleaned, prepared: Known, profile: Profile, book: TokenBook) -> SafeText:
        lines = list(cleaned.invisible)
        if cleaned.smuggled:
            spelled = self._search(cleaned.smuggled, prepared, profile)
            lines.append(_masked(spelled, spread.collect(()), book).text.value)
        return SafeText("\n".join(lines))

    def _digest(self, ner: NameFinder | None) -> str:
        digest = hashlib.sha256(f"passes {_PASSES_VERSION} lists {lexicon().digest}".encode())
        for pattern in PATTERNS:
            digest.update(f"{pattern.id} {pattern.version} {pattern.regex.pattern}\n".encode())
        digest.update("\n".join(self._own_words).encode())
        digest.update((ner.ref if ner is not None else "no model").encode())
        digest.update((self._tagger.ref if self._tagger is not None else "no tagger").encode())
        return f"redactor@{digest.hexdigest()[:16]}"


def _without_edge(part: _Searched) -> _Searched:
    """A part that was cut, without its last characters and without the hit that reaches into them."""
    cleaned = part.cleaned
    end = max(0, len(cleaned.text) - _EDGE)
    end = min((hit.start for hit in part.hits if hit.start < end < hit.end), default=end)
    original = part.original[: cleaned.starts[end]] if end < len(cleaned.text) else part.original
    shorter = replace(cleaned, text=cleaned.text[:end], starts=cleaned.starts[:end], ends=cleaned.ends[:end])
    return _Searched(original, shorter, tuple(hit for hit in part.hits if hit.end <= end))


def _or_none(step: Callable[[], _Result]) -> _Result | None:
    """What a step gives; None where it fails, whatever the failure: no word of such a part goes on."""
    try:
        in_time()
        return step()
    except Exception:  # noqa: BLE001 - fail closed: the part becomes empty and a person looks
        return None


def _imitations(part: str, cleaned: Cleaned) -> Iterator[Hit]:
    """Where a text imitates our tokens, as received or as a reader sees it: invisible characters may hide either."""
    as_received = (cleaned.from_original(*place) for place in token_like(part))
    for start, end in {*token_like(cleaned.text), *as_received}:
        if start < end:
            yield Hit(start, end, Label.OTHER, Rank.TOKEN_LIKE, 1.0, "token-like")


def _by_patterns(text: str) -> Iterator[Hit]:
    has_digit = any(one.isdigit() for one in text)
    # File names and user names join words by underscores, which no word boundary parts.
    spaced = text.replace("_", " ")
    for pattern in PATTERNS:
        if pattern.needs_digit and not has_digit:
            continue
        in_time()
        yield from pattern.find(text)
        if spaced is not text and pattern.label in {Label.NAME, Label.DATE}:
            yield from pattern.find(spaced)


def _by_reading(text: str) -> Iterator[Hit]:
    """What the patterns find in the text as read aloud or repaired, where it stands in the text."""
    as_read = read(text)
    if as_read is None:
        return
    useful = keep.kept(as_read.text, list(_by_patterns(as_read.text)))
    for hit in grown(as_read.text, useful):
        start, end = as_read.source(hit.start, hit.end)
        if start < end:
            yield replace(hit, start=start, end=end)


def _by_tagger(tagging: Tagging, text: str) -> Iterator[Hit]:
    """What the tagger finds; in other languages, of which it has seen little, only what is written as names are."""
    foreign = bool(tagging.hits) and is_foreign(text)
    for hit in tagging.hits:
        if foreign and hit.label in {Label.NAME, Label.LOCATION}:
            yield from (replace(hit, start=start, end=end) for start, end in names_within(text, hit.start, hit.end))
        elif not foreign or any(one.isdigit() or one == "@" for one in text[hit.start : hit.end]):
            yield hit


def _values(searched: Iterable[_Searched | None]) -> Iterator[tuple[str, Label]]:
    for one in searched:
        if one is not None:
            for hit in one.hits:
                yield one.cleaned.text[hit.start : hit.end], hit.label


def _masked(part: _Searched, found: spread.Found, book: TokenBook) -> RedactedPart:
    """The part with a token in the place of every hit, those of other parts included."""
    text = part.cleaned.text
    held = Covered((hit.start, hit.end) for hit in part.hits)
    repeated = [hit for hit in grown(text, spread.find(text, found)) if not held.holds(hit.start, hit.end)]
    pieces: list[str] = []
    spans: list[IdentifierSpan] = []
    placed: list[Span] = []
    at = length = 0
    for hit in merged(text, [*part.hits, *repeated]):
        span = part.cleaned.to_original(hit.start, hit.end)
        # Two characters of the cleaned text can come from one of the original; a token never splits it.
        span = Span(max(span.start, at), span.end)
        if span.start >= span.end:
            continue
        token = book.token_for(hit.label, part.original[span.start : span.end])
        pieces += (part.original[at : span.start], token.placeholder)
        length += span.start - at
        placed.append(Span(length, length + len(token.placeholder)))
        length += len(token.placeholder)
        spans.append(IdentifierSpan(span, hit.label, hit.score, hit.by))
        at = span.end
    pieces.append(part.original[at:])
    safe = "".join(pieces)
    if {Span(*place) for place in token_like(safe)} != set(placed):
        # What surrounds a token joined with it into something that `restore` would not read as that token.
        raise Ambiguous
    return RedactedPart(SafeText(safe), tuple(spans), tuple(placed))
