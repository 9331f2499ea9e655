"""What a pattern costs, counted: a backtracking matcher over Python's own parse of it, and texts made to be slow for it.

`re` tries alternatives as this matcher does, so a count here grows as its time does. A finite repeat of at least `LONG`
counts as endless, a shorter one is cut to `SHORT`: what matters is which repeats grow with the text.
"""

import re
from collections.abc import Callable, Iterator, Sequence

# The only parser whose trees are what `re` runs; the module is private, its shape is fixed by the pinned interpreter.
from re import _constants as sre  # type: ignore[attr-defined]  # no stubs
from re import _parser as parser  # type: ignore[attr-defined]  # no stubs
from typing import Any

LONG, SHORT = 200, 4
ENDLESS = 1 << 30
UNITS = (8, 16, 32)
"""How often a piece is repeated; steps are compared over these."""
MOST_STEPS = 400_000

_SAMPLES = "aAz0 9\n.,-_@:/'\"()<>[]{}*=#;é"
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_ONE = (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)

Matcher = Callable[[int], bool]


class TooManyStepsError(Exception):
    """The pattern cannot be told from an exponential one."""


class Counting:
    """A pattern as a matcher that counts its steps on a text."""

    def __init__(self, tree: Sequence[Any], flags: int) -> None:
        self._flags = flags
        self._groups: dict[int, tuple[int, int]] = {}
        self._text, self.steps, self._end = "", 0, 0
        self._start = self._sequence(list(tree), flags, self._found)

    def search(self, text: str, *, anchored: bool = False) -> int:
        """Steps of finding every match in the text, as `finditer` does; `anchored` tries at the beginning only."""
        self._text, self.steps, at = text, 0, 0
        while at <= len(text):
            self._groups.clear()
            if self._start(at):
                at = max(self._end, at + 1)
            else:
                at += 1
            if anchored:
                break
        return self.steps

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooManyStepsError

    def _found(self, at: int) -> bool:
        self._end = at
        return True

    def _sequence(self, tree: Sequence[Any], flags: int, then: Matcher) -> Matcher:
        for op, av in reversed(tree):
            then = self._node(op, av, flags, then)
        return then

    def _node(self, op: Any, av: Any, flags: int, then: Matcher) -> Matcher:
        if op in _ONE:
            return self._one(accepts(op, av, flags), then)
        if op in _REPEATS:
            return self._repeat(op, av, flags, then)
        if op is sre.SUBPATTERN:
            group, added, removed, body = av
            return self._group(group, body, (flags | added) & ~removed, then)
        if op is sre.BRANCH:
            return self._branch([self._sequence(branch, flags, then) for branch in av[1]])
        if op in (sre.ASSERT, sre.ASSERT_NOT):
            return self._assertion(av, flags, then, wanted=op is sre.ASSERT)
        if op is sre.AT:
            return self._place(av, flags, then)
        if op is sre.ATOMIC_GROUP:
            return self._atomic(av, flags, then)
        if op is sre.GROUPREF:
            return self._again(av, then)
        raise NotImplementedError(f"{op}: teach this matcher the node")

    def _one(self, accepted: Callable[[str], bool], then: Matcher) -> Matcher:
        def match(at: int) -> bool:
            self._step()
            return at < len(self._text) and accepted(self._text[at]) and then(at + 1)

        return match

    def _branch(self, branches: Sequence[Matcher]) -> Matcher:
        def match(at: int) -> bool:
            self._step()
            return any(branch(at) for branch in branches)

        return match

    def _group(self, group: int | None, body: Any, flags: int, then: Matcher) -> Matcher:
        if group is None:
            return self._sequence(body, flags, then)
        opened: list[int] = []

        def close(at: int) -> bool:
            before = self._groups.get(group)
            self._groups[group] = (opened[-1], at)
            if then(at):
                return True
            if before is None:
                self._groups.pop(group, None)
            else:
                self._groups[group] = before
            return False

        inside = self._sequence(body, flags, close)

        def match(at: int) -> bool:
            opened.append(at)
            try:
                return inside(at)
            finally:
                opened.pop()

        return match

    def _assertion(self, av: Any, flags: int, then: Matcher, *, wanted: bool) -> Matcher:
        direction, body = av
        width = body.getwidth()[0] if direction < 0 else 0
        inside = self._sequence(body, flags, lambda _at: True)

        def match(at: int) -> bool:
            self._step()
            begin = at - width
            return (begin >= 0 and inside(begin)) is wanted and then(at)

        return match

    def _atomic(self, body: Any, flags: int, then: Matcher) -> Matcher:
        ends: list[int] = []

        def end(at: int) -> bool:
            ends.append(at)
            return True

        inside = self._sequence(body, flags, end)
        return lambda at: inside(at) and then(ends.pop())

    def _again(self, group: int, then: Matcher) -> Matcher:
        def match(at: int) -> bool:
            self._step()
            if group not in self._groups:
                return False
            begin, end = self._groups[group]
            words = self._text[begin:end]
            self.steps += len(words)
            return self._text.startswith(words, at) and then(at + len(words))

        return match

    def _place(self, where: Any, flags: int, then: Matcher) -> Matcher:
        many = bool(flags & re.MULTILINE)

        def word(at: int) -> bool:
            return 0 <= at < len(self._text) and (self._text[at].isalnum() or self._text[at] == "_")

        def here(at: int) -> bool:
            text = self._text
            if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
                return at == 0 or (many and where is sre.AT_BEGINNING and text[at - 1] == "\n")
            if where in (sre.AT_END, sre.AT_END_STRING):
                last = at == len(text) or (where is sre.AT_END and text[at:] == "\n")
                return last or (many and where is sre.AT_END and text[at] == "\n")
            return (word(at - 1) != word(at)) is (where is sre.AT_BOUNDARY)

        def match(at: int) -> bool:
            self._step()
            return here(at) and then(at)

        return match

    def _repeat(self, op: Any, av: Any, flags: int, then: Matcher) -> Matcher:
        least, most, body = av
        least, most = min(least, SHORT), ENDLESS if most >= LONG else max(min(most, SHORT), min(least, SHORT))
        if len(body) == 1 and body[0][0] in _ONE:
            accepted = accepts(body[0][0], body[0][1], flags)
            return self._run(op, accepted, (least, most), then)
        if op is sre.POSSESSIVE_REPEAT:
            return self._atomic([(sre.MAX_REPEAT, (least, most, body))], flags, then)
        return self._loop(op, body, flags, (least, most), then)

    def _run(self, op: Any, accepted: Callable[[str], bool], limits: tuple[int, int], then: Matcher) -> Matcher:
        least, most = limits

        def match(at: int) -> bool:
            text, end = self._text, at
            last = min(len(text), at + most)
            if op is sre.MIN_REPEAT:
                while True:
                    self._step()
                    if end - at >= least and then(end):
                        return True
                    if end >= last or not accepted(text[end]):
                        return False
                    end += 1
            while end < last and accepted(text[end]):
                self._step()
                end += 1
            if op is sre.POSSESSIVE_REPEAT:
                return end - at >= least and then(end)
            for stop in range(end, at + least - 1, -1):
                self._step()
                if then(stop):
                    return True
            return False

        return match

    def _loop(self, op: Any, body: Any, flags: int, limits: tuple[int, int], then: Matcher) -> Matcher:
        least, most = limits
        now = [(0, -1)]
        """How often the body has matched, and where it last began."""

        def more(at: int) -> bool:
            count, last = now[0]
            if count >= most or (count >= least and at == last):
                return False
            now[0] = (count + 1, at)
            if inside(at):
                return True
            now[0] = (count, last)
            return False

        def turn(at: int) -> bool:
            self._step()
            count = now[0][0]
            if op is sre.MIN_REPEAT:
                return (count >= least and then(at)) or more(at)
            return more(at) or (now[0][0] >= least and then(at))

        inside = self._sequence(body, flags, turn)

        def match(at: int) -> bool:
            outer, now[0] = now[0], (0, -1)
            try:
                return turn(at)
            finally:
                now[0] = outer

        return match


def accepts(op: Any, av: Any, flags: int) -> Callable[[str], bool]:
    """Whether one character is accepted by a node of one character."""
    fold = bool(flags & re.IGNORECASE)
    known: dict[str, bool] = {}

    def accepted(one: str) -> bool:
        if one not in known:
            spellings = {one, one.lower(), one.upper()} if fold else {one}
            known[one] = _accepts(op, av, flags, spellings)
        return known[one]

    return accepted


def _accepts(op: Any, av: Any, flags: int, spellings: set[str]) -> bool:
    if op is sre.ANY:
        return bool(flags & re.DOTALL) or "\n" not in spellings
    if op is sre.LITERAL:
        return chr(av) in spellings
    if op is sre.NOT_LITERAL:
        return chr(av) not in spellings
    negated = av[0][0] is sre.NEGATE
    return any(_in(item, one) for item in av for one in spellings) is not negated


def _in(item: Any, one: str) -> bool:
    op, av = item
    if op is sre.LITERAL:
        return ord(one) == av if len(one) == 1 else False
    if op is sre.RANGE:
        return len(one) == 1 and av[0] <= ord(one) <= av[1]
    if op is sre.CATEGORY:
        return _CATEGORIES[av](one)
    return False


def _word(one: str) -> bool:
    return one.isalnum() or one == "_"


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_NOT_DIGIT: lambda one: not one.isdecimal(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    sre.CATEGORY_WORD: _word,
    sre.CATEGORY_NOT_WORD: lambda one: not _word(one),
}


def branches(tree: Sequence[Any]) -> Iterator[list[Any]]:
    """The pattern once for each branch of its outermost choice: searching them all costs no less than the whole."""
    items = list(tree)
    for index, (op, av) in enumerate(items):
        if op is sre.SUBPATTERN and av[0] is None and len(av[3]) == 1 and av[3][0][0] is sre.BRANCH:
            for branch in av[3][0][1][1]:
                yield [*items[:index], (op, (*av[:3], branch)), *items[index + 1 :]]
            return
        if op is sre.BRANCH:
            for branch in av[1]:
                yield [*items[:index], *branch, *items[index + 1 :]]
            return
    yield items


def grows(tree: Sequence[Any]) -> bool:
    """Whether any repeat of the tree is endless."""
    return any(True for _ in _endless(tree, ""))


def slow_texts(tree: Sequence[Any], flags: int) -> set[tuple[str, str]]:
    """Pairs (before, piece): each endless repeat of the tree, reached by `before`, is fed `piece` again and again.

    The way there is repeated too: what begins at many places and reads to the end at each is slow as well.
    """
    found = set()
    for before, body, body_flags in _endless(tree, "", flags):
        pieces = (
            set(_single(body, body_flags)) if len(body) == 1 and body[0][0] in _ONE else {witness(body, body_flags)}
        )
        for piece in pieces - {""}:
            found |= {(before, piece), ("", piece), ("", before + piece), ("", piece + before)}
            found |= {(before, piece + other) for other in sorted(pieces - {piece})[:1]}
    return found


def _endless(tree: Sequence[Any], before: str, flags: int = 0) -> Iterator[tuple[str, Any, int]]:
    for op, av in tree:
        if op in _REPEATS:
            if av[1] >= LONG:
                yield before, av[2], flags
            yield from _endless(av[2], before, flags)
        elif op is sre.SUBPATTERN:
            yield from _endless(av[3], before, (flags | av[1]) & ~av[2])
        elif op is sre.BRANCH:
            for branch in av[1]:
                yield from _endless(branch, before, flags)
        elif op is sre.ATOMIC_GROUP:
            yield from _endless(av, before, flags)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _endless(av[1], before, flags)
        before += witness([(op, av)], flags)


def _single(body: Any, flags: int) -> list[str]:
    accepted = accepts(body[0][0], body[0][1], flags)
    literals = [chr(body[0][1])] if body[0][0] is sre.LITERAL else []
    return [*literals, *(one for one in _SAMPLES if accepted(one))][:6]


def witness(tree: Sequence[Any], flags: int) -> str:
    """A text that the tree matches, assertions left aside."""
    return "".join(_witness(op, av, flags) for op, av in tree)


def _witness(op: Any, av: Any, flags: int) -> str:
    if op in _ONE:
        accepted = accepts(op, av, flags)
        ranges = [chr(item[1] if item[0] is sre.LITERAL else item[1][0]) for item in _listed(op, av)]
        usual: str = chr(av) if op is sre.LITERAL else ""
        return next((one for one in [*_SAMPLES, *ranges] if accepted(one)), usual)
    if op in _REPEATS:
        times: int = max(1, min(av[0], SHORT))
        return witness(av[2], flags) * times
    if op is sre.SUBPATTERN:
        return witness(av[3], (flags | av[1]) & ~av[2])
    if op is sre.BRANCH:
        return witness(av[1][0], flags)
    if op is sre.ATOMIC_GROUP:
        return witness(av, flags)
    return ""


def _listed(op: Any, av: Any) -> list[Any]:
    return [item for item in av if item[0] in (sre.LITERAL, sre.RANGE)] if op is sre.IN else []


def growth(tree: Sequence[Any], flags: int, *, anchored: bool = False) -> tuple[float, str]:
    """The worst growth of steps over the slow texts, and that text's description; 2.0 is linear, 4.0 quadratic.

    Growth is (steps(4n) - steps(2n)) / (steps(2n) - steps(n)): what is there once for all drops out.
    """
    counting, worst = Counting(tree, flags), (0.0, "")
    for before, piece in sorted(slow_texts(tree, flags)):
        for after in ("\x01", ""):
            try:
                few, some, many = (
                    counting.search(before + piece * units + after, anchored=anchored) for units in UNITS
                )
            except TooManyStepsError:
                return float("inf"), f"{before!r} + {piece!r} * n + {after!r}"
            rate = (many - some) / (some - few) if some > few else 0.0
            worst = max(worst, (rate, f"{before!r} + {piece!r} * n + {after!r}"))
    return worst


def parsed(pattern: str, flags: int = 0) -> tuple[Sequence[Any], int]:
    """The tree that `re` would run, and every flag, those written inside the pattern too."""
    tree = parser.parse(pattern, flags)
    return tree, tree.state.flags
