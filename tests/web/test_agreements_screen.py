"""Where data goes, on a page: nowhere by default, a refusal in words, the rows with their days, what changed."""

import html as entities
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser
from tests.web.conftest import Bench, Visitor
from tests.web.test_browser import Seat, browser

from vouchsafe.domain.staff import User
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.installing import adopt_register
from vouchsafe.ports.spending import Spend
from vouchsafe.store.model_ledger import PgLedger
from vouchsafe.testing.agreements import (
    ENDPOINT,
    a_paper,
    a_relay,
    a_row,
    a_sub_processor,
    an_own_model,
    register_bytes,
)

__all__ = ["browser"]

EXPIRED = a_paper(ends="2026-02-01")
CALL = {"service": "model", "endpoint": ENDPOINT, "region": "us-east-1", "model": "large-2", "feature": "messages"}


def adopt(bench: Bench, *rows: dict[str, Any]) -> User:
    """Put a register in force, as the administrator."""
    admin = bench.morning.people["admin"]
    adopt_register(bench.morning.app, bench.morning.clinic.workspace, register_bytes(*rows), admin)
    return admin


def configure(bench: Bench, **settings: object) -> None:
    """The installation with other settings, from the next request on."""
    bench.morning.app.settings = bench.morning.app.settings.model_copy(update=settings)


def a_model(bench: Bench) -> None:
    configure(
        bench,
        model_provider="openai_compatible",
        model_endpoint=ENDPOINT,
        model_region="us-east-1",
        model_name="large-2",
    )


def told(visitor: Visitor, address: str = "/agreements") -> str:
    """The page's words without marks."""
    text = re.sub(r"<(script|style).*?</\1>", " ", visitor.get(address).text, flags=re.DOTALL)
    return entities.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def test_the_first_sentence_of_a_fresh_installation_is_nowhere(bench: Bench) -> None:
    words = told(bench.visitor("lead"))

    assert "Where does our data go? Nowhere. No language model and no mail relay is set" in words
    assert "No register was adopted So nothing may leave, whatever is set." in words


def test_whether_data_are_used_for_training_is_answered_with_what_holds_it(bench: Bench) -> None:
    words = told(bench.visitor("privacy"))

    assert "Is our data used for training? No." in words
    assert "Can it be switched off? There is nothing to switch off" in words
    assert "How is data de-identified? For training not at all" in words
    assert "Which controls hold this? Model files are read only if" in words


def test_a_model_whose_paper_ended_is_refused_in_a_sentence_that_names_the_paper_and_the_day(bench: Bench) -> None:
    adopt(bench, a_row(papers=[EXPIRED]))
    a_model(bench)

    words = told(bench.visitor("compliance"))

    assert (
        "To no language model. One is set, and every call to it is refused: The business associate agreement" in words
    )
    assert "Refused today: nothing is sent. The business associate agreement with Provider Inc." in words
    assert "ended on 2026-02-01; renew it before anything is sent" in words
    assert "over for 29 days" in words


def test_a_model_under_a_complete_row_is_named_with_party_and_region(bench: Bench) -> None:
    adopt(bench, a_row())
    a_model(bench)
    words = told(bench.visitor("compliance"))

    assert "To the language model of Provider Inc., in us-east-1. Patients' words go there redacted" in words
    assert "Permitted today , under the agreement provider-chat with Provider Inc." in words


def test_what_the_model_cost_today_and_what_is_left_stands_on_the_page(bench: Bench) -> None:
    a_model(bench)
    configure(bench, model_price_in=3.0, model_cost_a_day=20.0)
    clinic, app = bench.morning.clinic, bench.morning.app
    called = Event(EventType.MODEL_CALLED, system("routing"), Outcome.OK, payload={"attempt": 1})
    ledger = PgLedger(clinic.store, clinic.workspace)
    ledger.reserve(called, Spend(2, 900, 1_500_000), Spend(9, 9_999, 9_999_999), app.clock.now().date())

    words = told(bench.visitor("privacy"))

    assert "Used today (UTC): 2 of 1000 calls, 900 of 1000000 tokens. Cost: 1.50 of 20.00; 18.50 is left." in words
    assert "Once it is used up" not in words
    configure(bench, model_cost_a_day=1.6)
    assert "Once it is used up, cases keep their local drafts" in told(bench.visitor("privacy"))


def test_a_model_on_a_machine_of_our_own_is_said_to_be_that(bench: Bench) -> None:
    row = an_own_model()
    adopt(bench, row)
    configure(
        bench,
        model_provider="openai_compatible",
        model_endpoint=row["endpoint"],
        model_region=row["region"],
        model_name=row["models"][0],
    )

    assert "To a language model on a machine of our own." in told(bench.visitor("admin"))


def test_mail_by_a_relay_without_an_agreement_is_held_and_the_page_says_how_to_end_that(bench: Bench) -> None:
    configure(bench, smtp_relay="relay.provider.example:587", smtp_security="starttls")
    adopt(bench, a_row())
    words = told(bench.visitor("privacy"))

    assert "Nowhere." not in words
    assert "No mail leaves by smtp://relay.provider.example:587: it is held." in words
    assert "No agreement on record names the mail server smtp://relay.provider.example:587." in words
    assert "vouchsafe agreements relay --ours --login YOU" in words
    assert "Pages to staff leave by smtp://relay.provider.example:587 without an agreement." in words
    assert "Held today: it waits in the outbox" in words
    assert "Not covered today, and it goes there all the same." in words


def test_a_relay_with_an_agreement_names_it(bench: Bench) -> None:
    configure(bench, smtp_relay="relay.provider.example:587", smtp_security="starttls")
    adopt(bench, a_relay("smtp://relay.provider.example:587"))
    words = told(bench.visitor("privacy"))

    assert (
        "Mail leaves by smtp://relay.provider.example:587. The agreement relay with Provider Inc. covers it." in words
    )
    assert "Pages to staff leave by" not in words


def test_a_database_server_elsewhere_without_a_row_is_told_as_it_is(bench: Bench) -> None:
    configure(bench, database_url="postgresql+psycopg://us@db.provider.example/vouchsafe?sslmode=verify-full")
    adopt(bench, a_row())
    words = told(bench.visitor("privacy"))

    assert "Rows are kept on the database server postgresql://db.provider.example:5432." in words
    assert "No agreement on record names the endpoint postgresql://db.provider.example:5432" in words


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": ["redacted"]}, "Permitted today"),
        ({"data": ["identified"]}, "does not cover data of the class identified"),
        ({"data": ["redacted"], "region": "eu-west-1"}, "is for the region us-east-1, not for eu-west-1"),
        ({"data": ["redacted"], "model": "other"}, "does not cover the model other"),
        ({"data": ["redacted"], "endpoint": "https://elsewhere.example"}, "No agreement on record names the endpoint"),
        ({"data": ["redacted"], "service": "kms"}, "No agreement on record names the endpoint"),
    ],
)
def test_anybody_who_reads_the_page_may_ask_what_the_register_says_to_a_call(
    bench: Bench, changes: dict[str, Any], says: str
) -> None:
    adopt(bench, a_row())

    assert says in told(bench.visitor("lead"), f"/agreements?{urlencode({**CALL, **changes}, doseq=True)}")


@pytest.mark.parametrize("changes", [{"endpoint": ""}, {"data": []}, {"data": ["gossip"]}, {"service": "oracle"}])
def test_a_call_that_is_none_is_not_asked_and_the_page_says_why(bench: Bench, changes: dict[str, Any]) -> None:
    query = urlencode({**CALL, "data": ["redacted"], **changes}, doseq=True)
    shown = bench.visitor("lead").get(f"/agreements?{query}")

    assert shown.status_code == 422
    assert "Not done." in shown.text


def test_the_refusal_is_told_in_the_language_of_the_page(bench: Bench) -> None:
    adopt(bench, a_row(papers=[EXPIRED]))
    a_model(bench)

    words = told(bench.visitor("compliance"), "/agreements?lang=es")

    assert "El acuerdo de asociado comercial (BAA) con Provider Inc. para provider-chat terminó el 2026-02-01" in words


def test_a_row_shows_its_paper_its_days_and_who_it_hands_data_on_to(bench: Bench) -> None:
    sub = [{"party": "Hosting Ltd.", "agreement": "hosting"}]
    adopt(bench, a_row(sub_processors=sub, review_by="2026-03-20"), a_sub_processor(papers=[EXPIRED]))
    words = told(bench.visitor("admin"))

    assert "Hosting Ltd. hosting" in words
    assert "signed on 2025-06-01: provider-baa.pdf SHA-256 abab" in words
    assert "Next review no later than 2026-03-20 18 days left" in words
    assert "A link of the chain is missing" in words
    assert "2 agreements, 2 refused today" in words
    assert "Where data of" in words, "the written answer"


@pytest.mark.parametrize(
    ("url", "told_so"),
    [
        ("postgresql://vouchsafe:secret-word@db.clinic.example:5432/v", True),
        ("postgresql://v@127.0.0.1/v", False),
        ("postgresql:///v?host=/run/postgresql", False),
        ("", False),
    ],
)
def test_a_database_on_another_machine_is_a_place_where_data_goes(bench: Bench, url: str, *, told_so: bool) -> None:
    configure(bench, database_url=url)
    words = told(bench.visitor("admin"))

    assert ("Rows are kept on the database server postgresql://db.clinic.example:5432." in words) is told_so
    assert ("Nowhere." in words) is not told_so
    assert "secret-word" not in words


def test_versions_are_listed_with_who_adopted_them_and_what_changed(bench: Bench) -> None:
    adopt(bench, a_row(papers=[EXPIRED]))
    bench.morning.clinic.clock.advance(minutes=5)
    adopt(bench, a_row(region="us-west-2"), an_own_model())
    words = told(bench.visitor("compliance"))

    assert "2 versions, the newest first" in words
    assert "Ignatius Okafor, Administrator" in words
    assert "provider-chat region us-east-1 became us-west-2" in words
    assert "provider-chat papers BAA 2025-06-01 – 2026-02-01 became BAA 2025-06-01 – 2027-05-31" in words
    assert "own-model added" in words


def test_opening_the_register_is_on_record_once(bench: Bench) -> None:
    adopt(bench, a_row())
    lead = bench.visitor("lead")
    lead.get("/agreements")
    lead.get("/agreements")

    assert [(who, one["report"]) for who, one in bench.events(EventType.REPORT_READ)] == [
        (bench.person("lead"), "agreements")
    ]


def test_an_agent_is_neither_offered_the_register_nor_shown_it(bench: Bench) -> None:
    agent = bench.visitor("agent")

    assert 'href="/agreements"' not in agent.get("/queue").text
    assert agent.get("/agreements").status_code == 403


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_scrolls_sideways(bench: Bench, browser: Browser) -> None:
    seat = Seat(browser, bench, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    seat.log_in("compliance")
    seat.looked("/agreements", "agreements-nowhere")
    sub = [{"party": "Hosting Ltd.", "agreement": "hosting"}]
    adopt(bench, a_row(papers=[EXPIRED], sub_processors=sub), a_sub_processor())
    bench.morning.clinic.clock.advance(minutes=5)
    adopt(
        bench,
        a_row(papers=[EXPIRED], sub_processors=sub, confirmed=None),
        a_sub_processor(review_by="2026-03-20"),
        an_own_model(),
    )
    a_model(bench)
    configure(bench, smtp_relay="relay.provider.example:587", smtp_security="starttls")
    seat.looked("/agreements", "agreements-blocked")
    seat.looked("/agreements?lang=es", "agreements-es")
    seat.page.goto("/agreements?lang=en")

    seat.page.focus("#endpoint")
    seat.page.keyboard.type("https://elsewhere.example/v1")
    seat.page.keyboard.press("Enter")
    seat.page.wait_for_selector("#asked")
    seat.looked("", "agreements-asked")

    assert seat.found == []
    assert seat.complaints == []
    seat.context.close()
