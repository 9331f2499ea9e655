"""Drafts: every sentence a span of its source, and no draft where there may be none."""

import pytest

from vouchsafe.domain.draft import Draft, Origin, WhyNot
from vouchsafe.domain.finding import ClinicalClass, Vulnerability
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.passage import Hits, Passage
from vouchsafe.domain.states import Drafted, Grounded, Part, Sticky, Unanswerable
from vouchsafe.pipeline.draft import stage
from vouchsafe.pipeline.draft.extractive import chosen_spans
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing import builders as a

NONE = Hits((), 0.1, abstain=True, index="test@0")


def run(state: Grounded, mode: Mode = Mode.AUTO) -> Drafted | Unanswerable:
    return stage.run(state, a.the_pack(), mode, our_words)


def draft_of(state: Grounded) -> Draft:
    drafted = run(state)
    assert isinstance(drafted, Drafted)
    return drafted.draft


def why(state: Grounded, mode: Mode = Mode.AUTO) -> WhyNot:
    unanswerable = run(state, mode)
    assert isinstance(unanswerable, Unanswerable)
    return unanswerable.why


def test_every_sentence_of_substance_is_the_span_it_cites() -> None:
    passages = {p.name: p for p in (a.passage(),)}

    draft = draft_of(a.grounded())

    quoted = [s for s in draft.sentences if s.origin is Origin.VERBATIM]
    assert quoted
    for sentence in quoted:
        assert sentence.citation is not None
        span = sentence.citation.span
        assert passages[sentence.citation.name].text[span.start : span.end] == sentence.text.value


def test_a_draft_greets_says_it_is_ai_offers_a_person_and_names_its_source() -> None:
    phrases = a.the_pack().phrases_in("en")

    text = draft_of(a.grounded()).text

    assert text.startswith(phrases.greeting)
    assert phrases.disclosure in text
    assert phrases.human_path in text
    assert f"{phrases.sources_lead} Opening hours." in text
    assert text.endswith(phrases.closing)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (a.grounded(found=NONE), WhyNot.NO_SOURCE),
        (a.grounded(found=a.hits(abstain=True)), WhyNot.NO_SOURCE),
        (a.grounded(a.understood(automatic=True)), WhyNot.AUTOMATIC_MESSAGE),
        (a.grounded(a.understood("  ")), WhyNot.NO_TEXT),
        (a.grounded(a.understood(circumstances=a.circumstances(person_holds=UserId(a.uuid(1))))), WhyNot.HELD_BY_PERSON),
        (a.grounded(a.understood(says=a.findings("crisis"))), WhyNot.AT_RISK),
        (a.grounded(a.understood(says=a.findings("threat"))), WhyNot.AT_RISK),
        (a.grounded(a.understood(says=a.findings(classes=[ClinicalClass.URGENT]))), WhyNot.AT_RISK),
        (a.grounded(a.understood(says=a.findings(vulnerable=[Vulnerability.SAFEGUARDING]))), WhyNot.AT_RISK),
        (a.grounded(a.understood(circumstances=a.circumstances(sticky=Sticky(crisis=True)))), WhyNot.AT_RISK),
        (a.grounded(a.understood(says=a.findings(language="es"))), WhyNot.LANGUAGE),
        (a.grounded(a.understood(says=a.findings(language="fr"))), WhyNot.LANGUAGE),
    ],
)  # fmt: skip
def test_there_is_no_draft_and_a_reason_for_it(state: Grounded, expected: WhyNot) -> None:
    assert why(state) is expected


def test_a_desk_that_is_off_writes_nothing() -> None:
    assert why(a.grounded(), Mode.OFF) is WhyNot.MODE_OFF


def test_a_draft_is_written_for_the_person_beside_other_risks() -> None:
    assert draft_of(a.grounded(a.understood(says=a.findings("dispute")))).sentences


def test_a_passage_that_imitates_a_token_is_not_quoted() -> None:
    poisoned = a.passage("Your code is [CREDENTIAL_1].")

    assert why(a.grounded(found=a.hits(poisoned))) is WhyNot.DRAFTER_FAILED


def test_a_message_in_spanish_is_answered_in_spanish() -> None:
    horas = a.passage("Abrimos a las 8.", path="horas.md", language="es", title="Horario")

    draft = draft_of(
        a.grounded(a.understood("¿A qué hora abren?", a.findings(language="es-MX")), a.hits(a.passage(), horas))
    )

    assert draft.language == "es"
    assert "Abrimos a las 8." in draft.text
    assert a.SAYS not in draft.text
    assert a.the_pack().phrases_in("es").disclosure in draft.text


def test_a_part_without_a_source_is_said_to_go_to_a_person() -> None:
    whole = a.hits()
    parts = (Part(our_words("When do you open?"), whole), Part(our_words("Do you sell helicopters?"), NONE))
    state = Grounded(a.understood(), whole, our_words("all"), parts)

    draft = draft_of(state)

    assert draft.partial
    assert draft.unanswered == (our_words("Do you sell helicopters?"),)
    assert draft.confidence == NONE.confidence
    assert a.the_pack().phrases_in("en").partial in draft.text
    assert 'This part of your message needs a person: "Do you sell helicopters".' in draft.text
    assert draft_of(Grounded(a.understood(), whole, our_words("all"), parts[:1])).text.count("needs a person") == 0


@pytest.mark.parametrize(
    "words",
    ["May [NAME_1] come along?", "Is it <b>free</b>?", "Free? Pay at x.example. Now?", "a" * 200, "One\nTwo?", "??"],
)
def test_words_that_a_reply_should_not_repeat_are_not_repeated(words: str) -> None:
    whole = a.hits()
    parts = (Part(our_words("When do you open?"), whole), Part(our_words(words), NONE))

    draft = draft_of(Grounded(a.understood(), whole, our_words("all"), parts))

    assert draft.partial
    assert "needs a person" not in draft.text
    assert a.the_pack().phrases_in("en").partial in draft.text


def test_two_parts_with_sources_are_both_answered_and_nothing_is_said_twice() -> None:
    parking = a.passage("Parking costs $4.", path="parking.md", title="Parking")
    parts = tuple(
        Part(our_words(q), h) for q, h in (("open?", a.hits()), ("park?", a.hits(parking)), ("hours?", a.hits()))
    )
    state = Grounded(a.understood(), a.hits(a.passage(), parking), our_words("all"), parts)

    draft = draft_of(state)

    assert not draft.partial
    assert draft.unanswered == ()
    assert draft.text.count(a.SAYS) == 1
    assert "Parking costs $4." in draft.text
    assert "Opening hours, Parking." in draft.text


def test_a_part_whose_only_source_is_in_another_language_is_unanswered() -> None:
    foreign = a.hits(a.passage("Abrimos a las 8.", path="horas.md", language="es", title="Horario"))
    parts = (Part(our_words("When do you open?"), a.hits()), Part(our_words("And on holidays?"), foreign))

    draft = draft_of(Grounded(a.understood(), a.hits(), our_words("all"), parts))

    assert draft.partial
    assert draft.unanswered == (our_words("And on holidays?"),)


def test_a_nearly_best_passage_written_for_the_intent_is_preferred() -> None:
    other = a.passage("Other words.", path="other.md", intent="billing")

    assert a.SAYS in draft_of(a.grounded(found=a.hits(other, a.passage()))).text


LONG = (
    "The clinic has a garage. It is on Hill Street. Parking costs $4 per day. Except on holidays. "
    "The garage has two levels. Lifts are at the north side. Bicycles can be left outside. "
    "Bring these:\n- a ticket\n- a card"
)  # fmt: skip


def quotes(question: str, text: str = LONG) -> str:
    passage: Passage = a.passage(text)
    return " ".join(passage.text[s.start : s.end] for s in chosen_spans(passage, question))


def test_an_exception_is_quoted_with_its_rule() -> None:
    assert "Parking costs $4 per day. Except on holidays." in quotes("How much does parking cost?")


def test_a_sentence_that_leans_back_brings_the_one_before() -> None:
    quoted = quotes("On which street?")

    assert "The clinic has a garage. It is on Hill Street." in quoted


def test_a_list_comes_with_its_lead_in_and_whole() -> None:
    assert quotes("What do I bring?").endswith("Bring these: - a ticket - a card")
    assert "Bring these: " in quotes("Do I need a ticket?")


def test_what_was_not_asked_is_left_out() -> None:
    assert "Bicycles" not in quotes("How much does parking cost?")


def test_a_short_passage_is_quoted_whole() -> None:
    assert quotes("anything", "One. Two. Three.") == "One. Two. Three."
