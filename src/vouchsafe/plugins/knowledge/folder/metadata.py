"""What a file says about itself: who may read it, from when to when, whether it may be quoted automatically."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Audience

Raw = Mapping[str, object]

_AUDIENCES = frozenset(a.value for a in Audience)
_KEYS = frozenset(
    {
        "title",
        "audience",
        "effective_from",
        "effective_to",
        "approved_for_auto",
        "language",
        "intent",
        "owner",
        "review_date",
        "kind",
        "approved_by",
        "questions",
    }
)
PAGE, APPROVED_ANSWER = "page", "approved_answer"
"""What a document may say of its kind; a page where it says nothing."""
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0", ""})


class BadMetadata(VouchsafeError):
    """The metadata of a file cannot be trusted; the file stays hidden until it is mended."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Checked metadata of one document. Days are whole days of the desk's time zone, both ends included."""

    title: str
    audience: frozenset[str]
    effective_from: date | None
    effective_to: date | None
    approved_for_auto: bool
    language: str
    """BCP 47; empty where the file does not say."""
    intent: str | None
    owner: str
    review_date: date | None
    kind: str
    """`APPROVED_ANSWER`, `PAGE`, or a word that means nothing here."""
    approved_by: str
    questions: tuple[str, ...]


def check(raw: Raw) -> Metadata:
    """The metadata behind these keys and values; keys in any case, unknown ones ignored (sites carry many).

    A named group is written `kind:name`, such as `staff:benefits`; any other word must be one of `Audience`.
    Raises: BadMetadata for a missing audience, an unknown audience word, a date or a yes/no that cannot be read, and
    an end before the start.
    """
    known = {key.strip().lower().replace("-", "_"): value for key, value in raw.items()}
    known = {key: value for key, value in known.items() if key in _KEYS}
    start, end = _day(known, "effective_from"), _day(known, "effective_to")
    if start and end and end < start:
        raise BadMetadata(f"effective_to ({end}) lies before effective_from ({start})")
    return Metadata(
        title=_words(known, "title"),
        audience=_audience(known.get("audience")),
        effective_from=start,
        effective_to=end,
        approved_for_auto=_yes_or_no(known, "approved_for_auto"),
        language=_words(known, "language"),
        intent=_words(known, "intent") or None,
        owner=_words(known, "owner"),
        review_date=_day(known, "review_date"),
        kind=_words(known, "kind").lower() or PAGE,
        approved_by=_words(known, "approved_by"),
        questions=_listed(known, "questions"),
    )


def _words(known: Raw, key: str) -> str:
    value = known.get(key)
    if value is None:
        return ""
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    raise BadMetadata(f"{key} must be words, not a {type(value).__name__}")


def _listed(known: Raw, key: str) -> tuple[str, ...]:
    value = known.get(key)
    listed = [value] if isinstance(value, str) else value or []
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) for one in listed):
        raise BadMetadata(f"{key} must be a list of words")
    return tuple(" ".join(one.split()) for one in listed)


def _audience(value: object) -> frozenset[str]:
    listed = value.replace(",", " ").replace(";", " ").split() if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not listed:
        raise BadMetadata(
            "no audience, so nobody may read it; add `audience: public` or one of " + ", ".join(sorted(_AUDIENCES))
        )
    words = frozenset(str(word).strip() for word in listed)
    for word in sorted(words):
        kind, colon, name = word.partition(":")
        if word not in _AUDIENCES and not (colon and kind and name):
            raise BadMetadata(
                f"unknown audience word `{word[:40]}`; use {', '.join(sorted(_AUDIENCES))} or a named group `kind:name`"
            )
    return words


def _day(known: Raw, key: str) -> date | None:
    value = known.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadMetadata(f"{key} is not a date such as 2026-01-31") from error


def _yes_or_no(known: Raw, key: str) -> bool:
    value = known.get(key, False)
    if isinstance(value, bool):
        return value
    word = str("" if value is None else value).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadMetadata(f"{key} must be true or false")
