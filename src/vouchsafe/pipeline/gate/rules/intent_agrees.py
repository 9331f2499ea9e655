"""Question and source speak of the same thing."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("intent_agrees")
SOURCE = "Design section 7: near known examples, and from a source for them"


def intent_agrees(case: GateInput) -> Hold | None:
    """Hold where a cited document is written for another intent than the one recognised.

    A document may name several intents, separated by commas. One that names none is not written against any, and is
    left to the other rules.
    """
    name = case.intent.name if case.intent else None
    cited = {source.intent for sentence in case.sentences if (source := case.source_of(sentence))}
    if all(name in _named(intent) for intent in cited if intent is not None):
        return None
    return Hold(RULE, "a source was written for another kind of question", SOURCE)


def _named(intent: str) -> list[str]:
    return [name.strip() for name in intent.split(",")]
