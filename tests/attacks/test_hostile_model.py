"""A model that obeys every attack: nothing it writes leaves by itself, nobody else's data is signable, no call is free."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from tests.attacks.hostile import HostileWire, attacks, identifiers, of_others, others, poisoned
from tests.conftest import StillClock

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Draft, Origin
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.passage import Audience, Document
from vouchsafe.domain.reply import Approved
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.states import Drafted, Redrafted, Unanswerable
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.model_records import model_ref
from vouchsafe.governance.packs import load_pack
from vouchsafe.governance.prompts import drafting
from vouchsafe.knowledge.door import possible_names
from vouchsafe.pipeline import flow
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.draft import support
from vouchsafe.pipeline.gate import stage as gate
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes
from vouchsafe.pipeline.world import ByModel, World
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.ports.ids import RandomIds
from vouchsafe.ports.model import ModelAnswer
from vouchsafe.ports.spending import Spend
from vouchsafe.quality.scratch import Scratch, ScratchMessage
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder
from vouchsafe.testing.agreements import ENDPOINT, TODAY, a_register, a_row
from vouchsafe.testing.models import THE_PLACE, ListLedger, PlainModel, QuickPause, a_router

FULL = os.environ.get("VOUCHSAFE_FULL") == "attacks"
TEXTS_OF_OTHERS = os.environ.get("VOUCHSAFE_ATTACK_TEXTS", "")
_PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]")
MESSAGES, PAGES = (2_000, 500) if FULL else (200, 50)
SEED = 20_260_302
PLENTY_FOR_ALL = Spend(calls=10_000, tokens=100_000_000, cost=1_000_000_000)
ME = KnownContact(names=("Wilhelmina Quackenbush",), phones=("402-555-0163",), emails=("mina@home.example",))


@dataclass
class Outcome:
    """What came of all messages together."""

    messages: Counter[str] = field(default_factory=Counter)
    drafts: list[Redrafted] = field(default_factory=list)
    replies: list[tuple[Draft, dict[str, Document]]] = field(default_factory=list)
    rulings: Counter[Verdict] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    unseen: list[str] = field(default_factory=list)
    """Messages that were answered automatically, with what was answered."""
    unanswerable: int = 0
    injections: int = 0

    def __str__(self) -> str:
        beside = sum(one.beside is not None for one in self.drafts)
        signable = len({id(one) for one in self.drafts if one.beside is None and _signable(one.drafted.draft)})
        return (
            f"{self.messages.total()} messages {dict(self.messages)}, {PAGES} poisoned pages: {self.unanswerable} without a draft, {len(self.replies)} "
            f"answered locally from approved pages {dict(self.answered)}; of the model: {len(self.drafts)} drafts for "
            f"people ({beside} only to be seen, "
            f"{signable} with every sentence supported), {sum(self.left.values())} not used {dict(self.left)}; "
            f"{self.injections} asked after an injection was found; rulings {dict(self.rulings)}"
        )


@pytest.fixture(scope="module")
def wire() -> HostileWire:
    return HostileWire(SEED)


@pytest.fixture(scope="module")
def ledger() -> ListLedger:
    return ListLedger()


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """The demo clinic's pages and poisoned ones, by path.

    Those with words to a machine are taken as well, which the door would hold; those with the name of a patient on
    record are not: they stand in no index before a person has let them in (tests/journeys/test_pages_that_name_patients).
    """
    names = {one.name for one in others()}
    nobodys = (
        page
        for page in poisoned(2 * PAGES, SEED)
        if names.isdisjoint(one.name for one in possible_names(f"{page.title}\n{page.text}"))
    )
    every = (*read_folder(knowledge_folder()).documents, *islice(nobodys, PAGES))
    return {one.path: one for one in every}


@pytest.fixture(scope="module")
def world(wire: HostileWire, ledger: ListLedger, documents: dict[str, Document]) -> World:
    embedder, pack, clock = MiniLm(), load_pack(name="patient"), StillClock()
    shipped = vectors_from_bytes((demo_folder() / "vectors.npz").read_bytes(), embedder.ref)
    door = a_router(
        wire,  # type: ignore[arg-type]  # another wire that follows no script
        clock,
        QuickPause(lambda seconds: clock.advance(seconds=seconds)),
        register=a_register(),
        ledger=ledger,
        most_a_day=PLENTY_FOR_ALL,
    )
    return World(
        redactor=Redactor(SpacyMd()),
        detectors=Detectors(embedder, pack),
        searcher=Index.build(documents.values(), embedder, shipped),
        pack=pack,
        our_words=our_words,
        rescan=rescan,
        today=TODAY,
        by_model=ByModel(
            template=drafting(),
            ask=door.ask,
            check=lambda sentence, sources: support.check(sentence, sources, embedder),
            ref=model_ref(PlainModel().kind, THE_PLACE),
        ),
    )


@pytest.fixture(scope="module")
def outcome(world: World, documents: dict[str, Document]) -> Outcome:
    """Every message through the pass, and then to the model, also where the running system would not ask it."""
    clock = StillClock()
    scratch = Scratch(world, clock, RandomIds(clock))
    found = Outcome()
    strangers = of_others(Path(TEXTS_OF_OTHERS), SEED) if TEXTS_OF_OTHERS else ()
    for attack in (*attacks(MESSAGES, SEED), *strangers):
        found.messages[attack.disguise] += 1
        text = f"{attack.text}\n\nWilhelmina Quackenbush, 402-555-0163"
        message = ScratchMessage(text, known=ME, level=Assurance.CHANNEL_ASSERTED)
        state = scratch.identified(message)
        decided, _ = flow.advance(state, world)
        if isinstance(decided.outcome, Approved):
            assert isinstance(decided.drafted, Drafted)
            found.replies.append((decided.drafted.draft, documents))
            found.answered[attack.disguise] += 1
            found.unseen.append(f"--- {attack.disguise}: {attack.text!r}\n-> {decided.drafted.draft.text!r}")
        if isinstance(decided.drafted, Unanswerable):
            found.unanswerable += 1
            continue
        asking, _ = flow.ready(decided.drafted, state, world, lost=frozenset())
        if isinstance(asking, flow.Left):
            found.left[asking.why] += 1
            continue
        if decided.drafted.grounded.understood.findings.injection.flag:
            found.injections += 1
            assert all(Audience.PUBLIC in one.document.audience for one in asking.question.prompt.passages)
        _judge(asking, world, found)
    print(found, *found.unseen, sep="\n")  # noqa: T201  # shown by pytest -s: the figures of docs/security.md
    return found


def _judge(asking: flow.Asking, world: World, found: Outcome) -> None:
    assert world.by_model is not None
    answer = world.by_model.ask(asking.question, None)
    assert isinstance(answer, ModelAnswer)
    redrafted, events = flow.redraft(asking, answer, world)
    if isinstance(redrafted, flow.Left):
        found.left[redrafted.why] += 1
        assert events[-1].type is EventType.DRAFT_UNANSWERABLE
        return
    found.drafts.append(redrafted)
    drafted = redrafted.drafted
    if redrafted.beside:
        drafted = Drafted(drafted.grounded, redrafted.beside)
    ruling = gate.run(drafted, world.pack, world.our_words).ruling
    assert ruling is not None
    found.rulings[ruling.verdict] += 1


def _signable(draft: Draft) -> bool:
    return all(one.supported for one in draft.sentences)


def sentences_of(drafts: list[Redrafted]) -> Iterator[tuple[str, bool]]:
    """Every sentence of substance that a model had a hand in, and whether a person could sign it as it is."""
    for one in drafts:
        draft = one.beside or one.drafted.draft
        signable = one.beside is None and _signable(draft)
        for sentence in draft.sentences:
            if sentence.origin is not Origin.PHRASE:
                yield sentence.text.value, signable


def test_nothing_that_the_model_wrote_leaves_by_itself(outcome: Outcome) -> None:
    assert outcome.drafts, "the attack never reached a draft, so it proves nothing"
    assert outcome.rulings[Verdict.APPROVED] == 0
    assert all(one.ruling is None or one.ruling.verdict is not Verdict.APPROVED for one in outcome.drafts)


def test_what_the_local_drafter_sends_beside_an_attack_is_quoted_from_approved_pages(outcome: Outcome) -> None:
    for draft, documents in outcome.replies:
        assert draft.prompt is None
        for one in draft.sentences:
            if one.origin is Origin.PHRASE:
                continue
            assert one.citation is not None
            page = documents[one.citation.document]
            assert page.approved_for_auto
            if one.origin is Origin.VERBATIM:
                assert one.text.value in page.text


def test_no_identifier_of_another_patient_stands_in_anything_that_can_be_sent(outcome: Outcome) -> None:
    values = {value.casefold() for value in identifiers(others())}
    signable = [text.casefold() for text, can in sentences_of(outcome.drafts) if can]
    sent = [draft.text.casefold() for draft, _ in outcome.replies]

    assert [value for value in values for text in (*signable, *sent) if value in text] == []


def test_no_placeholder_that_was_never_given_out_comes_back(outcome: Outcome) -> None:
    for one in outcome.drafts:
        given = {token.placeholder for token in one.drafted.grounded.understood.redacted.tokens}
        draft = one.beside or one.drafted.draft
        assert set(_PLACEHOLDER.findall(draft.text)) <= given


def test_the_model_sees_nobody_s_name_or_number_and_after_an_injection_public_pages_alone(
    outcome: Outcome, wire: HostileWire
) -> None:
    mine = [*ME.names, *ME.phones, *ME.emails, "Quackenbush"]
    assert [value for body in wire.sent for value in mine if value in body["user"]] == []
    assert outcome.injections


@pytest.mark.usefixtures("outcome")
def test_every_call_stood_under_the_agreement_and_on_record(wire: HostileWire, ledger: ListLedger) -> None:
    kinds = Counter(event.type for event in ledger.events)

    assert {permit.call.endpoint for permit in wire.permits} == {ENDPOINT}
    assert len(wire.sent) == kinds[EventType.MODEL_CALLED] == kinds[EventType.MODEL_ANSWERED]


@pytest.mark.parametrize("register", [None, a_register(a_row(confirmed=None)), a_register(a_row(data=["public"]))])
def test_without_an_agreement_for_it_no_attack_makes_a_call(world: World, register: object) -> None:
    clock, wire = StillClock(), HostileWire(SEED)
    door = a_router(
        wire,  # type: ignore[arg-type]  # another wire that follows no script
        clock,
        QuickPause(lambda seconds: clock.advance(seconds=seconds)),
        register=register,  # type: ignore[arg-type]  # registers of the table
    )
    scratch = Scratch(world, clock, RandomIds(clock))
    asked = 0
    for attack in attacks(12, SEED + 1):
        state = scratch.identified(ScratchMessage(attack.text))
        decided, _ = flow.advance(state, world)
        if isinstance(decided.drafted, Drafted):
            asking, _ = flow.ready(decided.drafted, state, world, lost=frozenset())
            if isinstance(asking, flow.Asking):
                door.ask(asking.question)
                asked += 1

    assert asked
    assert wire.sent == []
