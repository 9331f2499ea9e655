"""The events of one attempt to ask a model: what was about to be sent and under which agreement, and how it ended."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from vouchsafe.domain.agreement import DataClass, Permit
from vouchsafe.domain.ids import CaseId, ConversationId, EventId
from vouchsafe.domain.prompt import Template, Words
from vouchsafe.evidence.event import Event, Json, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.ports.model import ModelAnswer, Place
from vouchsafe.ports.spending import Spend

_UNFIT = re.compile(r"[^a-z0-9._/-]+")
_LONGEST_NAME = 90


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is the same in every event of one attempt."""

    kind: str
    place: Place
    template: Template
    words: Words
    data: frozenset[DataClass]
    number: int
    case: CaseId | None
    conversation: ConversationId | None

    def called(self, permit: Permit, reserved: Spend) -> Event:
        """The prompt is about to be handed over under this permit."""
        chain: list[Json] = [str(one) for one in permit.chain]
        says: dict[str, Json] = {
            "agreement": str(permit.agreement),
            "party": permit.party,
            "chain": chain,
            "inside": permit.inside,
            "tokens": reserved.tokens,
            "cost": reserved.cost,
        }
        return self._event(EventType.MODEL_CALLED, Outcome.OK, says, register=permit.register)

    def refused(self, why: str, says: str) -> Event:
        """The attempt was not made."""
        return self._event(EventType.MODEL_REFUSED, Outcome.REFUSED, {"why": why, "says": says})

    def answered(self, called: EventId, answer: ModelAnswer, used: Spend) -> Event:
        """The model answered; its words are in the payload, sealed like a draft.

        `estimated`: the provider did not count, so what was set aside stands for what was used.
        """
        says: dict[str, Json] = {
            "text": answer.text.value,
            "stop": answer.stop.value,
            "said_model": answer.said_model,
            "tokens_in": answer.tokens_in,
            "tokens_out": answer.tokens_out,
            "tokens": used.tokens,
            "cost": used.cost,
            "estimated": answer.tokens_in is None or answer.tokens_out is None,
        }
        return self._event(EventType.MODEL_ANSWERED, Outcome.OK, says, called=called)

    def failed(  # noqa: PLR0917  # how one attempt ended
        self, called: EventId, outcome: Outcome, why: str, status: int | None, used: Spend, heard: str
    ) -> Event:
        """No answer came of it. UNCERTAIN: our words may have arrived all the same.

        `heard`: the words of a stream that broke off; people may have seen some of them.
        """
        says: dict[str, Json] = {"why": why, "status": status, "tokens": used.tokens, "cost": used.cost}
        if used.tokens:
            says["estimated"] = True
        if heard:
            says["heard"] = heard
        return self._event(EventType.MODEL_ANSWERED, outcome, says, called=called)

    def _event(
        self,
        kind: EventType,
        outcome: Outcome,
        says: Mapping[str, Json],
        *,
        register: str | None = None,
        called: EventId | None = None,
    ) -> Event:
        data: list[Json] = [str(one) for one in sorted(self.data)]
        return Event(
            kind,
            system("routing"),
            outcome,
            case=self.case,
            conversation=self.conversation,
            model=model_ref(self.kind, self.place),
            prompt=self.template.ref,
            manifest=register,
            refs=(called,) if called else (),
            payload={
                "provider": self.kind,
                "endpoint": self.place.endpoint,
                "region": self.place.region,
                "model": self.place.model,
                "data": data,
                "attempt": self.number,
                "words": self.words.digest,
                **says,
            },
        )


def model_ref(kind: str, place: Place) -> str:
    """`kind/model@digest` for the trail; the digest is of endpoint, region and exact name together."""
    name = _UNFIT.sub("-", f"{kind}/{place.model}".lower())[:_LONGEST_NAME]
    digest = hashlib.sha256(f"{place.endpoint}\0{place.region}\0{place.model}".encode()).hexdigest()[:32]
    return f"{name}@{digest}"
