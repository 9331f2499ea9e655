"""Is data of an installation used for training? The four questions a procurement office asks, each with its answer.

Source: R31, R71, R108. One place for these sentences: the screen *Agreements*, `vouchsafe agreements letter` and
`docs/data.md` say them in these words. `tests/architecture/test_no_training.py` holds the source to them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """One question and its answer."""

    question: str
    answer: str


TRAINING = (
    Answered(
        "Is our data used for training?",
        "No. The models of vouchsafe were trained before it was shipped, on data sets that docs/data.md names, "
        "and nothing that is received, written or stored here changes them.",
    ),
    Answered(
        "Can it be switched off?",
        "There is nothing to switch off: no setting, command or job trains a model or hands data over for training. "
        "What a provider of a language model does is settled in writing: unless its row says that it keeps our words "
        "out of training, every call to it is refused.",
    ),
    Answered(
        "How is data de-identified?",
        "For training not at all, since none is used. Words for a language model are redacted and scanned once more, "
        "and none leaves where that scan finds something. Redaction misses some identifiers; docs/accuracy.md says "
        "how many were missed where it was measured.",
    ),
    Answered(
        "Which controls hold this?",
        "Model files are read only if their hashes are the shipped ones. Tests of the source fail where a module "
        "trains, writes a file that is not on the list, or opens a connection that is not in the table of ways out. "
        "Each call to a language model is on record with the agreement that permitted it.",
    ),
)
"""In the order in which they are asked."""


def training_letter() -> str:
    """All four, for a letter."""
    return "\n\n".join(["Training", *(f"{one.question}\n{one.answer}" for one in TRAINING)])
