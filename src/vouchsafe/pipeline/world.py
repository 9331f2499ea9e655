"""What a pass over a case may use. Shadow, simulation and evals swap this object; no stage knows which it got."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vouchsafe.domain.identifier import IdentifierSpan
from vouchsafe.domain.pack import NoticeKind, Pack
from vouchsafe.domain.prompt import Template
from vouchsafe.domain.text import SafeText
from vouchsafe.governance.routing import Hear, NoAnswer, Question
from vouchsafe.pipeline.detect.detectors import Detectors
from vouchsafe.pipeline.draft.by_model import Check
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.ports.knowledge import Searcher
from vouchsafe.ports.model import ModelAnswer


class Ask(Protocol):
    """The door to a model, as `governance.routing.Router.ask`."""

    def __call__(
        self, question: Question, hear: Hear | None = None, called: Callable[[], None] | None = None, /
    ) -> ModelAnswer | NoAnswer:
        """The answer, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ByModel:
    """What drafting with a language model needs: instructions, the door, the support check, and who writes.

    `ask` records and commits by itself, so no transaction may be open; whoever hears gets the words as they come.
    `ref`: `kind/model@digest` for the trail.
    """

    template: Template
    ask: Ask
    check: Check
    ref: str


@dataclass(frozen=True, slots=True)
class World:
    """The parts of one desk.

    `today` is a day of the desk's zone; `our_words` makes SafeText of the operator's texts. Every intent of `pack` that
    the detectors found too near risky examples stands here in copilot at most, whatever the pack's file says.
    """

    redactor: Redactor
    detectors: Detectors
    searcher: Searcher
    pack: Pack
    our_words: Callable[[str], SafeText]
    rescan: Callable[[SafeText], tuple[IdentifierSpan, ...]]
    """The second, different scan for identifiers."""
    today: date
    notices_sent: frozenset[NoticeKind] = frozenset()
    """Kinds of notices that went out in this conversation within the pack's period."""
    by_model: ByModel | None = None
    """None where no language model may be asked, which is the default."""

    def __post_init__(self) -> None:
        # Here, so that no pass can be given a pack whose modes were not held against the detectors of its desk.
        object.__setattr__(self, "pack", self.pack.holding(self.detectors.demoted))


@dataclass(frozen=True, slots=True)
class Bare:
    """What is left of a World where a pass failed: nothing is judged with it, so it holds no detectors and no index."""

    redactor: Redactor | None
    """None where it may not be tried, or cannot be built."""
    pack: Pack
    our_words: Callable[[str], SafeText]
    notices_sent: frozenset[NoticeKind]
