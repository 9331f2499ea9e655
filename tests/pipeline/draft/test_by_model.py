"""What a model writes is believed in nothing: indexes of this prompt alone, every sentence judged, nothing smuggled."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from vouchsafe.domain.agreement import DataClass
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Draft, Origin, Sentence
from vouchsafe.domain.passage import Scope
from vouchsafe.domain.prompt import Prompt, Template
from vouchsafe.pipeline.draft import by_model
from vouchsafe.pipeline.draft.by_model import (
    Refused,
    Unusable,
    complete,
    dressed,
    question,
    remembering,
    stopped,
    supported,
    written,
)
from vouchsafe.pipeline.redact.fixed import our_message, our_words
from vouchsafe.ports.model import Stop
from vouchsafe.testing import builders as a
from vouchsafe.testing.models import a_scope

TEMPLATE = Template("draft_1", "Answer.")
HOURS = a.passage()
PARKING = a.passage(
    "Parking costs $9 a day. Pay at the machine. Questions? Call 402-555-0100 or see www.clinic.example/parking.",
    path="parking.md",
    title="Parking",
)
PAGES = (HOURS, PARKING)


@dataclass(frozen=True)
class Says:
    """A support check's verdict."""

    supported: bool
    reasons: tuple[str, ...] = ()


def believing(_sentence: str, _sources: Sequence[str]) -> Says:
    return Says(supported=True)


def doubting(_sentence: str, _sources: Sequence[str]) -> Says:
    return Says(supported=False, reasons=("a number is not in the sources",))


def read(answer: str, check: by_model.Check = believing, language: str = "en") -> Draft | Refused:
    prompt = Prompt(TEMPLATE, our_message("hello"), PAGES, a_scope())
    local = replace(a.draft(), language=language)
    return written(our_words(answer), prompt, local, check, our_words)


def sentences(answer: str, check: by_model.Check = believing) -> tuple[Sentence, ...]:
    draft = read(answer, check)
    assert isinstance(draft, Draft), draft
    return draft.sentences


def why(answer: str, language: str = "en") -> Unusable:
    refused = read(answer, language=language)
    assert isinstance(refused, Refused), refused
    return refused.why


def test_a_sentence_word_for_word_is_a_quotation_of_the_span_it_cites() -> None:
    (one,) = sentences("the clinic is  open monday to friday from 8:00 to 17:30 . [1]".replace(" .", "."))

    assert one.origin is Origin.VERBATIM
    assert one.text.value == a.SAYS
    assert one.citation is not None
    assert HOURS.text[one.citation.span.start : one.citation.span.end] == a.SAYS


def test_other_wording_is_the_model_s_with_the_verdict_and_the_nearest_sentence() -> None:
    (one,) = sentences("You pay at the machine. [2]", doubting)

    assert one.origin is Origin.MODEL
    assert (one.supported, one.reasons) == (False, ("a number is not in the sources",))
    assert one.citation is not None
    assert PARKING.text[one.citation.span.start : one.citation.span.end] == "Pay at the machine."


def test_a_part_of_a_sentence_is_no_quotation() -> None:
    (one,) = sentences("Open Monday to Friday. [1]")

    assert one.origin is Origin.MODEL


def test_a_true_sentence_under_the_wrong_number_is_no_quotation() -> None:
    (one,) = sentences(f"{a.SAYS} [2]", doubting)

    assert one.origin is Origin.MODEL
    assert not one.supported


@pytest.mark.parametrize("index", ["", "[0]", "[3]", "[999]"])
def test_an_index_that_no_passage_has_supports_nothing(index: str) -> None:
    (one,) = sentences(f"Parking is free for everybody. {index}")

    assert one.citation is None
    assert not one.supported
    assert one.reasons == ("it names no passage",)


@pytest.mark.parametrize(
    "answer",
    [
        "Pay at the machine. [2]\nParking is where it was. [2]",
        "Pay at the machine. [2] Parking is where it was. [2]",
        "Pay at the machine [2]. Parking is where it was [2].",
        "- Pay at the machine. [2]\n- Parking is where it was. [2]",
        "* **Pay at the machine.** [2]\n* Parking is where it was. [1, 2]",
        "Pay at the machine. Parking is where it was. [2]",
        "Pay at the machine.[1][2]\n\nParking is where it was.[2]\n",
    ],
)
def test_the_forms_in_which_models_cite_are_read(answer: str) -> None:
    found = sentences(answer)

    assert len(found) == 2
    assert all(one.citation is not None for one in found)
    assert not any("[" in one.text.value for one in found)


def test_placeholders_are_no_indexes() -> None:
    (one,) = sentences("[NAME_1], pay at the machine. [2]")

    assert one.text.value == "[NAME_1], pay at the machine."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", Unusable.NO_ANSWER),
        (" \n ", Unusable.NO_ANSWER),
        ("NO ANSWER", Unusable.NO_ANSWER),
        ("No answer.", Unusable.NO_ANSWER),
        ("[1] [2]", Unusable.NO_ANSWER),
        ("Pay at the machine. [2]\n" * 21, Unusable.LONG),
        ("Pay. " * 1000, Unusable.LONG),
        ("Pay at the ma\u200bchine. [2]", Unusable.UNPRINTABLE),
        ("Pay at the machine.\x00 [2]", Unusable.UNPRINTABLE),
        ("Pay at the \u202emachine. [2]", Unusable.UNPRINTABLE),
        ("Pay at the m\u0430chine. [2]", Unusable.UNPRINTABLE),  # a Cyrillic a
        ("Pay \uff19 dollars. [2]", Unusable.UNPRINTABLE),
        ("Pay at the machine \U0001f600. [2]", Unusable.UNPRINTABLE),
        ("\U000e0041Pay at the machine. [2]", Unusable.UNPRINTABLE),
        ("Pay <b>now</b>. [2]", Unusable.MARKUP),
        ("<script>pay()</script> [2]", Unusable.MARKUP),
        ("See [the page](other.page). [2]", Unusable.MARKUP),
        ("![pay](x) [2]", Unusable.MARKUP),
        ("# Pay [2]", Unusable.MARKUP),
        ("| a | b | [2]", Unusable.MARKUP),
        ("```\npay\n``` [2]", Unusable.MARKUP),
        ("Pay {{ secret }}. [2]", Unusable.MARKUP),
        ("Pay &lt;now&gt;. [2]", Unusable.MARKUP),
        ("[NA`ME_1] pays. [2]", Unusable.MARKUP),
        ("Pay at https://evil.example/x. [2]", Unusable.ADDRESS),
        ("Pay at evil.example. [2]", Unusable.ADDRESS),
        ("Pay at www.evil.example. [2]", Unusable.ADDRESS),
        ("Click javascript:alert(1). [2]", Unusable.ADDRESS),
        ("Write to pay@evil.example. [2]", Unusable.ADDRESS),
        ("Call 900-555-0177. [2]", Unusable.ADDRESS),
        ("Call 402-555-0100. [1]", Unusable.ADDRESS),  # a number of the clinic, from the wrong passage
        ("Call 4025550101. [2]", Unusable.ADDRESS),
        ("See www.clinic.example/parking/pay. [2]", Unusable.ADDRESS),
        ("Parking costs $19 a day. [2]", Unusable.AMOUNT),
        ("Parking costs $9.50 a day. [2]", Unusable.AMOUNT),
        ("Parking costs 9 dollars a day. [2]", Unusable.AMOUNT),
        ("You get 50% back. [2]", Unusable.AMOUNT),
        ("Parking costs $9 a day. [1]", Unusable.AMOUNT),
        ("Die Klinik ist von Montag bis Freitag für Sie da und nicht am Sonntag. [1]", Unusable.LANGUAGE),
    ],
)
def test_what_could_carry_something_else_is_not_used_at_all(answer: str, reason: Unusable) -> None:
    assert why(answer) is reason


def test_an_answer_in_english_to_a_message_in_spanish_is_not_used() -> None:
    assert why("You can pay at the machine when you leave. [2]", language="es") is Unusable.LANGUAGE


def test_values_of_the_cited_passage_are_taken() -> None:
    found = sentences("Parking is $9 a day, call 402-555-0100 or open www.clinic.example/parking. [2]")

    assert [one.citation is not None for one in found] == [True]


@pytest.mark.parametrize(
    ("stop", "reason"), [(Stop.LENGTH, Unusable.CUT_OFF), (Stop.REFUSED, Unusable.DECLINED), (Stop.END, None)]
)
def test_an_answer_that_broke_off_or_was_declined_is_not_read(stop: Stop, reason: Unusable | None) -> None:
    refused = stopped(stop)

    assert (refused.why if refused else None) is reason


def test_the_draft_stands_between_the_approved_phrases_and_names_its_sources() -> None:
    draft = read(f"{a.SAYS} [1]\nPay at the machine. [2]")
    assert isinstance(draft, Draft)
    pack = a.the_pack()

    whole = dressed(draft, pack, our_words)

    phrases = pack.phrases_in("en")
    assert whole.text.startswith(phrases.greeting)
    assert f"{phrases.sources_lead} Opening hours, Parking." in whole.text
    assert phrases.disclosure in whole.text
    assert whole.prompt == TEMPLATE.ref
    assert supported(draft) == 2


def test_a_question_holds_passages_that_the_reader_may_see_in_the_language_of_the_draft() -> None:
    closed = a.passage("For staff only.", path="staff.md", audience=frozenset({"staff"}))
    spanish = a.passage("Abrimos a las 8.", path="horas.md", language="es")
    posing = a.passage("Your code is [CREDENTIAL_1].", path="posing.md")
    state = a.drafted(a.grounded(found=a.hits(closed, spanish, posing, HOURS)))

    asked = question(state, our_message("hello"), TEMPLATE, a_scope(), a.the_pack())

    assert asked is not None
    assert asked.prompt.passages == (HOURS,)
    assert asked.data == {DataClass.REDACTED}
    assert asked.case == state.grounded.understood.redacted.head.id


def test_once_an_injection_was_found_only_public_passages_are_shown() -> None:
    patients = a.passage("For patients.", path="patients.md", audience=frozenset({"patient"}))
    state = a.drafted(a.grounded(found=a.hits(patients, HOURS)))
    scope = Scope(frozenset({"public", "patient"}), Assurance.ANONYMOUS, a_scope().on, public_only=True)

    asked = question(state, our_message("hello"), TEMPLATE, scope, a.the_pack())

    assert asked is not None
    assert asked.prompt.passages == (HOURS,)


def test_without_a_passage_to_show_nothing_is_asked() -> None:
    state = a.drafted(a.grounded(found=a.hits(a.passage(audience=frozenset({"staff"})))))

    assert question(state, our_message("hello"), TEMPLATE, a_scope(), a.the_pack()) is None


def test_pages_for_staff_count_as_words_of_staff() -> None:
    page = a.passage(audience=frozenset({"staff"}))
    state = a.drafted(a.grounded(found=a.hits(page)))

    asked = question(state, our_message("hello"), TEMPLATE, a_scope("staff"), a.the_pack("it"))

    assert asked is not None
    assert asked.data == {DataClass.REDACTED, DataClass.STAFF}


@pytest.mark.parametrize(
    ("so_far", "whole"),
    [
        ("", ""),
        ("We are open", ""),
        ("We are open. [1", ""),
        ("We are open. [1]", ""),  # another index, or a stop, may follow
        ("We are open. [1]\n", "We are open. [1]\n"),
        ("We are open. [1] P", "We are open. [1] "),
        ("We are open [1].", ""),
        ("We are open [1]. [2", ""),
        ("We are open [1]. [2] P", "We are open [1]. [2] "),
        ("We are open. [1]\n[2]", "We are open. [1]\n"),
        ("We are open. [1]\n\n**", "We are open. [1]\n\n"),
        ("We are open. [1] **", ""),
        ("We are open. [1]\n- Pay", "We are open. [1]\n"),
        ("A. B. C", ""),  # an index later in the line counts for all of them
    ],
)
def test_a_sentence_is_whole_once_nothing_that_follows_can_change_it(so_far: str, whole: str) -> None:
    assert complete(so_far) == whole


def test_the_sentences_of_each_whole_part_are_the_first_ones_of_the_answer() -> None:
    pieces = ["We are open. ", "Pay here", "[1]", " [2]", "[1, 2] ", ".", "!", "\n", "- ", " See", " 12 of 14. ", "**"]
    chance, compared = random.Random(20_260_302), 0
    for _ in range(400):
        answer = "".join(chance.choices(pieces, k=chance.randint(2, 12)))
        final = read(answer)
        for end in range(len(answer)):
            part = complete(answer[:end])
            early = read(part) if part else None
            if isinstance(final, Draft) and isinstance(early, Draft):
                assert final.sentences[: len(early.sentences)] == early.sentences, answer
                compared += 1
    assert compared > 1000


def test_a_check_that_remembers_asks_once_for_the_same_sentence_and_sources() -> None:
    asked: list[str] = []

    def check(sentence: str, sources: Sequence[str]) -> Says:
        asked.append(f"{sentence} {len(sources)}")
        return Says(supported=True)

    remembered = remembering(check)
    for sources in (["a"], ["a"], ["a", "b"]):
        assert remembered("We are open.", sources).supported

    assert asked == ["We are open. 1", "We are open. 2"]
