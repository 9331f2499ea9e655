"""Makes words of a conversation fit to be read by people who are not part of it: nothing in them points to anybody.

Redaction's placeholders stand for a person's values, so they do not stay either: `proposed` puts plain words in their
place for a person to mend, and `deidentified` takes nothing in which either scan still finds something.
"""

from collections.abc import Iterable, Iterator, Sequence

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import KnownContact, Label, Token
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.redact.tokens import TOKEN, TOKEN_LIKE

_GENERAL = {
    "en": {
        Label.NAME: "the person",
        Label.LOCATION: "the place",
        Label.DATE: "the date",
        Label.PHONE: "the phone number",
        Label.FAX: "the fax number",
        Label.EMAIL: "the address",
        Label.URL: "the page",
    },
    "es": {
        Label.NAME: "la persona",
        Label.LOCATION: "el lugar",
        Label.DATE: "la fecha",
        Label.PHONE: "el número de teléfono",
        Label.FAX: "el número de fax",
        Label.EMAIL: "la dirección",
        Label.URL: "la página",
    },
}
_OTHERWISE = {"en": "the number", "es": "el número"}
_SAYS = {
    Label.NAME: "a person's name",
    Label.LOCATION: "a place or an address",
    Label.DATE: "a date",
    Label.PHONE: "a telephone number",
    Label.FAX: "a telephone number",
    Label.EMAIL: "a mail address",
    Label.URL: "a web address",
}
_NAME_WORD = 3
"""A shorter word of a name is also an initial, or an article of a family name."""
_NUMBER = "a number that may be somebody's"


class Identifies(VouchsafeError):
    """A text still holds what could identify somebody. Says what kinds of things, never which."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.kinds = tuple(kinds)
        super().__init__(f"this still holds {', '.join(kinds)}; put general words in the place")


def proposed(  # noqa: PLR0917  # the text, and what is known of it
    text: str,
    redactor: Redactor,
    tokens: Sequence[Token],
    public: Iterable[str],
    language: str,
    known: Sequence[KnownContact] = (),
) -> str:
    """A text with general words for placeholders and for what redaction finds, for a person to read and mend.

    `public` are texts that everybody at the desk may read, such as cited passages: what stands there word for word is
    nobody's secret. Where redaction fails nothing is proposed.
    """
    code = language[:2].lower() if language[:2].lower() in _GENERAL else "en"
    plain = TOKEN.sub(lambda found: _general(found.group(), code), text)
    redaction = redactor.redact([plain], known=known, tokens=tokens)
    if redaction.failed:
        return ""
    shared, (part,) = _folded(public), redaction.parts
    values = _values(tokens, known)
    out, at = "", 0
    for one in part.found:
        words = plain[one.span.start : one.span.end]
        kept = _is_public(words, shared, values)
        general = words if kept else _GENERAL[code].get(one.label, _OTHERWISE[code])
        out += plain[at : one.span.start] + general
        at = one.span.end
    return out + plain[at:]


def deidentified(
    text: str,
    redactor: Redactor,
    tokens: Sequence[Token],
    public: Iterable[str],
    known: Sequence[KnownContact] = (),
) -> SafeText:
    """A text that a person wrote or confirmed, once neither scan finds anything in it. Raises: Identifies.

    `tokens`: all of the conversation's, whose values are looked for in any spelling that redaction knows; `known`:
    what is on record of whoever wrote in it.
    """
    kinds = dict.fromkeys(_left(text, redactor, tokens, tuple(public), known))
    if kinds:
        raise Identifies(tuple(kinds))
    return SafeText(text)


def _left(
    text: str, redactor: Redactor, tokens: Sequence[Token], public: tuple[str, ...], known: Sequence[KnownContact]
) -> Iterator[str]:
    if TOKEN_LIKE.search(text):
        yield "a placeholder"
    redaction = redactor.redact([text], known=known, tokens=tokens)
    if redaction.failed:
        yield "words that could not be looked at"
        return
    shared, values = _folded(public), _values(tokens, known)
    for one in redaction.parts[0].found:
        if not _is_public(text[one.span.start : one.span.end], shared, values):
            yield _SAYS.get(one.label, _NUMBER)
    for one in rescan(SafeText(text), [_known(tokens), *known]):
        if not _is_public(text[one.span.start : one.span.end], shared, values):
            yield _SAYS.get(one.label, _NUMBER)


def _known(tokens: Sequence[Token]) -> KnownContact:
    def of(*labels: Label) -> tuple[str, ...]:
        return tuple(one.value.value for one in tokens if one.label in labels)

    rest = {Label.NAME, Label.EMAIL, Label.PHONE, Label.FAX, Label.DATE}
    return KnownContact(
        names=of(Label.NAME),
        emails=of(Label.EMAIL),
        phones=of(Label.PHONE, Label.FAX),
        dates=of(Label.DATE),
        ids=tuple(one.value.value for one in tokens if one.label not in rest),
    )


def _general(token: str, code: str) -> str:
    label = token.strip("[]").rpartition("_")[0]
    return _GENERAL[code].get(Label(label), _OTHERWISE[code])


def _values(tokens: Sequence[Token], known: Sequence[KnownContact]) -> frozenset[str]:
    """What is somebody's own though it may stand in a published text too; of a name each of its words is."""
    names = [one.value.value for one in tokens if one.label is Label.NAME]
    names += [name for one in known for name in one.names]
    rest = [value for one in known for value in (*one.emails, *one.phones, *one.dates, *one.ids, *one.addresses)]
    words = [word.strip(".,") for name in names for word in name.split()]
    whole = (*(one.value.value for one in tokens), *names, *rest, *(word for word in words if len(word) >= _NAME_WORD))
    return frozenset(map(_fold, whole))


def _folded(texts: Iterable[str]) -> str:
    return " \n ".join(_fold(one) for one in texts)


def _fold(text: str) -> str:
    return " ".join(text.lower().split())


def _is_public(words: str, shared: str, values: frozenset[str]) -> bool:
    """Whether these words stand in a published text and are not the conversation's own value all the same."""
    folded = _fold(words)
    if not folded or folded in values:
        return False
    at = shared.find(folded)
    while at >= 0:
        before, after = shared[at - 1 : at], shared[at + len(folded) : at + len(folded) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = shared.find(folded, at + 1)
    return False
