"""The workbench in Spanish: chosen for a browser, every word of its pages there, what is filled in kept."""

import re
from pathlib import Path

import pytest
from tests.web.conftest import Bench

from vouchsafe.casework.keys import KEYS
from vouchsafe.casework.why import no_draft
from vouchsafe.domain.draft import WhyNot
from vouchsafe.governance.training import TRAINING
from vouchsafe.web import server
from vouchsafe.web.screens.agreements import sheet
from vouchsafe.web.screens.alarms.screen import CAUSES, TIERS
from vouchsafe.web.screens.knowledge.doubts import DIFFERS, DOUBTS
from vouchsafe.web.screens.knowledge.revision import FACTS
from vouchsafe.web.screens.knowledge.screen import LEFT
from vouchsafe.web.screens.knowledge.shelf import AUDIENCES, NOBODY, SOURCES, STATES
from vouchsafe.web.words import LANGUAGES, catalogue, translator

SCREENS = Path(server.__file__).parent / "screens"
PATIENTS = {"form", "widget"}
_TEXT = re.compile(r"""\b_\(\s*(?:"([^"]*)"|'([^']*)')""")
_NAME = re.compile(r"\{[a-z_]+\}")


def texts() -> set[str]:
    """Every text that a template of the workbench asks for by itself."""
    pages = [one for one in SCREENS.rglob("*.html") if one.parent.name not in PATIENTS]
    return {found[0] or found[1] for page in pages for found in _TEXT.findall(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_of_every_page_is_translated(language: str) -> None:
    known = catalogue(language)
    figures = {*CAUSES.values(), *TIERS.values(), *(one.partition(":")[0] for one in TIERS.values())}
    figures |= {*FACTS.values(), *LEFT.values(), *AUDIENCES.values(), *SOURCES.values(), NOBODY}
    figures |= {one.words for one in STATES.values()} | {*DOUBTS.values(), *DIFFERS.values()}
    figures |= {*sheet.SERVICES.values(), *sheet.LINKS.values(), *sheet.CLASSES.values(), *sheet.PAPERS.values()}
    figures |= {*sheet.FIELDS.values(), sheet.ADDED, sheet.ENDED, "next review"}
    figures |= {words for one in TRAINING for words in (one.question, one.answer)}
    fixed = figures | {one.says for one in KEYS} | {no_draft(why) for why in WhyNot} | set(server._TITLES.values())

    assert (texts() | fixed) - set(known) == set()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_a_translation_keeps_every_name_that_is_filled_in(language: str) -> None:
    changed = {
        text for text, found in catalogue(language).items() if set(_NAME.findall(text)) != set(_NAME.findall(found))
    }

    assert changed == set()


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("due in 6 min", "vence en 6 min"),
        ("late by 2 days", "con retraso de 2 días"),
        ("paged 9 min ago, no answer yet", "avisado hace 9 min, sin respuesta aún"),
        ("held: no source answers this", "retenido: ninguna fuente responde a esto"),
        ("with Ada Byron", "con Ada Byron"),
        ("a sentence nobody translated", "a sentence nobody translated"),
        ("late by {time}", "con retraso de {time}"),
    ],
)
def test_a_sentence_that_comes_filled_in_is_translated_with_what_is_in_it(english: str, spanish: str) -> None:
    assert translator("es")(english) == spanish
    assert translator("en")(english) == english


def test_a_browser_keeps_the_language_that_was_chosen(bench: Bench) -> None:
    agent = bench.visitor("agent")
    assert '<html lang="en"' in agent.get("/queue").text

    chosen = agent.get("/queue?lang=es")
    assert '<html lang="es"' in chosen.text
    page = agent.get("/queue").text
    assert "Todo lo que espera" in page
    assert "borrador listo" in page
    assert "Recepción" in page
    assert 'href="/queue?lang=en"' in page

    assert '<html lang="en"' in agent.get("/queue?lang=en").text
    assert "All that waits" in agent.get("/queue").text


def test_the_log_in_page_offers_the_language_and_unknown_ones_change_nothing(bench: Bench) -> None:
    stranger = bench.visitor()

    assert "Iniciar sesión" in stranger.get("/login?lang=es").text
    assert "Iniciar sesión" in stranger.get("/login").text
    assert "Iniciar sesión" in stranger.get("/login?lang=xx").text


def test_a_page_that_answers_a_form_leads_to_a_page_that_can_be_opened(bench: Bench) -> None:
    agent = bench.visitor("agent")
    case = bench.morning.cases["draft"]
    page = agent.post(f"/cases/{case}/reveal", f"/cases/{case}", reason="she is on the phone").text

    assert 'href="/?lang=es"' in page
    assert '<html lang="es"' in agent.client.get("/?lang=es", follow_redirects=True).text


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "it is not known whether a reply left at 2026-03-02 09:07:00 UTC; a notice left at 2026-03-02 09:03:00 UTC",
            "no se sabe si salió una respuesta el 2026-03-02 09:07:00 UTC; salió un aviso el 2026-03-02 09:03:00 UTC",
        ),
        (
            "a person must look: the reply could not be handed over; signed by Ada Byron, Front desk",
            "una persona debe mirarlo: no se pudo entregar la respuesta; lo firmó Ada Byron, Front desk",
        ),
        ("nobody is to answer: Ada Byron closed the case", "no queda nada por responder: Ada Byron cerró el caso"),
        (
            "a person answers: The case went to it, with a page.",
            "responde una persona: El caso pasó a it, con un aviso urgente.",
        ),
        (
            "The message was recognised as hours; no rule and no score spoke.",
            "El mensaje se reconoció como hours; ninguna regla ni puntuación se pronunció.",
        ),
    ],
)
def test_the_top_of_a_decision_is_translated(english: str, spanish: str) -> None:
    assert translator("es")(english) == spanish
