"""Wording that may leave without a person."""

import re

from vouchsafe.domain.draft import Origin
from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput, GateSentence
from vouchsafe.pipeline.gate.matching import plain

RULE = RuleId("wording")
SOURCE = "Design section 7: only verbatim spans, approved templates and approved phrases leave by themselves"

_OPEN_SLOT = re.compile(r"\\\{(?:link|title|part)\\\}")


def wording(case: GateInput) -> Hold | None:
    """Hold where a sentence is the wording of a model, or calls itself an approved phrase and is none."""
    if all(_allowed(case, sentence) for sentence in case.sentences):
        return None
    return Hold(RULE, "a sentence is neither a quotation nor an approved phrase", SOURCE)


def _allowed(case: GateInput, sentence: GateSentence) -> bool:
    if sentence.origin is Origin.PHRASE:
        return any(_stands_in(sentence.text, phrase) for phrase in _approved_phrases(case))
    return sentence.origin in (Origin.VERBATIM, Origin.TEMPLATE)


def _approved_phrases(case: GateInput) -> list[str]:
    own = case.pack.phrases
    fixed = [own.greeting, own.disclosure, own.human_path, own.closing, own.sources_lead, own.partial, own.open_part]
    return fixed + [remedy.phrase for remedy in case.pack.remedies]


def _stands_in(text: str, phrase: str) -> bool:
    """Whether the text is the phrase or whole words of it; open slots take one line without a full stop."""
    wanted, given = plain(phrase), plain(text)
    if not given:
        return True
    if re.search(rf"(?<!\w){re.escape(given)}(?!\w)", wanted):
        return True
    pattern = _OPEN_SLOT.sub(r"[^!?\\n]{1,200}", re.escape(wanted))
    return "{" in wanted and re.fullmatch(pattern, given) is not None
