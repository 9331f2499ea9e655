"""A sentence taken apart: its words and facts in order, its clauses, and what stands under a negation."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from vouchsafe.domain.words import FUNCTION_WORDS, folded, listed
from vouchsafe.pipeline.draft.support.facts import MARK, Fact, fact_of, rewritten
from vouchsafe.pipeline.draft.support.lexicon import Lexicon, key, lexicon, merged

NEGATIONS = listed(
    "not no never none nor neither nothing nobody nowhere without cannot cant wont dont doesnt didnt isnt arent "
    "wasnt werent shouldnt couldnt wouldnt hasnt havent hadnt mustnt neednt unable aint hardly nt barely scarcely "
    "unless a_menos_que salvo_que sin nunca ningun ninguna ninguno nadie nada tampoco jamas ni"
)
"""Words that turn a statement round; apostrophes left out. "No" stands in both languages."""
LIMITS = listed(
    "except unless if only until when cuando whether except_for apart_from other_than aside_from provided_that "
    "as_long_as in_case but_not excluding if_not in_the_event save_for with_the_exception_of provided excepto "
    "salvo si solo solamente unicamente siempre_que a_menos_que en_caso_de_que a_excepcion_de hasta "
    "con_excepcion_de exceptuando nothing_but solely exclusively"
)
"""Words that say under which condition or for whom something holds."""
MUST = listed(
    "must required requires require shall need needs needed mandatory obligatory compulsory necessary has_to "
    "have_to had_to debe deben debera deberan necesita necesitan obligatorio obligatoria tiene_que tienen_que "
    "hay_que necesario must_be_paid it_is_necessary"
)
SHOULD = listed("should ought recommended advised deberia deberian conviene recomienda recomendado")
MAY = listed(
    "may can could might cannot can't couldn't allowed permitted possible possibly able optional voluntary "
    "perhaps maybe probably likely if_you_like if_you_wish if_you_want puede pueden podria podrian podra podran "
    "opcional posible permitido tal_vez quiza quizas"
)
UNSURE = listed(
    "may might could possibly perhaps maybe probably likely usually normally typically generally often sometimes "
    "mostly most some several few many podria podrian quiza quizas tal_vez probablemente normalmente generalmente "
    "suele suelen a_veces algunos algunas mayoria muchos pocos"
)
"""Words that make a statement weaker; one that is lost makes it stronger than the source."""
SURE = listed(
    "always definitely certainly guaranteed guarantee guarantees every all never automatically ensure siempre "
    "todos todas garantizado garantiza nunca seguro"
)
SELF = listed("i i'm i've i'll i'd me my mine myself yo mi mio")
PLEASE = listed("please kindly be_sure_to make_sure_to remember_to we_ask_you_to")
_PREFIXES = ("un", "in", "non", "im", "ir", "dis", "il")
_REACH = 3
"""So many words of meaning after a negation stand under it, unless the clause ends."""
_TOKEN = re.compile(r"§[^§]*§|[^\W\d]+(?:['’][^\W\d]+)*|\d+|[-,;:.!?()–—]")
_NEGATIVE_NOUNS = listed("nobody nothing nowhere none nadie nada")
_BRACKETS = ("(", ")")
_OR = ("or", "o")
BREAKS = listed("and but or because while although though whereas y pero porque aunque mientras o")
_SPANISH_SIGNS = re.compile(r"[¿¡ñ]|(?<=[a-z])[áéíóú]")
_MODAL_PHRASES = re.compile(
    r"\b(?:(?:has|have|had)(?= to\b)|(?:tiene|tienen|hay)(?= que\b)|(?:as long|provided)(?= (?:as|that)\b)|"
    r"tal(?= vez\b)|a menos(?= que\b)|siempre(?= que\b))"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word or fact of a sentence. `clause` counts from 0; `negated`: a negation reaches it."""

    text: str
    key: str
    fact: Fact | None
    clause: int
    negated: bool
    idle: bool

    @property
    def carries(self) -> bool:
        """Whether it says something that must stand in a source."""
        return not self.idle


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence taken apart. `code`: its language; `negations` are positions of negating words in `words`; `content`:
    the words and facts that carry meaning, in order; `raw`: all words as written, folded.
    """

    text: str
    code: str
    words: tuple[Word, ...]
    negations: tuple[int, ...]
    content: tuple[Word, ...]
    raw: frozenset[str]

    @property
    def lists(self) -> Lexicon:
        """The word lists of its language."""
        return lexicon(self.code)

    def has(self, listed_words: Iterable[str]) -> bool:
        """Whether any of these words stands in it."""
        return not self.raw.isdisjoint(listed_words)


@lru_cache(maxsize=4096)
def taken_apart(text: str, code: str | None = None) -> Said:
    """The sentence with everything that the rules look at; in its own language unless one is given."""
    code = code or language_of(text)
    lists = lexicon(code)
    plain = _MODAL_PHRASES.sub(lambda m: m.group() + "_", folded(text)).replace("_ ", "_")
    tokens = merged(_TOKEN.findall(rewritten(plain)), lists)
    words: list[Word] = []
    negations: list[int] = []
    clause, reach = 0, 0
    for one in tokens:
        fact = fact_of(one)
        if fact is None and not one[0].isalnum():
            clause, reach = (clause, reach) if one in _BRACKETS else (clause + 1, 0)
            continue
        if one in BREAKS:
            clause, reach = clause + 1, reach if one in _OR else 0
        bare = one.replace("'", "")
        if fact is None and bare in NEGATIONS:
            negations.append(len(words))
            reach = _REACH
            # "Nobody" and "nothing" stand for something too: one may not take the place of the other.
            words.append(Word(one, key(bare, code), None, clause, negated=False, idle=bare not in _NEGATIVE_NOUNS))
            continue
        idle = fact is None and _is_idle(one, lists)
        words.append(Word(one, one.strip(MARK) if fact else key(one, code), fact, clause, reach > 0, idle))
        reach -= 0 if idle else 1
    reached = _reaching_back(words, negations)
    content = tuple(word for word in reached if word.carries)
    return Said(text, code, reached, tuple(negations), content, frozenset(word.text for word in reached))


def _reaching_back(words: list[Word], negations: list[int]) -> tuple[Word, ...]:
    """The words, where a negation with nothing after it in its clause ("is not needed") reaches what stands before."""
    found = list(words)
    for at in negations:
        clause = words[at].clause
        if any(word.carries and word.clause == clause for word in words[at + 1 :]):
            continue
        before = [n for n in range(at) if words[n].carries and words[n].clause == clause]
        for place in before[-_REACH:]:
            found[place] = replace(found[place], negated=True)
    return tuple(found)


def language_of(text: str) -> str:
    """`es` where the text looks Spanish, else `en`."""
    found = folded(text).split()
    spanish = sum(word.strip(",.;:") in FUNCTION_WORDS["es"] for word in found)
    english = sum(word.strip(",.;:") in FUNCTION_WORDS["en"] for word in found)
    return "es" if spanish + 2 * bool(_SPANISH_SIGNS.search(text.lower())) > english else "en"


@lru_cache(maxsize=8192)
def without_prefix(word: str) -> str | None:
    """The word that a negating prefix turned round: "available" of "unavailable"; None where there is no prefix."""
    prefix = next((p for p in _PREFIXES if word.startswith(p) and len(word) - len(p) >= 4), None)
    return word[len(prefix) :].lstrip("-") if prefix else None


def modality(said: Said) -> frozenset[str]:
    """How binding the sentence is: any of `must`, `should`, `may`, and `ask` for a request."""
    kinds = {"must": MUST, "should": SHOULD, "may": MAY}
    found = {kind for kind, members in kinds.items() if said.has(members)}
    if said.has(PLEASE) or _is_request(said):
        found.add("ask")
    return frozenset(found)


_REQUESTS = listed(
    "bring call ask send show choose enter register arrive tell give write sign open take check use have join "
    "report return try turn add press dial traiga pida llame llegue escriba marque lleve"
)


def _is_request(said: Said) -> bool:
    if said.words and said.words[0].text in _REQUESTS:
        return True
    return any(one.clause != word.clause and word.text in _REQUESTS for one, word in pairwise(said.words))


def _is_idle(token: str, lists: Lexicon) -> bool:
    if token in lists.idle or token.replace("'", "") in lists.idle or token in SELF:
        return True
    if "'" in token and token.partition("'")[0] in lists.idle:
        return True
    if token in BREAKS or (token in LIMITS and token not in ("until", "hasta")) or token in PLEASE:
        return True
    return token in MUST or token in SHOULD or token in MAY
