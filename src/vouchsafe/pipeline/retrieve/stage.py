"""The stage: an understood case gets the passages that its contact may read."""

from datetime import date

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.pack import Pack
from vouchsafe.domain.passage import Hit, Hits, Scope
from vouchsafe.domain.states import Grounded, Part, SafeTurn, Understood
from vouchsafe.domain.text import SafeText, Span, joined, part_of
from vouchsafe.pipeline.retrieve.questions import parts_of, query_of
from vouchsafe.ports.knowledge import Searcher

HITS = 8
_UNKNOWN = "und"


def run(state: Understood, searcher: Searcher, pack: Pack, on: date) -> Grounded:
    """Search for the whole message and, where it asks several things, for each of them.

    `on` is today in the desk's zone. The scope comes from the pack and the contact's assurance, never from the
    message; once an injection was found only public passages exist. A case without words to search for gets no hits.
    """
    scope = scope_of(state, pack, on)
    fresh = state.redacted.fresh
    language = state.findings.language
    wanted = None if language == _UNKNOWN else language
    query = _query(fresh, state)
    whole = _search(searcher, scope, query, wanted)
    parts = tuple(_parts(searcher, scope, parts_of(fresh), wanted))
    return Grounded(state, _merged(whole, parts), query, parts)


def scope_of(state: Understood, pack: Pack, on: date) -> Scope:
    """What the contact may read. A shared address gives no more than an anonymous contact has (R181)."""
    person = state.redacted.person
    level = Assurance.ANONYMOUS if person.shared_address else person.level
    staff = person.is_staff and not person.shared_address
    groups = pack.groups_for(level, staff=staff, member_of=frozenset() if person.shared_address else person.groups)
    return Scope(groups, level, on, public_only=state.findings.injection.flag)


def _query(fresh: tuple[SafeTurn, ...], state: Understood) -> SafeText:
    turns = fresh or state.redacted.turns[-1:]
    if not turns:
        raise ValueError("a case has at least one turn")
    return query_of(fresh, part_of(turns[0].text, Span(0, 0)))


def _search(searcher: Searcher, scope: Scope, query: SafeText, language: str | None) -> Hits:
    """Passages in the language of the message; where none will do, what there is in others, for a person to use."""
    own = searcher.search(scope, query, k=HITS, language=language)
    if language is None or not own.abstain:
        return own
    other = searcher.search(scope, query, k=HITS)
    return own if other.abstain and own.hits else other


def _parts(searcher: Searcher, scope: Scope, questions: tuple[SafeText, ...], language: str | None) -> list[Part]:
    parts: list[Part] = []
    for number, question in enumerate(questions):
        hits = _search(searcher, scope, question, language)
        if hits.abstain and number:
            # "Is it free?" is understood with the question before it.
            in_context = _search(searcher, scope, joined(questions[number - 1], [question], " "), language)
            hits = hits if in_context.abstain else in_context
        parts.append(Part(question, hits))
    return parts


def _merged(whole: Hits, parts: tuple[Part, ...]) -> Hits:
    """The best hits of every part, best of each first, so that whatever a draft cites is among them."""
    if not parts:
        return whole
    answered = [part.hits for part in parts if not part.hits.abstain]
    lists = [hits.hits for hits in answered or [part.hits for part in parts]]
    order: dict[str, Hit] = {}
    for rank in range(HITS):
        for hits in (*lists, whole.hits):
            if rank < len(hits):
                order.setdefault(hits[rank].passage.name, hits[rank])
    best = min((hits.confidence for hits in answered), default=whole.confidence)
    return Hits(tuple(order.values()), best, abstain=not answered and whole.abstain, index=whole.index)
