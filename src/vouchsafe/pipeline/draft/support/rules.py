"""What speaks against a part of a draft: each rule looks for one way in which its meaning can differ from its source.

Rules compare words, not meanings. Where a rule cannot tell, it objects: a held draft costs a minute, a wrong one more.
"""

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from vouchsafe.domain.words import listed
from vouchsafe.domain.words import words as words_of
from vouchsafe.pipeline.draft.support.evidence import Evidence, same, turned
from vouchsafe.pipeline.draft.support.lexicon import key
from vouchsafe.pipeline.draft.support.said import (
    BREAKS,
    LIMITS,
    MAY,
    MUST,
    PLEASE,
    SELF,
    SHOULD,
    SURE,
    UNSURE,
    Said,
    Word,
    modality,
)

NEAR_COPY = 0.7
"""From this likeness on (difflib's ratio) a part is a copy, and every word that differs counts."""
MOST_BREAKS = 2
LEAST_OF_LIMIT = 0.6
"""At least this share of what an exception or condition is about has to be said with it."""
LEAST_OF_SUBJECT = 0.65
"""At least this share of what the source speaks of has to be spoken of."""
_NEAR = 5
"""Words of meaning on each side of a fact that say what it belongs to."""
_LIMIT_REACH = 6
"""Words of meaning after an "except" or "if" that say what it is about."""

Rule = Callable[[Evidence], bool]


def objections(evidence: Evidence) -> tuple[str, ...]:
    """What speaks against a part, as plain sentences in a fixed order; none means that nothing was found."""
    return tuple(says for says, fires in RULES if fires(evidence))


def foreign_facts(evidence: Evidence) -> bool:
    """A number, amount, time, date, telephone number or address that the source does not have."""
    return any(word.fact for word in evidence.missing)


def foreign_names(evidence: Evidence) -> bool:
    """A capitalised word inside the part that the source does not have."""
    missing = {word.text for word in evidence.missing if not word.fact}
    return bool(missing & set(names(evidence.part.text)))


def foreign_words(evidence: Evidence) -> bool:
    """Any other word of meaning that the source's sentence does not have, not even as a synonym.

    A few new words were allowed once where the score was high. Then a thing, a place or a person put in the place of
    another passed in one sentence of six.
    """
    return any(not word.fact for word in evidence.missing)


def about_the_writer(evidence: Evidence) -> bool:
    """What somebody says about themselves stands in no source."""
    return evidence.part.has(SELF) and not evidence.source.has(SELF)


def misplaced_facts(evidence: Evidence) -> bool:
    """A fact, day or quantity that the source says of something else.

    Where the source's sentence has several of a kind, the words around one tell which of them is meant.
    """
    content = evidence.part.content
    for number, (word, at) in enumerate(zip(content, evidence.pairs, strict=True)):
        if at is None:
            continue
        rivals = [n for n, other in enumerate(evidence.source.words) if _rivals(word, other, evidence)]
        rivals = [n for n in rivals if not _listed_together(n, at, evidence.source, word)]
        if not rivals:
            continue
        around = _around(content, number)
        equal = [
            n for n, other in enumerate(evidence.source.words) if other.carries and same(word, other, evidence.part)
        ]
        own = max(_fit(around, evidence, n) for n in equal or [at])
        if max(_fit(around, evidence, n) for n in rivals) > own + 1e-9:
            return True
    return False


def exchanged(evidence: Evidence) -> bool:
    """Two of a kind that have changed places, as in "visitors call patients" for "patients call visitors"."""
    met = [(w, at) for w, at in zip(evidence.part.content, evidence.pairs, strict=True) if at is not None]
    for first, (word, at) in enumerate(met):
        for other, there in met[first + 1 :]:
            if (
                there < at
                and _of_a_kind(word, other, evidence.part)
                and not _listed_together(there, at, evidence.source, word)
            ):
                return True
    return False


def other_unit(evidence: Evidence) -> bool:
    """A plain number that counts something else than in the source: "20 copies" for "20 pages"."""
    words = evidence.part.words
    for place, word in enumerate(words):
        if not word.fact or word.fact.kind not in ("number", "money", "percent", "code"):
            continue
        counted = next(iter(words[place + 1 : place + 2]), None)
        if counted is None or counted.idle or counted.fact:
            continue
        there = [n for n, other in enumerate(evidence.source.words) if other.fact == word.fact]
        around = [other for n in there for other in _window(evidence.source, n)]
        if there and not any(same(counted, other, evidence.part) for other in around):
            return True
    return False


def yes_or_no(evidence: Evidence) -> bool:
    """Something denied that the source says, or said that the source denies.

    1. The first word under a negation of the part must stand under one in the source, and the other way round.
    2. A word with a negating prefix counts as its base word under a negation.
    3. What says all that its source says must have as many negations, even or odd.
    """
    part, source = evidence.part, evidence.source
    met = [(w, source.words[at]) for w, at in zip(part.content, evidence.pairs, strict=True) if at is not None]
    for word, other in met:
        flipped = turned(word, other)
        if flipped and word.negated == other.negated:  # 2
            return True
    if _lone_negation(part, source, evidence) or _lone_negation(source, part, evidence):  # 1
        return True
    if len(part.negations) > len(source.negations) > 0:
        return True
    odd = len(part.negations) % 2 != len(source.negations) % 2
    turned_words = sum(turned(word, other) for word, other in met) % 2
    return odd != bool(turned_words) and _covers(evidence)  # 3


def must_or_may(evidence: Evidence) -> bool:
    """What one must, should, may or is asked to do differs from the source."""
    mine, theirs = modality(evidence.part), modality(evidence.source)
    if "must" in mine and not theirs & {"must", "ask"}:
        return True
    if "may" in mine and "may" not in theirs and theirs & {"must", "should", "ask"}:
        return True
    if "should" in mine and not theirs & {"should", "must", "ask"}:
        return True
    if "may" in mine and not theirs and _is_done_by_people(evidence):
        return True
    return bool("must" in theirs and not mine & {"must", "ask"} and mine)


def certainty(evidence: Evidence) -> bool:
    """A "may", "usually" or "some" of the source that was lost or made "always", or one that the source has not."""
    mine, theirs = evidence.part.raw, evidence.source.raw
    lost = theirs & UNSURE
    if lost and not mine & UNSURE and not _hedged(evidence, lost):
        return True
    sure = mine & SURE - theirs
    if any(not _has_like(word, evidence) for word in sure):
        return True
    return bool(mine & UNSURE and not theirs & (UNSURE | _OPEN))


def lost_limit(evidence: Evidence) -> bool:
    """An "except", "unless", "only" or "if" of the source that the part leaves out, with what it limits said.

    1. An "only" stays an "only".
    2. What an exception or a condition is about has to be said.
    3. So has a word that makes it one; an exception may be said with a negation, a condition with a "when".
    """
    source, part = evidence.source, evidence.part
    for place, word in enumerate(source.words):
        if word.text not in LIMITS:
            continue
        if word.text in _ONLY:  # 1
            if not part.has(_ONLY) and _speaks_of(evidence, source.words[max(0, place - 6) : place + 7]):
                return True
            continue
        if not _speaks_of(evidence, _limited(source, place)):
            continue
        about = [w for w in source.words[place + 1 :] if w.carries]
        about = [w for w in about if w.clause == word.clause][:_LIMIT_REACH] or about[:2]
        kept = sum(any(same(mine, w, part) for mine in part.content) for w in about)
        if about and kept < LEAST_OF_LIMIT * len(about):  # 2
            return True
        if not _still_limits(place, source, part):  # 3
            return True
    return False


def _still_limits(place: int, source: Said, part: Said) -> bool:
    """Whether the part has a word of the same sort as the limit at a place, conditions as many as the source."""
    limit = source.words[place].text
    if limit in _UNTIL:
        bounded = any(word.fact for word in source.words[place + 1 : place + 2])
        return part.has(_UNTIL) or (bounded and part.has(_TO))
    if limit in _EXCEPT:
        return part.has(_EXCEPT) or part.has(_ONLY) or bool(part.negations)
    said = sum(word.text in _IF | _EXCEPT for word in part.words)
    return said >= sum(word.text in _IF | _EXCEPT for word in source.words)


def new_limit(evidence: Evidence) -> bool:
    """An "except", "unless", "only" or "if" that the source does not have."""
    mine, source = evidence.part.raw & LIMITS, evidence.source
    if mine & _ONLY and not source.raw & _ONLY:
        return True
    if mine & _EXCEPT and not source.raw & (_EXCEPT | _ONLY) and not source.negations:
        return True
    others = {word for word in mine - _ONLY - _EXCEPT if word not in ("until", "hasta", "when", "cuando")}
    return bool(others) and not source.raw & (LIMITS | _WHEN) and not source.negations


def lost_bound(evidence: Evidence) -> bool:
    """An "at least", "up to" or "more than" of the source that no longer stands with what it bounds."""
    source, part = evidence.source, evidence.part
    bounds = _bounds(source.code)
    for place, word in enumerate(source.words):
        if word.key not in bounds:
            continue
        bounded = next((w for w in source.words[place + 1 : place + 4] if w.carries), None)
        for at, mine in enumerate(part.words):
            if bounded is None or not mine.carries or not same(mine, bounded, part):
                continue
            if not any(part.lists.alike(w.key, word.key) for w in part.words[max(0, at - 4) : at + 4]):
                return True
    return False


def another_subject(evidence: Evidence) -> bool:
    """A part that says of something else, or of everything, what the source says of one thing.

    What the source's sentence begins with, up to its first verb, has to be spoken of; a part that begins with "it" or
    "they" leans on what was said before.
    """
    part, source = evidence.part, evidence.source
    if not part.words or part.words[0].text in _LEANING:
        return False
    head, whole = _subject(source)
    if head is None or (part.has(_YOU) and any(word.text in _PATIENTS for word in whole)):
        return False
    kept = {w.key for w in whole if any(same(mine, w, part) for mine in part.content)}
    return head.key not in kept or len(kept) < LEAST_OF_SUBJECT * len({w.key for w in whole})


def other_roles(evidence: Evidence) -> bool:
    """What stands before and after a word has changed places: "a refund answers the billing office".

    Where one of the two sentences has more forms of "be", one may be the passive of the other.
    """
    part, source = evidence.part, evidence.source
    if sum(w.text in _BE for w in part.words) != sum(w.text in _BE for w in source.words):
        return False
    mine, theirs = part.content, source.content
    for place, word in enumerate(mine[1:-1], start=1):
        for at, other in enumerate(theirs[1:-1], start=1):
            if word.fact or not same(word, other, part):
                continue
            before, after = mine[place - 1], mine[place + 1 : place + 1 + _NEAR]
            earlier, later = theirs[at - 1], theirs[at + 1 : at + 1 + _NEAR]
            crossed = any(same(before, w, part) for w in later) and any(same(w, earlier, part) for w in after)
            if crossed and not same(before, earlier, part):
                return True
    return False


def repeated(evidence: Evidence) -> bool:
    """A name, a fact or one of a kind said more often than in the source, or two words for one of the source's: one
    of them stands in the place of another.
    """
    part, source = evidence.part, evidence.source
    capitals = set(names(part.text))
    mine = [w for w in part.content if w.fact or w.text in capitals or w.key in part.lists.groups]
    for word in mine:
        there = sum(same(word, other, part) for other in source.content)
        if 0 < there < sum(other.key == word.key for other in mine):
            return True
    by_place: dict[int, set[str]] = {}
    for word, at in zip(part.content, evidence.pairs, strict=True):
        if at is not None and not word.fact:
            by_place.setdefault(at, set()).add(word.key)
    return any(len(keys) > 1 for keys in by_place.values())


def altered_copy(evidence: Evidence) -> bool:
    """A copy of the source's sentence in which another word stands in the place of one that matters.

    1. Words of meaning outside the copied stretches must be alike to words outside them in the source.
    2. So must what one must, may or is asked to do.
    3. A block moved to the front, or two, is a way of saying the same; more than that is another statement.
    """
    part, source = evidence.part, evidence.source
    matcher = SequenceMatcher(None, [w.text for w in part.words], [w.text for w in source.words], autojunk=False)
    if matcher.ratio() < NEAR_COPY:
        return False
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    mine = [word for _, a, b, _, _ in changed for word in part.words[a:b]]
    theirs = [word for _, _, _, c, d in changed for word in source.words[c:d]]
    if any(not any(_alike(word, other, part) for other in theirs) for word in mine if word.carries):  # 1
        return True
    for _, a, b, c, d in changed:  # 2
        new, old = (_binding(words) for words in (part.words[a:b], source.words[c:d]))
        if new and c < d and new != old:
            return True
    order = [at for at in evidence.pairs if at is not None]
    return _breaks(order) > MOST_BREAKS and len(order) == len(set(order))  # 3


_OPEN = MAY - {"cannot", "can't", "couldn't"}
_ONLY = listed("only solo solamente unicamente solely exclusively just nothing_but")
_EXCEPT = listed(
    "except unless except_for apart_from other_than aside_from but_not excluding save_for "
    "with_the_exception_of excepto "
    "salvo a_menos_que a_excepcion_de con_excepcion_de exceptuando"
)
_AND = listed("or and o y nor ni")
_UNTIL = listed("until till by before up_to at_most no_more_than hasta antes maximo end ends")
_TO = listed("to a")
_IF = listed(
    "if when once whenever while where provided provided_that as_long_as in_case only_if "
    "on_condition_that in_the_event "
    "whether who whose which si cuando siempre_que en_caso_de_que"
)
_WHEN = frozenset(
    {"when", "cuando", "once", "while", "whenever", "where", "who", "whose", "without", "after", "before", "not"}
)
_BE = listed(
    "is are was were be been has have had will does do es son esta estan fue fueron ha han sera seran tiene tienen"
)
_VERBS = listed(
    "takes take costs cost shows sends send tells needs runs opens open closes close works work lasts applies "
    "apply means pay pays gets get go goes comes come begins ends ends stop stops appears appear uses stays asks "
    "cuesta cuestan abre abren cierra cierran atiende vencen vence paga pagan cambia acepta"
)
PEOPLE = listed(
    "patients patient visitors visitor parents parent adults adult children lawyers employers staff people "
    "pacientes visitantes padres adultos menores"
)
_PREPOSITIONS = listed(
    "of for in at on to by with from that which who under between without de del para en con por a que"
)
_YOU = listed("you your usted su sus")
_PATIENTS = listed("patient patients paciente pacientes")
_LEANING = listed("it its they their this that these those he she his her ella ello ellas ellos esto eso")
BOUNDS = listed(
    "more_than less_than fewer_than at_least at_most up_to over under above below minimum maximum no_more_than "
    "no_less_than or_more or_less longer_than older_than younger_than shorter_than al_menos como_maximo "
    "por_lo_menos mas_de menos_de hasta a_lo_sumo como_minimo"
)


def names(text: str) -> Iterator[str]:
    """Folded words that are capitalised inside a sentence."""
    parts = text.split()
    for before, one in pairwise(parts):
        bare = one.strip("\"'“”‘’(),.;:!?")
        if bare[:1].isupper() and before[-1] not in ".!?:":
            yield from words_of(bare)


def _of_a_kind(word: Word, other: Word, part: Said) -> bool:
    if word.fact and other.fact:
        return word.fact.kind == other.fact.kind and word.fact != other.fact
    return not word.fact and not other.fact and part.lists.opposed(word.key, other.key)


def _rivals(word: Word, other: Word, evidence: Evidence) -> bool:
    return other.carries and _of_a_kind(word, other, evidence.part) and not same(word, other, evidence.part)


def _listed_together(one: int, other: int, source: Said, word: Word) -> bool:
    """Whether two words of the source stand in one list, "by phone, by mail or online": then what is said of one is
    said of all. Facts are never taken so.
    """
    if word.fact:
        return False
    between = source.words[min(one, other) + 1 : max(one, other)]
    return sum(w.carries for w in between) <= _NEAR - 1 and any(
        w.text in ("or", "and", "o", "y", "nor", "ni") for w in between
    )


def _around(content: tuple[Word, ...], number: int) -> list[tuple[Word, float]]:
    """The words of meaning near one, each with a weight that falls with the distance."""
    found = []
    for place in range(max(0, number - _NEAR), min(len(content), number + _NEAR + 1)):
        if place != number:
            apart = abs(place - number) + 2 * (content[place].clause != content[number].clause)
            found.append((content[place], 1.0 / apart))
    return found


def _fit(around: list[tuple[Word, float]], evidence: Evidence, at: int) -> float:
    """How well the words around a word of the part fit those around a word of the source."""
    content = evidence.source.content
    word = evidence.source.words[at]
    number = next(n for n, one in enumerate(content) if one is word)
    theirs = _around(content, number)
    total = 0.0
    for mine, weight in around:
        best = max((w for other, w in theirs if same(mine, other, evidence.part)), default=0.0)
        total += min(weight, best)
    return total


def _window(source: Said, place: int) -> list[Word]:
    return [w for w in source.words[max(0, place - 4) : place + 5] if w.carries]


def _lone_negation(one: Said, other: Said, evidence: Evidence) -> bool:
    """Whether what a negation of one sentence reaches first stands in the other without any negation."""
    for number, at in enumerate(one.negations):
        clause = one.words[at].clause
        end = one.negations[number + 1] if number + 1 < len(one.negations) else len(one.words)
        after = [w for w in one.words[at + 1 : end] if w.negated and w.carries and w.clause == clause]
        reached = (after or [w for w in one.words[:at] if w.negated and w.carries and w.clause == clause])[:3]
        like = [[w for w in other.words if w.carries and same(word, w, evidence.part)] for word in reached]
        met = [found for found in like if found][:2]
        flipped = any(turned(w, word) for word in reached[:1] for w in other.words)
        if met and not flipped and not any(w.negated for found in met for w in found):
            return True
    return False


def _is_done_by_people(evidence: Evidence) -> bool:
    """Whether the source says what people do ("visitors register"), which is no choice of theirs."""
    words = evidence.source.words
    first = next((place for place, word in enumerate(words) if word.carries), None)
    if first is None or first > 1 or words[first].text not in PEOPLE or first + 1 >= len(words):
        return False
    subject = {word.text for word in evidence.part.content[:2]}
    return words[first].text in subject and words[first + 1].text not in _BE


def _alike(word: Word, other: Word, part: Said) -> bool:
    """Whether two words say the same without regard to negations."""
    return same(word, other, part) and not turned(word, other)


def _binding(words: Sequence[Word]) -> frozenset[str]:
    kinds = {"must": MUST, "should": SHOULD, "may": MAY, "ask": PLEASE}
    return frozenset(kind for kind, members in kinds.items() for word in words if word.text in members)


def _has_like(word: str, evidence: Evidence) -> bool:
    wanted = key(word, evidence.part.code)
    return any(evidence.part.lists.alike(wanted, other.key) for other in evidence.source.words)


def _covers(evidence: Evidence) -> bool:
    """Whether the part has nearly all words of meaning of its source, so that a negation lost was lost by the part."""
    theirs = evidence.source.content
    kept = sum(any(same(mine, w, evidence.part) for mine in evidence.part.content) for w in theirs)
    return kept >= 0.75 * len(theirs)


def _hedged(evidence: Evidence, lost: frozenset[str]) -> bool:
    """Whether the part still is as unsure as the source, by another word, or says nothing of what was unsure."""
    mays = {"may", "might", "could", "possibly", "podria", "podrian"}
    if lost <= mays and "may" in modality(evidence.part):
        return True
    source = evidence.source
    for place, word in enumerate(source.words):
        if word.text not in lost:
            continue
        after = [w for w in source.words[place + 1 :] if w.carries][:3]
        if any(same(mine, w, evidence.part) for mine in evidence.part.content for w in after):
            return False
    return True


def _bound(source: Said, place: int) -> bool:
    return place + 1 < len(source.words)


def _limited(source: Said, place: int) -> tuple[Word, ...]:
    """What an "except" or "if" at a place limits: the clause before it, and the one after it where it begins one."""
    clause = source.words[place].clause
    before = [word for word in source.words[:place] if word.carries]
    begins = place == 0 or source.words[place - 1].clause != clause
    after = [word for word in source.words[place:] if word.clause > clause] if begins else []
    return (*before[-4:], *after)


def _speaks_of(evidence: Evidence, near: Sequence[Word]) -> bool:
    """Whether the part has one of these words of its source."""
    return any(same(mine, w, evidence.part) for mine in evidence.part.content for w in near if w.carries)


def _subject(source: Said) -> tuple[Word | None, list[Word]]:
    """The head and all words of meaning of what stands before the first verb that our lists know.

    None where the sentence begins with a request, a condition or a phrase that ends with a comma. The head is what
    stands before a preposition: "fee" of "the fee for a missed visit".
    """
    head: Word | None = None
    whole: list[Word] = []
    joined, within = 0, False
    for word in source.words:
        joined += word.text in BREAKS
        if word.clause > joined:
            return None, []
        if word.text in _BE or word.text in MUST | MAY | SHOULD | LIMITS or word.text in _VERBS:
            return head, whole
        if word.carries:
            whole.append(word)
            head = head if within else word
        within = within or (head is not None and word.text in _PREPOSITIONS)
    return None, []


@lru_cache(maxsize=4)
def _bounds(code: str) -> frozenset[str]:
    return frozenset(key(word, code) for word in BOUNDS)


def _breaks(order: list[int]) -> int:
    """How often a sequence falls, counted round the circle: 1 for one in order or with one block moved."""
    return sum(b < a for a, b in pairwise([*order, order[0]])) if order else 0


RULES: tuple[tuple[str, Rule], ...] = (
    ("a number, time, amount or address is not in the sources", foreign_facts),
    ("a name is not in the sources", foreign_names),
    ("a word of the sentence is not in the sources", foreign_words),
    ("it speaks about the writer, not about the sources", about_the_writer),
    ("a number or a day belongs to something else in the sources", misplaced_facts),
    ("two things have changed places", exchanged),
    ("a number counts something else than in the sources", other_unit),
    ("a bound of a number is left out", lost_bound),
    ("it speaks of something else than the sources", another_subject),
    ("who does what to whom differs from the sources", other_roles),
    ("a name or number stands in the place of another", repeated),
    ("what is said yes or no to differs from the sources", yes_or_no),
    ("what must be and what may be differs from the sources", must_or_may),
    ("it is more or less certain than the sources", certainty),
    ("an exception or condition of the sources is left out", lost_limit),
    ("it has an exception or condition that the sources have not", new_limit),
    ("the words of a copied sentence stand in another order", altered_copy),
)
