"""Which sentences of a passage answer a question; nothing is reworded."""

import re
from collections import Counter

from vouchsafe.domain.passage import Hit, Hits, Passage
from vouchsafe.domain.sentences import qualifies_previous, sentence_spans
from vouchsafe.domain.text import Span
from vouchsafe.domain.words import listed, stems, without_tokens, words
from vouchsafe.pipeline.draft.cues import giving

MAX_SENTENCES = 4
"""Sentences chosen for one question, before what belongs to them is added."""
_SHORT = 3
"""A passage of at most this many sentences is quoted whole: it was written as one answer."""
_LEAD_BONUS = 0.75
_CUE_BONUS = 2.0
"""For a sentence that gives what is asked for; chosen on the pages `shown` of training/retrieval/cues.yaml."""
_ENOUGH = 0.5
"""A further sentence is quoted where it reaches this share of the best sentence's score."""
_AGREEING = 0.9
"""What was written for the recognised intent, and an approved answer, is preferred where its score is at least this
share of the best."""
_ASKS_ALIKE = 0.6
"""Two questions ask the same where their content words overlap this far (Dice), by hand on the demo's questions."""

_ASKS = listed(
    "question questions ask asks asking asked wonder wondering inquiry enquiry query information info help "
    "pregunta preguntas preguntar consulta consultas duda dudas informacion ayuda"
)
"""Words by which people say that they ask, as in the subject "A question": no answer has to name them."""

_LEANS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|that|these|those|then|also|he|she|such|if so|if not|in that case|afterwards|"
    r"ellos?|ellas?|est[aeo]s?|es[aeo]s?|tambi[eé]n|adem[aá]s|entonces|en ese caso|despu[eé]s|luego)\b",
    re.IGNORECASE,
)


def best_hit(hits: Hits, language: str, intent: str | None, question: str) -> Hit | None:
    """The passage to answer from: the best in the language, or nearly the best if it was written for the intent.

    An approved answer counts only where the intent is one of its own or an example question of it asks the same, and
    where no page names a word of the question that it leaves out. Then it goes before pages that are hardly better.
    Where one is put aside for such a word, another part of the page that is answered from is taken if it names it.
    """
    usable = [
        hit
        for hit in hits.hits
        if hit.passage.document.language[:2].lower() == language and _may_serve(hit.passage, intent, question)
    ]
    named = set().union(*(_covered(hit.passage, question) for hit in usable if _rivals(hit, usable[0], intent)))
    fitting = [hit for hit in usable if not hit.passage.document.answer or named <= _covered(hit.passage, question)]
    if not fitting:
        return None
    near = [hit for hit in fitting if hit.score >= _AGREEING * fitting[0].score]
    answers = (hit for hit in near if hit.passage.document.answer)
    chosen = next(answers, None) or _agreeing(near, intent)
    put_aside = [hit for hit in usable if hit not in fitting and hit.score >= _AGREEING * chosen.score]
    left_out = set().union(*(named - _covered(hit.passage, question) for hit in put_aside))
    if chosen.passage.document.answer or not left_out:
        return chosen
    # "Is there a fee if I have Medicaid?" is not answered by the part that names the fee and not Medicaid.
    parts = [chosen, *(hit for hit in fitting if hit.passage.document == chosen.passage.document)]
    return max(parts, key=lambda hit: len(left_out & _covered(hit.passage, question)))


def _rivals(hit: Hit, best: Hit, intent: str | None) -> bool:
    """Whether an approved answer has to say as much as this: a page that is nearly the best, or for the intent."""
    document = hit.passage.document
    return not document.answer and (hit.score >= _AGREEING * best.score or intent in document.intents)


def _agreeing(near: list[Hit], intent: str | None) -> Hit:
    """The best, or the first written for the intent where the best was written for another."""
    best = near[0]
    if not best.passage.document.intents or intent in best.passage.document.intents:
        return best
    return next((hit for hit in near if intent in hit.passage.document.intents), best)


def _may_serve(passage: Passage, intent: str | None, question: str) -> bool:
    """Whether a passage may answer at all: a page by being found, an approved answer by being meant for this."""
    document = passage.document
    if document.answer is None or intent in document.intents:
        return True
    asked = _asked(question, document.language)
    return any(_ask_alike(asked, _asked(one, document.language)) for one in document.answer.questions)


def _ask_alike(first: set[str], second: set[str]) -> bool:
    """Whether two questions ask the same, by their content words; one word in common is little, unless it is all."""
    shared = len(first & second)
    return bool(shared) and (first == second or (shared > 1 and _ASKS_ALIKE * (len(first) + len(second)) <= 2 * shared))


def _covered(passage: Passage, question: str) -> set[str]:
    """Which of the question's content words stand in what search reads of a passage."""
    document = passage.document
    examples = document.answer.questions if document.answer else ()
    says = "\n".join([document.title, passage.heading, *examples, passage.text])
    return _asked(question, document.language) & _content(says, document.language)


def _asked(question: str, language: str) -> set[str]:
    """What a question is about, by its content words."""
    return _content(" ".join(one for one in words(without_tokens(question)) if one not in _ASKS), language)


def _content(text: str, language: str) -> set[str]:
    return set(stems(without_tokens(text), language))


def chosen_spans(passage: Passage, question: str) -> tuple[Span, ...]:
    """Spans of the passage's text that answer the question, in the order they stand there.

    A short passage is quoted whole, and so is an approved answer, which was signed off as a whole. Of a longer one, the
    sentences that share most with the question, and with each what it cannot be quoted without: the sentence it leans
    back on, the lead-in of its list and the list, and every exception that follows.
    """
    spans = sentence_spans(passage.text)
    texts = [passage.text[span.start : span.end] for span in spans]
    if len(spans) <= _SHORT or passage.document.answer:
        return spans
    scores = _scores(texts, passage, question)
    ranked = sorted(range(len(spans)), key=lambda i: (-scores[i], i))
    best = scores[ranked[0]]
    picked = {i for i in ranked[:MAX_SENTENCES] if scores[i] >= max(_ENOUGH * best, 1e-9)} or {0}
    return tuple(spans[i] for i in sorted(_with_what_belongs(picked, texts)))


def _scores(texts: list[str], passage: Passage, question: str) -> list[float]:
    language = passage.document.language
    wanted = _content(question, language)
    found = [set(stems(text, language)) for text in texts]
    spread = Counter(stem for stand in found for stem in stand)
    # A price of something else is no answer: what is asked for counts where the sentence is about the question.
    given = [
        gives and any(wanted & found[of] for of in {number, _leant_on(number, texts)})
        for number, gives in enumerate(giving(question, texts))
    ]
    scores = []
    for number, stand in enumerate(found):
        # A word that stands in few sentences of the passage tells more about which of them is meant.
        shared = sum(1.0 / spread[stem] ** 0.5 for stem in wanted & stand)
        # Where a price is asked for and one is there, the passage's first sentence is no better than another.
        lead = _LEAD_BONUS if number == 0 and not any(given) else 0.0
        scores.append(shared + lead + (_CUE_BONUS if given[number] else 0.0))
    return scores


def _leant_on(number: int, texts: list[str]) -> int:
    """The sentence that one leans back on, or that leads in its list; itself where it stands alone."""
    while number > 0 and (_leans_back(texts[number]) or _is_item(texts[number])):
        number -= 1
    return number


def _with_what_belongs(picked: set[int], texts: list[str]) -> set[int]:
    """The picked sentences and all that they may not be parted from."""
    whole = set(picked)
    for number in sorted(picked):
        before = number
        while before > 0 and (_leans_back(texts[before]) or _is_item(texts[before])):
            before -= 1
            if not _is_item(texts[before]):
                whole.add(before)
        if texts[number].endswith(":"):
            after = number + 1
            while after < len(texts) and _is_item(texts[after]):
                whole.add(after)
                after += 1
    for number in range(1, len(texts)):
        if number - 1 in whole and qualifies_previous(texts[number]):
            whole.add(number)
    return whole


def _leans_back(text: str) -> bool:
    return _LEANS_BACK.match(text) is not None or qualifies_previous(text)


def _is_item(text: str) -> bool:
    return text.startswith("- ")
