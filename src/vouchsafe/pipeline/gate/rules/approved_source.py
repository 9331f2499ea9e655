"""Sources approved for automatic use."""

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput

RULE = RuleId("approved_source")
SOURCE = "Design section 7: the source is approved for automatic use"


def approved_source(case: GateInput) -> Hold | None:
    """Hold where a cited passage was not approved as the source of automatic replies."""
    cited = [case.source_of(sentence) for sentence in case.sentences if sentence.citation]
    if all(source is not None and source.approved_for_auto for source in cited):
        return None
    return Hold(RULE, "a source is not approved for automatic answers", SOURCE)
