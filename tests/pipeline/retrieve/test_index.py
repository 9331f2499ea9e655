"""The index: what a reader may not see is not found, not counted and not guessed at."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.pipeline.retrieve.embedding import WordEmbedder

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Audience, Document, Scope
from vouchsafe.domain.text import SafeText
from vouchsafe.pipeline.retrieve.index import Index, vectors_from_bytes, vectors_to_bytes
from vouchsafe.pipeline.retrieve.passages import cut

TODAY = date(2026, 11, 21)
PUBLIC = Scope(groups=frozenset({"public"}), level=Assurance.ANONYMOUS, on=TODAY)


def a_document(path: str, text: str, *, audience: str = "public", language: str = "en") -> Document:
    return Document(
        path=path,
        version="0" * 12,
        title=path.removesuffix(".md"),
        audience=frozenset(audience.split()),
        effective_from=None,
        effective_to=None,
        approved_for_auto=True,
        language=language,
        intent=None,
        owner="",
        review_date=None,
        text=text,
    )


LIBRARY = (
    a_document("visiting.md", "Visiting hours are 8:00 a.m. to 8 p.m. every day."),
    a_document("parking.md", "The parking garage costs $4 per day."),
    a_document("records.md", "A paper copy of your records takes 5 working days."),
    a_document("doors.md", "The door code of the records room is changed every month.", audience="staff"),
    a_document("horario.md", "El horario de visita es de 8 a 20 horas.", language="es"),
)


def index(*documents: Document) -> Index:
    return Index.build(documents or LIBRARY, WordEmbedder())


def paths(found: Index, query: str, scope: Scope = PUBLIC, *, language: str | None = None) -> list[str]:
    return [hit.passage.document.path for hit in found.search(scope, SafeText(query), language=language).hits]


def test_the_passage_about_the_question_comes_first() -> None:
    found = index()

    assert paths(found, "What does parking cost?")[0] == "parking.md"
    assert paths(found, "When can I visit?")[0] == "visiting.md"


def test_a_score_lies_between_0_and_1_and_falls() -> None:
    scores = [hit.score for hit in index().search(PUBLIC, SafeText("a copy of my records")).hits]

    assert all(0.0 <= score <= 1.0 for score in scores)
    assert scores == sorted(scores, reverse=True)


def test_what_others_may_read_is_not_found() -> None:
    found = index()
    staff = replace(PUBLIC, groups=frozenset({"staff"}))

    assert "doors.md" not in paths(found, "door code of the records room")
    assert paths(found, "door code of the records room", staff) == ["doors.md"]


def test_an_empty_scope_sees_nothing_and_it_looks_like_nothing_found() -> None:
    nobody = index().search(replace(PUBLIC, groups=frozenset()), SafeText("parking"))
    nothing = index().search(PUBLIC, SafeText("[NAME_1]"))

    assert (nobody.hits, nobody.confidence, nobody.abstain) == (nothing.hits, nothing.confidence, nothing.abstain)
    assert nobody.hits == ()
    assert nobody.abstain


def test_a_document_without_rights_is_seen_by_nobody() -> None:
    found = index(a_document("lost.md", "Lost property is kept for 30 days.", audience=""))
    everyone = replace(PUBLIC, groups=frozenset(a.value for a in Audience))

    assert paths(found, "lost property", everyone) == []


def test_once_an_injection_was_found_only_public_passages_exist() -> None:
    found = index(a_document("a.md", "Public parking."), a_document("b.md", "Patient parking.", audience="patient"))
    scope = replace(PUBLIC, groups=frozenset({"public", "patient"}))

    assert set(paths(found, "parking", scope)) == {"a.md", "b.md"}
    assert paths(found, "parking", replace(scope, public_only=True)) == ["a.md"]


@pytest.mark.parametrize(("day", "expected"), [(-1, ["old.md"]), (0, ["new.md"]), (9, ["new.md"]), (10, [])])
def test_only_the_version_in_force_on_the_day_is_found(day: int, expected: list[str]) -> None:
    old = replace(a_document("old.md", "Parking costs $3."), effective_to=TODAY - timedelta(days=1))
    new = replace(
        a_document("new.md", "Parking costs $4."), effective_from=TODAY, effective_to=TODAY + timedelta(days=9)
    )

    assert paths(index(old, new), "parking", replace(PUBLIC, on=TODAY + timedelta(days=day))) == expected


def test_hidden_passages_change_no_score() -> None:
    hidden = tuple(a_document(f"{n}.md", "parking parking records", audience="staff") for n in range(30))
    query = SafeText("parking records")

    with_hidden, without = index(*LIBRARY, *hidden).search(PUBLIC, query), index().search(PUBLIC, query)

    assert [(h.passage.name, h.score) for h in with_hidden.hits] == [(h.passage.name, h.score) for h in without.hits]
    assert with_hidden.confidence == without.confidence


def test_no_random_scope_ever_finds_a_passage_outside_it() -> None:
    dice = random.Random(20261121)
    words = [*(a.value for a in Audience), "staff:benefits", "group:7"]
    for _ in range(20):
        documents = [
            replace(
                a_document(
                    f"{n}.md", " ".join(dice.choices(["parking", "records", "visit", "fee", "code"], k=6)) + "."
                ),
                audience=frozenset(dice.sample(words, dice.randint(0, 3))),
                effective_from=dice.choice([None, TODAY + timedelta(days=dice.randint(-3, 3))]),
                effective_to=dice.choice([None, TODAY + timedelta(days=dice.randint(-3, 3))]),
            )
            for n in range(25)
        ]
        found = index(*documents)
        for _ in range(50):
            scope = Scope(
                groups=frozenset(dice.sample(words, dice.randint(0, 4))),
                level=dice.choice(list(Assurance)),
                on=TODAY + timedelta(days=dice.randint(-4, 4)),
                public_only=dice.random() < 0.3,
            )
            hits = found.search(scope, SafeText(dice.choice(["parking fee", "records code", "visit"])), k=30).hits
            may = {d.path for d in documents if _may(scope, d)}
            # Every permitted document holds one passage, and with k over their number all of them are found.
            assert {hit.passage.document.path for hit in hits} == may


def _may(scope: Scope, document: Document) -> bool:
    """The rule once more in other words, so that a mistake in `Scope.may_read` shows."""
    groups = {g for g in scope.groups if not scope.public_only or g == "public"}
    shared = [g for g in document.audience if g in groups]
    began = document.effective_from is None or (scope.on - document.effective_from).days >= 0
    ended = document.effective_to is not None and (scope.on - document.effective_to).days > 0
    return len(shared) > 0 and began and not ended


def test_a_language_narrows_and_never_widens() -> None:
    found = index()

    assert paths(found, "horario de visita", language="es") == ["horario.md"]
    assert "horario.md" not in paths(found, "horario de visita", language="en-US")
    assert paths(found, "horario", replace(PUBLIC, groups=frozenset()), language="es") == []


def test_words_about_nothing_here_make_it_abstain() -> None:
    hits = index().search(PUBLIC, SafeText("quantum chromodynamics lattice"))

    assert hits.abstain
    assert hits.confidence < 0.1


def test_tokens_of_redaction_change_nothing() -> None:
    found = index()

    plain = found.search(PUBLIC, SafeText("what does parking cost"))
    tokens = found.search(PUBLIC, SafeText("what does parking cost [NAME_1]"))

    assert [(h.passage.name, h.score) for h in plain.hits] == [(h.passage.name, h.score) for h in tokens.hits]


def test_kept_vectors_are_not_made_again() -> None:
    first, again = WordEmbedder(), WordEmbedder()
    kept = vectors_to_bytes(Index.build(LIBRARY, first).vectors, first.ref)

    rebuilt = Index.build(LIBRARY, again, vectors_from_bytes(kept, again.ref))

    assert again.seen == []
    assert paths(rebuilt, "What does parking cost?")[0] == "parking.md"


def test_vectors_of_another_encoder_are_not_used() -> None:
    kept = vectors_to_bytes(Index.build(LIBRARY, WordEmbedder()).vectors, "other@2")

    assert vectors_from_bytes(kept, "words@1") == {}


def test_the_name_of_the_index_changes_with_its_passages() -> None:
    assert index().ref == index().ref
    assert index().ref != index(*LIBRARY[:3]).ref


def test_every_passage_is_indexed_once() -> None:
    assert len(index().passages) == sum(len(cut(document)) for document in LIBRARY)
