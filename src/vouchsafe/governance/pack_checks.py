"""What must hold for a policy pack as a whole. One function a duty; each gives sentences that say what to change."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.ids import QueueName
from vouchsafe.domain.pack import Intent, NoticeKind, Pack, Routes

REQUIRED_LANGUAGES = ("en", "es")
"""Source: R176, notices by language; design section 5, en and es from the first screen."""
_WITH_EMERGENCY = frozenset({NoticeKind.URGENT, NoticeKind.CRISIS, NoticeKind.WAITING})
_FOR_EVERY_WRITER = frozenset({NoticeKind.SAFE, NoticeKind.WAITING})

EXAMPLES_MIN, EXAMPLES_MAX = 5, 20
"""How many examples an intent needs and may have. Source: design section 7, positive recognition near examples."""

CREDENTIAL_NAME = re.compile(r"password|mfa|2fa|payroll|unlock|credential|login|phone_number")
"""Intents of such a name touch who can log in or who gets paid. Source: R189."""

CLINICAL_ROUTES = ("clinical", "emergent", "crisis")
"""Source: R141, clinical escalation goes to a clinical workflow, not to IT support."""

OPEN_SLOT = re.compile(r"\{[^{}]*\}")
_SLOT_OF = {"person_signature": "{title}", "open_part": "{part}"}
"""What these phrases need; others may hold a link."""
"""A slot that loading did not fill."""


def problems_of(pack: Pack) -> list[str]:
    """Everything that is wrong with the pack, in a stable order; empty means that it may be used."""
    return [problem for check in _CHECKS for problem in check(pack)]


def _place(pack: Pack) -> Iterator[str]:
    try:
        ZoneInfo(pack.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"zone: {pack.zone!r} is no IANA time zone; example: zone: America/New_York"
    if not pack.languages:
        yield "languages: the first one is the desk's own; example: languages: [en]"


def _queues(pack: Pack) -> Iterator[str]:
    known = {queue.name for queue in pack.queues}
    yield from (f"queues: {name} stands twice" for name in _twice(q.name for q in pack.queues))
    for finding, queue in _routes_of(pack.routes):
        if queue not in known:
            yield f"routes.{finding}: no queue {queue!r}; add it under queues"
    for intent in pack.intents:
        if intent.queue not in known:
            yield f"intents.{intent.name}.queue: no queue {intent.queue!r}; add it under queues"
    for row in pack.holds:
        if row.queue is not None and row.queue not in known:
            yield f"holds.{row.id}.queue: no queue {row.queue!r}; add it under queues"


def _clinical_routes(pack: Pack) -> Iterator[str]:
    """Clinical findings reach clinicians, never IT support. Source: R141."""
    clinical = {queue.name for queue in pack.queues if queue.clinical}
    for finding, queue in _routes_of(pack.routes):
        if finding in CLINICAL_ROUTES and queue not in clinical:
            yield f"routes.{finding}: {queue!r} is not a queue of clinicians; name one with clinical: true"
    if not {pack.routes.outage, pack.routes.outage_also} & clinical:
        # R188: a care-affecting outage reaches IT and the nursing supervisor at once.
        yield "routes.outage_also: one of outage and outage_also must be a queue with clinical: true"


def _notices(pack: Pack) -> Iterator[str]:
    """Every kind in every language, each with the numbers it must name. Source: R176, R196."""
    held = Counter((notice.kind, notice.language) for notice in pack.notices)
    for kind in NoticeKind:
        for language in dict.fromkeys((*REQUIRED_LANGUAGES, *pack.languages)):
            if held[kind, language] != 1:
                yield f"notices: {held[kind, language]} texts of kind {kind.value} in {language}; exactly one is needed"
    for notice in pack.notices:
        where = f"notices.{notice.kind.value}.{notice.language}"
        allowed = {"{within}"} if notice.kind is NoticeKind.PERSON_WILL_ANSWER else set()
        yield from (f"{where}: unknown slot {slot}" for slot in OPEN_SLOT.findall(notice.text) if slot not in allowed)
        if notice.kind is NoticeKind.PERSON_WILL_ANSWER and "{within}" not in notice.text:
            yield f"{where}: must promise a time with {{within}}"
        if notice.kind in _WITH_EMERGENCY and pack.emergency_number not in notice.text:
            yield f"{where}: must name the emergency number; use {{emergency_number}}"
        if notice.kind is NoticeKind.CRISIS and pack.crisis_line not in notice.text:
            yield f"{where}: must name the crisis line; use {{crisis_line}}"
        if notice.kind in _FOR_EVERY_WRITER and not notice.safe_for_writer:
            yield f"{where}: needs safe_for_writer: true, since somebody else may read it"


def _phrases(pack: Pack) -> Iterator[str]:
    held = Counter(phrases.language for phrases in pack.phrases)
    for language in dict.fromkeys((*REQUIRED_LANGUAGES, *pack.languages)):
        if held[language] != 1:
            yield f"phrases: {held[language]} sets in {language}; exactly one is needed"
    for phrases in pack.phrases:
        for field in fields(phrases):
            text = getattr(phrases, field.name)
            needed = _SLOT_OF.get(field.name)
            allowed = {needed} if needed else {"{link}"}
            if not text:
                yield f"phrases.{phrases.language}.{field.name}: is empty"
            elif needed and needed not in text:
                yield f"phrases.{phrases.language}.{field.name}: lacks {needed}"
            for slot in OPEN_SLOT.findall(text):
                if slot not in allowed:
                    yield f"phrases.{phrases.language}.{field.name}: unknown slot {slot}"


def _intents(pack: Pack) -> Iterator[str]:
    yield from (f"intents: {name} stands twice" for name in _twice(i.name for i in pack.intents))
    for intent in pack.intents:
        count = len(intent.examples)
        if not EXAMPLES_MIN <= count <= EXAMPLES_MAX:
            yield f"intents.{intent.name}.examples: {count}; {EXAMPLES_MIN} to {EXAMPLES_MAX} are needed"
        if any(not example.strip() for example in (*intent.examples, *intent.counter_examples)):
            yield f"intents.{intent.name}.examples: one of them is empty"
        yield from _duties(intent)


def _duties(intent: Intent) -> Iterator[str]:
    if CREDENTIAL_NAME.search(intent.name) and not intent.self_service_only:
        yield f"intents.{intent.name}: touches credentials; set self_service_only: true (R189)"
    if intent.personal and intent.level < Assurance.CODE_VERIFIED:
        yield f"intents.{intent.name}: its answer holds personal data; set level: 2 or 3 (R58)"


def _examples(pack: Pack) -> Iterator[str]:
    """The same words may not teach two intents, nor be an example and a counter-example of one."""
    owner: dict[str, str] = {}
    for intent in pack.intents:
        for example in intent.examples:
            first = owner.setdefault(_plain(example), intent.name)
            if first != intent.name:
                yield f"intents.{intent.name}.examples: {example!r} is an example of {first} too"
        yield from (f"intents.{intent.name}.examples: {e!r} stands twice" for e in _twice(map(_plain, intent.examples)))
        against = {_plain(example) for example in intent.counter_examples}
        yield from (
            f"intents.{intent.name}.counter_examples: {e!r} is an example of it too"
            for e in intent.examples
            if _plain(e) in against
        )


def _remedies(pack: Pack) -> Iterator[str]:
    yield from (f"remedies.{r.name}: needs a phrase and a limit" for r in pack.remedies if not (r.phrase and r.limit))


def _routes_of(routes: Routes) -> list[tuple[str, QueueName]]:
    return [(field.name, getattr(routes, field.name)) for field in fields(routes)]


def _twice(values: Iterable[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


_CHECKS: tuple[Callable[[Pack], Iterator[str]], ...] = (
    _place,
    _queues,
    _clinical_routes,
    _notices,
    _phrases,
    _intents,
    _examples,
    _remedies,
)
