"""The support check: what an embedding cannot see, words can."""

from collections.abc import Sequence

import numpy as np
import pytest

from vouchsafe.pipeline.draft.support import check, is_verbatim
from vouchsafe.ports.embedder import Vectors

SOURCE = (
    "You must bring a photo card to the front desk. A copy on paper costs $5 for the first 20 pages. "
    "You can pay online within 30 days. Do not pay at the desk. Visits are not moved on holidays.\n- Ask Dr. Okafor."
)
PAGE = (
    "Parking in the Dune Street garage costs $3 for each hour, and at most $12 for a day. "
    "The garage is open every day from 6:00 to 23:00. Patients pay at most $4 when the front desk stamps the ticket. "
    "Flowers are welcome on all wards except Ward 4 West. No appointment is needed for the urgent care desk. "
    "Unless a visit is cancelled in time, a fee of $35 applies. A complaint is answered within 15 working days. "
    "Most requests are usually ready within 7 days. Children under 12 may visit together with an adult. "
    "Cash is taken at the front desk of the main clinic only. The portal is free of charge. "
    "The main clinic is closed on Sundays. The fee for a late cancellation is $35. Forms are available in Spanish. "
    "Visitors register at the desk and receive a badge. The billing office answers every request for a refund."
)
PAGINA = (
    "La clínica principal abre de lunes a viernes de 8:00 a 18:00. Cambiar una cita es gratis si lo hace al menos 24 "
    "horas antes. Usted puede pagar su factura en línea. Nunca pedimos números de tarjeta por correo electrónico. "
    "El enlace es válido durante 30 minutos. Las facturas vencen 30 días después de la fecha. "
    "Los menores de 18 años no pueden interpretar. El efectivo se acepta solo en la recepción."
)


class SameForAll:
    """An encoder that finds everything alike: the rules have to do the work alone."""

    ref = "same@1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        rows[:, 0] = 1.0
        return rows


@pytest.mark.parametrize(
    "sentence",
    [
        "You can pay online within 30 days.",
        "You can pay  online\nwithin 30 days.",
        "You can pay online within 30 days",
        "You can pay online within 30 days. Do not pay at the desk.",
        "Ask Dr. Okafor.",
    ],
)
def test_whole_sentences_of_a_source_are_always_supported(sentence: str) -> None:
    verdict = check(sentence, [SOURCE], SameForAll())

    assert (verdict.supported, verdict.score, verdict.reasons) == (True, 1.0, ())


def test_quotes_and_dashes_may_be_of_another_kind() -> None:
    assert is_verbatim("Say 'hello' - it's fine.", "Say ‘hello’ – it’s fine.")


def test_a_part_of_a_sentence_is_not_verbatim() -> None:
    assert not is_verbatim("Pay at the desk.", SOURCE)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("You can pay online within 60 days.", "a number, time, amount or address"),
        ("You can pay online within 30 weeks.", "a number, time, amount or address"),
        ("A copy on paper costs $5 for the first 20 copies.", "counts something else"),
        ("You can not pay online within 30 days.", "yes or no"),
        ("Pay at the desk.", "yes or no"),
        ("Visits are moved on holidays.", "yes or no"),
        ("You may bring a photo card to the front desk.", "must be and what may be"),
        ("You can pay by mail within 30 days.", "a word of the sentence"),
        ("You can pay online within 30 days at the Northgate desk.", "a name is not"),
        ("The cafeteria serves breakfast to visitors all morning.", "a word of the sentence"),
        ("I can pay online within 30 days.", "about the writer"),
    ],
)
def test_what_changes_the_meaning_is_not_supported_and_says_why(sentence: str, reason: str) -> None:
    verdict = check(sentence, [SOURCE], SameForAll())

    assert not verdict.supported
    assert verdict.score < 0.5
    assert any(reason in said for said in verdict.reasons)


@pytest.mark.parametrize(
    "sentence",
    [
        "Parking in the Dune Street garage is $3 per hour, with a maximum of twelve dollars per day.",
        "Every day, the garage is open from 6 a.m. to 11 p.m.",
        "Flowers are welcome on all wards, except for Ward 4 West.",
        "You do not need an appointment for the urgent care desk.",
        "If a visit is not cancelled in time, a $35 fee applies.",
        "We answer complaints within fifteen business days.",
        "Children younger than 12 may visit together with an adult.",
        "The portal costs nothing.",
        "On Sundays the main clinic is closed.",
        "Thanks for asking! The portal is free.",
        "Yes, forms are available in Spanish.",
    ],
)
def test_the_same_said_in_other_words_is_supported(sentence: str) -> None:
    verdict = check(sentence, [PAGE], SameForAll())

    assert (verdict.supported, verdict.reasons) == (True, ())
    assert verdict.score >= 0.5


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Parking in the Dune Street garage is $12 per hour.", "belongs to something else"),
        ("Parking in the Dune Street garage costs $12 for a day.", "a bound of a number"),
        ("The garage is open every day from 6 p.m. to 11 p.m.", "a number, time"),
        ("You pay at most $4.", "exception or condition of the sources is left out"),
        ("Flowers are welcome on all wards.", "exception or condition of the sources is left out"),
        ("Flowers are welcome on some wards except Ward 4 West.", "a word of the sentence"),
        ("An appointment is needed for the urgent care desk.", "yes or no"),
        ("No appointment is not needed for the urgent care desk.", "yes or no"),
        ("If a visit is cancelled in time, a fee of $35 applies.", "yes or no"),
        ("Requests are ready within 7 days.", "more or less certain"),
        ("The portal might be free of charge.", "more or less certain"),
        ("Cash is taken at the front desk of the main clinic.", "left out"),
        ("The portal is free of charge only for new patients.", "a word of the sentence"),
        ("The main clinic is open on Sundays.", "a word of the sentence"),
        ("Forms are unavailable in Spanish.", "yes or no"),
        ("Visitors can register at the desk.", "must be and what may be"),
        ("A refund answers every request for the billing office.", "who does what"),
        ("Right after 20 days a complaint is answered.", "a number, time"),
    ],
)
def test_a_changed_meaning_is_found_in_other_words_too(sentence: str, reason: str) -> None:
    verdict = check(sentence, [PAGE], SameForAll())

    assert not verdict.supported
    assert any(reason in said for said in verdict.reasons), verdict.reasons


@pytest.mark.parametrize(
    "sentence",
    [
        "De lunes a viernes, la clínica principal abre de 8:00 a 18:00.",
        "Puede pagar su factura por internet.",
        "El enlace funciona durante treinta minutos.",
        "Los menores de dieciocho años no pueden interpretar.",
    ],
)
def test_spanish_in_other_words_is_supported(sentence: str) -> None:
    assert check(sentence, [PAGINA], SameForAll()).reasons == ()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("La clínica principal abre de lunes a sábado de 8:00 a 18:00.", "a word of the sentence"),
        ("El enlace es válido durante 30 horas.", "a number, time"),
        ("El enlace es válido durante cuarenta minutos.", "a number, time"),
        ("El enlace no es válido durante 30 minutos.", "yes or no"),
        ("Pedimos números de tarjeta por correo electrónico.", "yes or no"),
        ("Los menores de 18 años pueden interpretar.", "yes or no"),
        ("Usted debe pagar su factura en línea.", "must be and what may be"),
        ("Cambiar una cita es gratis.", "left out"),
        ("Las facturas vencen 30 días antes de la fecha.", "a word of the sentence"),
        ("El efectivo se acepta en la recepción.", "left out"),
        ("You can pay your bill online.", "a word of the sentence"),
    ],
)
def test_a_changed_meaning_is_found_in_spanish(sentence: str, reason: str) -> None:
    verdict = check(sentence, [PAGINA], SameForAll())

    assert not verdict.supported
    assert any(reason in said for said in verdict.reasons), verdict.reasons


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [("", [SOURCE]), ("...", [SOURCE]), ("You can pay online.", []), ("Thank you!", [SOURCE]), ("Hello,", [SOURCE])],
)
def test_nothing_supports_nothing(sentence: str, sources: list[str]) -> None:
    verdict = check(sentence, sources, SameForAll())

    assert (verdict.supported, verdict.score) == (False, 0.0)


def test_a_no_that_begins_a_statement_is_not_taken_for_an_answer() -> None:
    source = "An appointment is needed for the urgent care desk."

    assert not check("No appointment is needed for the urgent care desk.", [source], SameForAll()).supported
    assert check("No, an appointment is needed for the urgent care desk.", [source], SameForAll()).supported
