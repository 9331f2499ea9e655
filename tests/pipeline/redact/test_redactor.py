"""The redactor: one conversation, one set of tokens, exact on the way back, closed when it fails."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vouchsafe.domain.identifier import KnownContact, Label, Profile, Token
from vouchsafe.domain.text import PhiText, SafeText, Span
from vouchsafe.pipeline.redact.names_by_model import NamesByModel, with_capitals
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.restoring import UnknownToken, restore
from vouchsafe.pipeline.redact.tagger import Tagged, Tagging, tokens
from vouchsafe.ports.ner import Named, NamedKind

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)
SPICY = st.lists(
    st.sampled_from(
        ["Mary Jones", " ", "mary", "[NAME_1]", "[name 2]", "NAME_", "1", "]", "[", "402-555-0199", "a@b.org", "\u200b", "DATE_3", "\n", "é", "&#64;", "May 5", "🙂", "_"]
    ),
    max_size=14,
).map("".join)  # fmt: skip
LIGHT = Redactor(ner=None)


class Finder:
    """Finds one word and counts how often it is asked; raises where the text holds "boom"."""

    ref = "fake@1"

    def __init__(self, word: str = "Xanthippe") -> None:
        self.word, self.asked = word, 0

    def find(self, text: str) -> tuple[Named, ...]:
        self.asked += 1
        if "boom" in text.lower():
            raise RuntimeError(text)
        at = text.find(self.word)
        return (Named(Span(at, at + len(self.word)), NamedKind.PERSON),) if at >= 0 else ()


def test_the_vector_of_r61_is_found_field_by_field(redactor: Redactor) -> None:
    text = "Alex R. here: appointment May 23, member ID 87234921, and my lower back pain is getting worse."
    redaction = redactor.redact([text])
    found = {token.value.value: token.label for token in redaction.tokens}

    assert found == {"Alex R": Label.NAME, "May 23": Label.DATE, "87234921": Label.HEALTH_PLAN_ID}
    assert redaction.parts[0].text.value == (
        "[NAME_1]. here: appointment [DATE_1], member ID [HEALTH_PLAN_ID_1], and my lower back pain is getting worse."
    )


def test_the_same_words_get_the_same_token_in_every_part(redactor: Redactor) -> None:
    redaction = redactor.redact(["Mary Jones called.", "Call Mary Jones back.", "Re: Mary Jones"])

    assert [part.text.value for part in redaction.parts] == ["[NAME_1] called.", "Call [NAME_1] back.", "Re: [NAME_1]"]


def test_a_name_found_late_is_masked_in_the_turns_before(light: Redactor) -> None:
    redaction = light.redact(["zofka was here", "so zofka again", "my name is Zofka Brandt"])

    assert all("zofka" not in part.text.value.lower() for part in redaction.parts)


def test_tokens_of_earlier_turns_are_kept_and_counted_on(light: Redactor) -> None:
    before = (Token("[NAME_4]", Label.NAME, PhiText("Zofka Brandt")),)
    redaction = light.redact(["Zofka Brandt and Dr. Ngata"], tokens=before)

    assert redaction.parts[0].text.value == "[NAME_4] and Dr. [NAME_5]"
    assert redaction.tokens[0] is before[0]


def test_a_file_name_tells_nobody_s_name(redactor: Redactor) -> None:
    safe = redactor.redact(["Jones_Mary_MRI_1987-03-04.pdf"]).parts[0].text.value

    assert "Jones" not in safe
    assert "Mary" not in safe
    assert "1987" not in safe


def test_text_that_imitates_a_token_pulls_nothing_out_of_the_vault(light: Redactor) -> None:
    vault = (Token("[NAME_1]", Label.NAME, PhiText("Zofka Brandt")),)
    redaction = light.redact(["Please print [NAME_1], [ name 1 ] and NAME_1"], tokens=vault)
    safe = redaction.parts[0].text

    assert "[NAME_1]" not in safe.value
    assert restore(safe, redaction.tokens).value == "Please print [NAME_1], [ name 1 ] and NAME_1"


@pytest.mark.parametrize("bent", ["[NAME_9]", "[name_1]", "[NAME 1]", "NAME_1", "[NAME-1]", "[ NAME_1 ]"])
def test_an_unknown_or_bent_token_is_refused(bent: str) -> None:
    tokens = (Token("[NAME_1]", Label.NAME, PhiText("Zofka")),)
    with pytest.raises(UnknownToken) as refusal:
        restore(SafeText(f"Dear {bent},"), tokens)
    assert "Zofka" not in str(refusal.value)


@given(SPICY | ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_restoring_gives_the_text_as_received(text: str) -> None:
    redaction = LIGHT.redact([text])

    assert restore(redaction.parts[0].text, redaction.tokens).value == text


@given(SPICY | ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_places_are_right_in_both_texts(text: str) -> None:
    redaction = LIGHT.redact([text])
    part = redaction.parts[0]
    values = {token.placeholder: token.value.value for token in redaction.tokens}

    for found, placed in zip(part.found, part.placed, strict=True):
        assert values[part.text.value[placed.start : placed.end]] == text[found.span.start : found.span.end]
    assert all(one.span.end <= other.span.start for one, other in zip(part.found, part.found[1:], strict=False))


@given(SPICY)
@settings(max_examples=60, deadline=None)
def test_redacting_twice_gives_the_same_text_and_no_new_token(text: str) -> None:
    first = LIGHT.redact([text])
    second = LIGHT.redact([text], tokens=first.tokens)

    assert second.parts == first.parts
    assert second.tokens == first.tokens


def test_a_part_that_fails_is_empty_and_the_others_go_on() -> None:
    redaction = Redactor(Finder()).redact(["Xanthippe called", "boom Zzyzx", "fine"])

    assert redaction.failed == (1,)
    assert redaction.parts[1].text.value == ""
    assert redaction.parts[0].text.value == "[NAME_1] called"


def test_a_text_seen_before_is_not_given_to_the_model_again() -> None:
    # Without the tagger, which explains the name itself, so that the model would not be asked at all.
    finder = Finder()
    redactor = Redactor(finder, tagger=None)
    redactor.redact(["Xanthippe called"])
    redactor.redact(["Xanthippe called", "and Xyzzy"])

    assert finder.asked == 2


def test_a_message_without_capitals_is_read_as_if_names_had_them() -> None:
    redaction = Redactor(Finder("Xanthippe")).redact(["please tell xanthippe i am late"])

    assert redaction.parts[0].text.value == "please tell [NAME_1] i am late"


@pytest.mark.parametrize(
    "text",
    [
        "i ned a refil on my colestrol medicen pleese",
        "my granson swalloed a penny wat do i do",
        "the recepshunist was very rood to me on the fone",
    ],
)
def test_misspelt_words_that_the_tagger_rules_out_are_no_names(redactor: Redactor, text: str) -> None:
    assert redactor.redact([text]).parts[0].text.value == text


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("ok zorblatt", 0),  # in no list, small letters: the tagger's word is enough
        ("ok Zorblatt", 0),
        ("ok Mary", 1),  # listed, with a capital: never ruled out
    ],
)
def test_the_model_is_not_asked_about_words_that_the_tagger_rules_out(written: str, times: int) -> None:
    finder = Finder()
    unmoved = Tagging((), [Tagged(one, "O", 0.0) for one in tokens(written)])
    list(NamesByModel(finder).find(written, Profile.STANDARD, (), unmoved))

    assert finder.asked == times


def test_a_clause_in_capitals_is_read_as_if_names_had_them() -> None:
    text = "My mother is not well. SHE IS 92 AND FELL DOWN THE STAIRS WITH ZORBLATT LAST NIGHT. Please call me."

    assert "with Zorblatt last night. Please call me." in with_capitals(text)
    assert len(with_capitals(text)) == len(text)


def test_the_strict_profile_asks_the_model_whatever_the_tagger_says() -> None:
    text = "ok xanthippe"
    unmoved = Tagging((), [Tagged(one, "O", 0.0) for one in tokens(text)])

    assert list(NamesByModel(Finder("Xanthippe")).find(text, Profile.STRICT, (), unmoved))


def test_organisations_count_in_the_strict_profile_only(redactor: Redactor) -> None:
    text = "I work for Zymotech Industries and take the bus."

    assert "Zymotech" not in redactor.redact([text], profile=Profile.STRICT).parts[0].text.value


def test_the_strict_profile_masks_words_that_nothing_explains(by_rule: Redactor) -> None:
    standard = by_rule.redact(["does the Quixwell machine help"]).parts[0].text.value
    strict = by_rule.redact(["does the Quixwell machine help"], profile=Profile.STRICT).parts[0].text.value

    assert "Quixwell" in standard
    assert "Quixwell" not in strict


def test_what_invisible_characters_spell_is_reported_and_redacted(light: Redactor) -> None:
    smuggled = "".join(chr(0xE0000 + ord(one)) for one in "mail mary.jones@example.org")
    removed = light.redact([f"Hello{smuggled}\u200b"]).removed[0].value

    assert "U+200B x1" in removed
    assert "mail [EMAIL_1]" in removed
    assert "mary" not in removed


def test_the_ref_changes_with_the_model_and_the_operator_s_words() -> None:
    refs = {Redactor(None).ref, Redactor(Finder()).ref, Redactor(None, own_words=["Linden Bay"]).ref}

    assert len(refs) == 3
    assert Redactor(None).ref == Redactor(None).ref


def test_several_threads_get_the_same_answer(redactor: Redactor) -> None:
    texts = [f"Mary Jones and Tom Okafor met Priya number {at}" for at in range(8)]
    alone = [redactor.redact([text]) for text in texts]
    answers: list[object] = [None] * len(texts)

    def work(at: int) -> None:
        answers[at] = redactor.redact([texts[at]])

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == alone


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "🙂" * 500, "a" * 100_000, "١٢٣", "שלום", "\u0301" * 300])
def test_odd_texts_are_redacted_without_failing(light: Redactor, text: str) -> None:
    redaction = light.redact([text], known=[KnownContact(names=("", "x"), phones=("",), ids=("",), dates=("",))])

    assert redaction.failed == ()
    assert restore(redaction.parts[0].text, redaction.tokens).value == text


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        (
            "Hola, me siento muy mareado cuando tomo la pastilla. ¿Puedo dejar de tomarla o la mitad? Rogelio Zapatero",
            ["Rogelio", "Zapatero"],
            ["me siento muy mareado", "dejar de tomarla", "la mitad"],
        ),
        (
            "Bonjour, je voudrais changer mon rendez-vous avec le docteur Aurélie Montfaucon parce que je suis malade.",
            ["Aurélie", "Montfaucon"],
            ["changer mon rendez-vous", "je suis malade"],
        ),
    ],
    ids=["es", "fr"],
)
def test_a_message_in_another_language_keeps_what_it_asks(
    redactor: Redactor, text: str, gone: list[str], kept: list[str]
) -> None:
    safe = redactor.redact([text]).parts[0].text.value

    assert [one for one in gone if one in safe] == []
    assert [one for one in kept if one not in safe] == []
