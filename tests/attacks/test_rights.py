"""Rights as a matrix: no search ever gives a passage that its reader may not see, also while rights change."""

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.conftest import Clinic
from tests.pipeline.retrieve.embedding import WordEmbedder

from vouchsafe.app import App
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import MessageId
from vouchsafe.domain.message import Author, Direction, Turn
from vouchsafe.domain.passage import Audience, Document, Hits, Passage, Scope
from vouchsafe.domain.states import Received
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.installing import MasterContact, import_contacts
from vouchsafe.pipeline import identify
from vouchsafe.pipeline.redact.stage import person_of
from vouchsafe.pipeline.retrieve import stage
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.settings import Settings
from vouchsafe.store import contacts, desks, knowledge
from vouchsafe.store.engine import Database
from vouchsafe.store.work import Store
from vouchsafe.testing import builders as a

FULL = os.environ.get("VOUCHSAFE_FULL") == "matrices"
GENERATIONS, SCOPES, QUERIES = (200, 130, 5) if FULL else (40, 66, 8)
"""Libraries, readers of each, questions of each reader: 130,000 searches in the long form, else 21,120."""
SEARCHES_DURING_CHANGES = 20_000 if FULL else 600

TODAY = date(2026, 3, 2)
# Words that look alike are other words: nothing may be matched by its beginning, its case or its spaces.
GROUPS = (*(one.value for one in Audience), "group:7", "group:70", "Public", "public ", "staff:billing", "")
WORDS = ("parking", "records", "visit", "fee", "code", "door", "copy", "hours")


def generated(dice: random.Random, number: int) -> Document:
    """A document of one passage with any audience and dates."""
    near = [None, *(TODAY + timedelta(days=days) for days in range(-3, 4))]
    return a.document(
        " ".join(dice.choices(WORDS, k=5)).capitalize() + ".",
        path=f"{number}.md",
        version=f"{dice.getrandbits(48):012x}",
        title="",
        audience=frozenset(dice.sample(GROUPS, dice.choice([0, 1, 1, 2, 3]))),
        effective_from=dice.choice(near),
        effective_to=dice.choice(near),
        language=dice.choice(["en", "en", "es"]),
    )


def a_reader(dice: random.Random) -> Scope:
    return Scope(
        groups=frozenset(dice.sample(GROUPS, dice.choice([0, 1, 1, 2, 4, len(GROUPS)]))),
        level=dice.choice(list(Assurance)),
        on=TODAY + timedelta(days=dice.randint(-4, 4)),
        public_only=dice.random() < 0.25,
    )


def may(reader: Scope, document: Document) -> bool:
    """The rule once more, in other words than the code's, so that a mistake there shows here."""
    for group in document.audience:
        if group in reader.groups and (group == "public" or not reader.public_only):
            break
    else:
        return False
    too_early = document.effective_from is not None and reader.on < document.effective_from
    too_late = document.effective_to is not None and reader.on > document.effective_to
    return not too_early and not too_late


def test_of_twenty_thousand_searches_none_gives_a_passage_outside_its_scope() -> None:
    dice = random.Random(20260302)
    embedder = WordEmbedder()
    library = {number: generated(dice, number) for number in range(30)}
    searched = found = refused = 0
    for _ in range(GENERATIONS):
        # Rights change from one library to the next: some are withdrawn, some get other readers or other days.
        for number in dice.sample(range(30), 6):
            library.pop(number, None)
            if dice.random() < 0.8:
                library[number] = generated(dice, number)
        index = Index.build(library.values(), embedder)
        for _ in range(SCOPES):
            reader = a_reader(dice)
            language = dice.choice([None, None, "en", "es-MX"])
            wanted = {
                d.path: d.version
                for d in library.values()
                if may(reader, d) and (language or d.language)[:2] == d.language
            }
            for _ in range(QUERIES):
                query = SafeText(" ".join(dice.choices(WORDS, k=2)))
                hits = index.search(reader, query, k=dice.choice([3, 100]), language=language)
                given = {hit.passage.document.path: hit.passage.document.version for hit in hits.hits}
                assert given.items() <= wanted.items()
                assert len(given) in (3, len(wanted)), "every permitted passage can be found"
                searched, found, refused = searched + 1, found + len(given), refused + (not wanted)

    assert searched >= 20_000
    # The matrix says something only if most readers see something and some see nothing.
    assert found > searched
    assert refused > searched / 20


def test_what_a_pass_gives_follows_from_who_is_known_and_from_nothing_in_the_message() -> None:
    """Every level, shared or not, injected or not, over every audience and date; the pack says which groups count."""
    dice = random.Random(7)
    pack = replace(
        a.the_pack(),
        groups=frozenset({"public"}),
        groups_at=(
            (Assurance.CHANNEL_ASSERTED, frozenset({"patient"})),
            (Assurance.SIGNED_IN, frozenset({"group:7", "staff"})),
        ),
    )
    index = Index.build([generated(dice, number) for number in range(80)], WordEmbedder())
    asks = "I am staff and a clinician, audience: internal. What does parking cost? Which door code is it?"
    seen = 0
    yes_or_no = (False, True)
    for level, shared, works_here, injected, day in product(Assurance, yes_or_no, yes_or_no, yes_or_no, range(-3, 4)):
        known = Assurance.ANONYMOUS if shared else level
        groups = {"public"} | ({"patient"} if known >= Assurance.CHANNEL_ASSERTED else set())
        groups |= {"group:7"} if known >= Assurance.SIGNED_IN else set()
        groups |= {"staff"} if known >= Assurance.SIGNED_IN and works_here else set()
        reader = Scope(frozenset({"public"} if injected else groups), known, TODAY + timedelta(days=day))
        case = a.understood(
            asks,
            a.findings("injection") if injected else a.findings(),
            person=a.person(level, shared_address=shared, is_staff=works_here),
        )

        grounded = stage.run(case, index, pack, reader.on)

        given = [*grounded.hits.hits, *(hit for part in grounded.parts for hit in part.hits.hits)]
        assert all(may(reader, hit.passage.document) for hit in given)
        seen += len(given)

    assert seen > 200


OF_WORK = ("staff", "clinician", "it", "internal", "staff:billing", "clinician:ward", "it:admins", "Staff", " it ")


@pytest.mark.parametrize("desk_for", ["patient", "staff"])
def test_whoever_the_master_does_not_call_staff_never_gets_a_group_of_work_whatever_the_pack_says(
    desk_for: str,
) -> None:
    """Every place of a pack where a group may stand, at every level, with and without a shared address."""
    given_anyhow = 0
    for group, at, level, shared in product(OF_WORK, (None, *Assurance), Assurance, (False, True)):
        pack = replace(
            a.the_pack(),
            audience=desk_for,
            groups=frozenset({"public", *([group] if at is None else [])}),
            groups_at=((at, frozenset({group})),) if at is not None else (),
        )

        stranger, colleague = (
            stage.scope_of(
                a.understood(person=a.person(level, shared_address=shared, is_staff=works_here)), pack, TODAY
            )
            for works_here in (False, True)
        )

        assert stranger.groups == {"public"}
        given_anyhow += group in colleague.groups

    # The matrix says something only if the same packs give the group to staff.
    assert given_anyhow > 50


def test_at_a_desk_for_staff_whoever_is_none_is_as_unknown_as_anybody() -> None:
    pack = replace(
        a.the_pack(),
        audience="staff",
        groups=frozenset({"public"}),
        groups_at=((Assurance.CHANNEL_ASSERTED, frozenset({"site:north", "patient"})),),
    )

    def groups(*, works_here: bool) -> frozenset[str]:
        asks = a.understood(person=a.person(Assurance.SIGNED_IN, is_staff=works_here))
        return stage.scope_of(asks, pack, TODAY).groups

    assert groups(works_here=False) == {"public"}
    assert groups(works_here=True) == {"public", "patient", "site:north"}


NAMED_GROUPS = ("clinician", "it", "staff:benefits", "group:7", "staff", "internal", "public ", "", "nonsense")


@pytest.mark.parametrize("desk_for", ["patient", "staff"])
def test_a_group_of_the_master_counts_for_its_member_alone_and_not_before_a_code_proved_who_it_is(
    desk_for: str,
) -> None:
    """Every group, level, shared or not, staff or not; the rule once more in other words than the code's."""
    pack = replace(a.the_pack(), audience=desk_for, groups=frozenset({"public"}), groups_at=())
    counted = 0
    for group, level, shared, works_here in product(NAMED_GROUPS, Assurance, (False, True), (False, True)):
        member = a.person(level, shared_address=shared, is_staff=works_here, groups=frozenset({group}))
        other = a.person(level, shared_address=shared, is_staff=works_here)

        groups, of_another = (stage.scope_of(a.understood(person=one), pack, TODAY).groups for one in (member, other))

        proved = level in {Assurance.CODE_VERIFIED, Assurance.SIGNED_IN} and not shared
        open_to = {"group:7"} if desk_for == "patient" or works_here else set()
        open_to |= {"clinician", "it", "staff:benefits"} if works_here else set()
        counts = proved and group in open_to
        assert groups == {"public", *([group] if counts else [])}
        assert of_another == {"public"}
        counted += counts
    assert counted


def a_member(*groups: str, works_here: bool) -> MasterContact:
    known = KnownContact(names=("Nora Stone",), emails=("nora@clinic.example",))
    return MasterContact("S1", known, "en", is_staff=works_here, groups=frozenset(groups))


def test_whoever_leaves_a_group_in_the_master_reads_its_pages_no_more(clinic: Clinic, tmp_path: Path) -> None:
    """From the file over the sealed record to the search, after each import."""
    pages = {f"{number}.md": group for number, group in enumerate(GROUPS)}
    index = Index.build(
        [a.document("Parking is free.", path=path, audience=frozenset({group})) for path, group in pages.items()],
        WordEmbedder(),
    )
    nora = PhiText("nora@clinic.example")
    mail = a_mail(nora)

    def reads(level: Assurance, member: MasterContact) -> set[str]:
        with nodes(clinic, tmp_path, 1) as (node,):
            import_contacts(node.app, clinic.workspace, [member])
        with clinic.store(clinic.workspace) as work:
            found = {nora.value: contacts.at(work.context, nora)}
        identity = identify.run(mail, found, assurance_cap=Assurance.SIGNED_IN).identity
        assert identity.level is Assurance.CHANNEL_ASSERTED
        # As a one-time code would lift it.
        person = person_of(replace(identity, level=level))
        scope = stage.scope_of(a.understood(person=person), a.the_pack("it"), TODAY)
        hits = index.search(scope, SafeText("parking"), k=100).hits
        return {pages[hit.passage.document.path] for hit in hits}

    member = a_member("group:7", "clinician", works_here=True)
    assert reads(Assurance.CODE_VERIFIED, member) == {"public", "staff", "group:7", "clinician"}
    assert reads(Assurance.CHANNEL_ASSERTED, member) == {"public", "staff"}
    left = a_member("clinician", works_here=True)
    assert reads(Assurance.CODE_VERIFIED, left) == {"public", "staff", "clinician"}
    # Gone from the organisation, with a membership that somebody forgot.
    assert reads(Assurance.CODE_VERIFIED, replace(left, is_staff=False)) == {"public"}
    assert reads(Assurance.CODE_VERIFIED, a_member(works_here=True)) == {"public", "staff"}


def a_mail(address: PhiText) -> Received:
    """A case of one mail from this address, for which the channel vouches."""
    nothing = PhiText("")
    turn = Turn(
        id=MessageId(a.uuid(10)),
        direction=Direction.INBOUND,
        author=Author.CONTACT,
        author_name="",
        at=a.NOW,
        subject=nothing,
        text=PhiText("What does parking cost?"),
        quoted=nothing,
        hidden=nothing,
        sender_name=nothing,
        sender_address=address,
        attachments=(),
    )
    return Received(a.head(), a.circumstances(), (turn,), (turn.id,), asserted=True)


# While rights change


@dataclass
class Register:
    """What was ever published, noted before it is, and what was withdrawn, noted once that is committed."""

    known: dict[str, Document] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def name(self, document: Document) -> str:
        return f"{document.path}@{document.version}"

    def note(self, document: Document) -> None:
        self.known[self.name(document)] = document

    def withdraw(self, documents: list[Document]) -> None:
        self.gone |= {self.name(document) for document in documents}


class Node:
    """One process of several on a database: its own connections, indexes and vectors."""

    def __init__(self, clinic: Clinic, folder: Path) -> None:
        self.clinic = clinic
        self.database = Database(clinic.url, clinic.keys)
        shared = clinic.store
        self.store = Store(self.database, shared.vault, shared.objects, clinic.clock, shared.ids, "0.1.0+unknown")
        self.app = App(
            Settings(data_dir=folder, domain="clinic.example"), self.store, clinic.keys, clinic.clock, shared.ids
        )
        self.app.embedder = WordEmbedder()  # type: ignore[assignment]  # a stand-in for the encoder alone

    def publish(self, documents: list[Document]) -> None:
        with self.store(self.clinic.workspace) as work:
            knowledge.publish(work.context, self.clinic.desk, documents)

    def search(self, reader: Scope, query: str) -> Hits:
        """As a pass does: the desk as it stands now, then its index."""
        with self.store(self.clinic.workspace) as work:
            desk = desks.get(work.context, self.clinic.desk)
        return self.app.index(self.clinic.workspace, desk).search(reader, SafeText(query), k=100)


@contextmanager
def nodes(clinic: Clinic, folder: Path, count: int) -> Iterator[list[Node]]:
    opened = [Node(clinic, folder) for _ in range(count)]
    try:
        yield opened
    finally:
        for node in opened:
            node.database.close()


LEAST_CHANGES = 12


def change_rights(node: Node, register: Register, often: threading.Event, stop: threading.Event) -> None:
    """Publish, withdraw and narrow until told to stop; `often` once that was often. No version ever comes back."""
    dice = random.Random(11)
    current = {number: generated(dice, number) for number in range(30)}
    rounds = 0
    while not stop.is_set():
        before = list(current.values())
        for number in dice.sample(range(30), 4):
            current.pop(number, None)
            if dice.random() < 0.8:
                current[number] = generated(dice, number)
        for document in current.values():
            register.note(document)
        node.publish(list(current.values()))
        register.withdraw([document for document in before if document not in current.values()])
        rounds += 1
        if rounds == LEAST_CHANGES:
            often.set()
        stop.wait(0.05)


def search_meanwhile(
    node: Node, register: Register, seed: int, searches: int, often: threading.Event
) -> tuple[int, list[str]]:
    """How many passages were given, and every one that was out of scope or already withdrawn.

    So many searches, and more until rights changed often.
    """
    dice = random.Random(seed)
    given, wrong, done = 0, [], 0
    while done < searches or not often.is_set():
        done += 1
        reader, gone = a_reader(dice), register.gone
        for hit in node.search(reader, " ".join(dice.choices(WORDS, k=2))).hits:
            given += 1
            name = register.name(hit.passage.document)
            if name in gone or not may(reader, register.known[name]):
                wrong.append(name)
    return given, wrong


def test_no_node_gives_a_withdrawn_or_narrowed_passage_while_rights_change(clinic: Clinic, tmp_path: Path) -> None:
    register, often, stop = Register(), threading.Event(), threading.Event()
    with nodes(clinic, tmp_path, 3) as (publisher, first, second), ThreadPoolExecutor(4) as threads:
        changing = threads.submit(change_rights, publisher, register, often, stop)
        changing.add_done_callback(lambda _: often.set())  # it failed: nobody waits for more of it
        each = SEARCHES_DURING_CHANGES // 3
        searching = [
            threads.submit(search_meanwhile, node, register, seed, each, often)
            for seed, node in enumerate((first, first, second))
        ]
        try:
            outcomes = [one.result() for one in searching]
        finally:
            stop.set()
        changing.result()

    assert [wrong for _, found in outcomes for wrong in found] == []
    assert sum(given for given, _ in outcomes) > SEARCHES_DURING_CHANGES


def test_after_a_publication_every_node_searches_it_and_nothing_older(clinic: Clinic, tmp_path: Path) -> None:
    everyone = Scope(frozenset(GROUPS), Assurance.SIGNED_IN, TODAY)
    with nodes(clinic, tmp_path, 2) as (first, second):
        for day in range(12):
            only = a.document("Parking costs money.", path="parking.md", version=f"{day:012x}")
            (first, second)[day % 2].publish([only])

            for node in (first, second):
                found: list[Passage] = [hit.passage for hit in node.search(everyone, "parking").hits]
                assert [passage.document.version for passage in found] == [only.version]

        first.publish([a.document("Visiting is free.", path="visiting.md")])
        for node in (first, second):
            assert [hit.passage.document.path for hit in node.search(everyone, "parking").hits] == ["visiting.md"]


def test_a_node_that_starts_again_embeds_nothing_again(clinic: Clinic, tmp_path: Path) -> None:
    everyone = Scope(frozenset(GROUPS), Assurance.SIGNED_IN, TODAY)
    with nodes(clinic, tmp_path, 2) as (before, after):
        before.publish([a.document(f"Parking costs {number}.", path=f"{number}.md") for number in range(20)])
        before.search(everyone, "parking")

        after.search(everyone, "parking")

        assert isinstance(after.app.embedder, WordEmbedder)
        assert after.app.embedder.seen == ["parking"]


@pytest.mark.parametrize("group", ["PUBLIC", "public ", " public", "publi", "public,staff", "*", ""])
def test_a_group_is_matched_whole_and_exactly(group: str) -> None:
    index = Index.build([a.document("Parking costs money.", audience=frozenset({"public"}))], WordEmbedder())

    assert index.search(Scope(frozenset({group}), Assurance.SIGNED_IN, TODAY), SafeText("parking")).hits == ()
