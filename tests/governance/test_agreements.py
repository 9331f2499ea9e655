"""A call is permitted by a complete row and a complete chain alone; every gap is a sentence."""

from datetime import date
from typing import Any

import pytest

from vouchsafe.domain.agreement import Call, DataClass, Feature, Permit, Refusal, Service, Why
from vouchsafe.governance.agreement_facts import blank, shipped_facts
from vouchsafe.governance.agreement_files import AgreementsRefused, read_register
from vouchsafe.governance.agreement_letter import letter
from vouchsafe.governance.agreements import gaps, permit
from vouchsafe.testing.agreements import (
    TERMS,
    TODAY,
    a_call,
    a_paper,
    a_register,
    a_row,
    a_sub_processor,
    an_own_model,
    register_bytes,
)


def refusal(answer: Permit | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def test_a_complete_row_permits_its_call() -> None:
    register = a_register()

    answer = permit(register, a_call(), TODAY)

    assert isinstance(answer, Permit)
    assert (answer.call, answer.party, answer.on) == (a_call(), "Provider Inc.", TODAY)
    assert (answer.agreement, answer.chain, answer.register) == ("provider-chat", ("provider-chat",), register.ref)
    assert not answer.inside


def test_without_a_register_nothing_is_permitted() -> None:
    answer = refusal(permit(None, a_call(), TODAY))

    assert answer.why is Why.NO_REGISTER
    assert "nothing may leave" in answer.says


@pytest.mark.parametrize(
    ("changes", "why", "words"),
    [
        ({"confirmed": None}, Why.UNCONFIRMED, "Nobody has confirmed the row provider-chat"),
        ({"confirmed": {"by": "Ann", "on": "2026-03-03"}}, Why.UNCONFIRMED, "Nobody has confirmed"),
        ({"papers": []}, Why.PAPER, "No signed business associate agreement with Provider Inc."),
        ({"papers": [a_paper(kind="dpa")]}, Why.PAPER, "No signed business associate agreement"),
        ({"papers": [a_paper(ends="2026-03-01")]}, Why.PAPER, "ended on 2026-03-01"),
        ({"papers": [a_paper(signed="2026-03-03")]}, Why.PAPER, "signed for 2026-03-03, which is still to come"),
        ({"papers": [a_paper(terms=TERMS[1:])]}, Why.TERMS, "says nothing on permitted uses"),
        ({"reviewed": None}, Why.REVIEW, "no date of its last and next review"),
        ({"review_by": None}, Why.REVIEW, "no date of its last and next review"),
        ({"review_by": "2026-03-01"}, Why.REVIEW, "due for review on 2026-03-01"),
        ({"no_training": False}, Why.TRAINING, "has not agreed to keep what it is sent out of training"),
        ({"retention_days": None}, Why.RETENTION, "not on record how long Provider Inc. keeps"),
        ({"retention_days": 30}, Why.RETENTION, "for 30 days; this workspace allows 0"),
        ({"region": "eu-central-1"}, Why.REGION, "is for the region eu-central-1, not for us-east-1"),
        ({"models": ["large-1"]}, Why.NOT_COVERED, "does not cover the model large-2"),
        ({"features": ["batch"]}, Why.NOT_COVERED, "does not cover the feature messages"),
        ({"data": ["public"]}, Why.NOT_COVERED, "does not cover data of the class redacted"),
        ({"endpoint": "https://models.provider.example/v2"}, Why.NO_ROW, "names the endpoint https://models.provider"),
        ({"service": "storage", "models": []}, Why.NO_ROW, "No agreement on record names the endpoint"),
        (
            {"sub_processors": [{"party": "Hosting Ltd.", "agreement": "hosting"}]},
            Why.CHAIN,
            "hands data on to Hosting",
        ),
    ],
)
def test_each_gap_refuses_with_its_own_sentence(changes: dict[str, Any], why: Why, words: str) -> None:
    answer = refusal(permit(a_register(a_row(**changes)), a_call(), TODAY))

    assert answer.why is why
    assert words in answer.says
    assert answer.says.endswith(".")


def test_the_last_day_of_a_paper_and_of_a_review_still_count() -> None:
    row = a_row(papers=[a_paper(ends="2026-03-02")], review_by="2026-03-02")

    assert isinstance(permit(a_register(row), a_call(), TODAY), Permit)
    assert isinstance(permit(a_register(row), a_call(), date(2026, 3, 3)), Refusal)


def test_both_papers_are_needed_where_both_are_required() -> None:
    both = a_row(papers=[a_paper(), a_paper(kind="dpa")])

    assert isinstance(permit(a_register(a_row(), requires=["baa", "dpa"]), a_call(), TODAY), Refusal)
    assert isinstance(permit(a_register(both, requires=["baa", "dpa"]), a_call(), TODAY), Permit)


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ({"regions": []}, Why.REGION),
        ({"regions": ["eu-central-1"]}, Why.REGION),
        ({"regions": ["us-east-1"], "jurisdictions": ["DE", "FR"]}, Why.JURISDICTION),
    ],
)
def test_a_place_outside_the_pin_is_refused(pin: dict[str, list[str]], why: Why) -> None:
    assert refusal(permit(a_register(pin=pin), a_call(), TODAY)).why is why


def test_a_region_inside_the_pin_does_not_excuse_a_controlling_company_outside_it() -> None:
    pin = {"regions": ["us-east-1"], "jurisdictions": ["DE"]}

    answer = refusal(permit(a_register(pin=pin), a_call(), TODAY))

    assert answer.says == "Provider Inc. is controlled from US; this workspace is pinned to companies from DE."


def chained(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return a_row(sub_processors=[{"party": "Hosting Ltd.", "agreement": "hosting"}]), a_sub_processor(**changes)


def test_a_complete_chain_down_to_the_sub_processor_permits() -> None:
    answer = permit(a_register(*chained()), a_call(), TODAY)

    assert isinstance(answer, Permit)
    assert answer.chain == ("provider-chat", "hosting")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"papers": []}, "No signed business associate agreement with Hosting Ltd."),
        ({"confirmed": None}, "Nobody has confirmed the row hosting"),
        ({"data": ["public"]}, "does not cover data of the class redacted"),
        ({"review_by": "2026-03-01"}, "due for review"),
        ({"region": "eu-central-1"}, "Hosting Ltd. would process the data in eu-central-1"),
    ],
)
def test_a_gap_at_a_sub_processor_refuses_the_call(changes: dict[str, Any], words: str) -> None:
    assert words in refusal(permit(a_register(*chained(**changes)), a_call(), TODAY)).says


def test_a_sub_processor_of_a_sub_processor_counts_too() -> None:
    provider, hosting = chained(sub_processors=[{"party": "Disks GmbH", "agreement": "disks"}])
    disks = a_sub_processor(id="disks", party="Disks GmbH", under="hosting", papers=[])

    assert "Disks GmbH" in refusal(permit(a_register(provider, hosting, disks), a_call(), TODAY)).says


def test_a_row_borrowed_from_another_party_does_not_close_the_chain() -> None:
    provider, hosting = chained()
    other = a_row(id="other", party="Other Inc.", endpoint="https://other.example/v1")

    answer = permit(a_register(provider, {**hosting, "under": "other"}, other), a_call(), TODAY)

    assert "no agreement between those two" in refusal(answer).says


def serviced(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An installation that a company runs for the clinic: the provider is that company's sub-processor."""
    ours = a_row(
        id="our-own",
        party="CareDesk Inc.",
        service="storage",
        models=[],
        features=["store"],
        endpoint="https://desk.caredesk.example",
        **changes,
    )
    return ours, a_row(link="sub_processor", under="our-own")


def test_whoever_runs_it_for_the_covered_entity_is_a_link_of_the_chain() -> None:
    answer = permit(a_register(*serviced(), operator="our-own"), a_call(), TODAY)

    assert isinstance(answer, Permit)
    assert answer.chain == ("our-own", "provider-chat")


def test_an_operator_without_a_paper_of_its_own_may_hand_nothing_on() -> None:
    answer = refusal(permit(a_register(*serviced(papers=[]), operator="our-own"), a_call(), TODAY))

    assert answer.why is Why.CHAIN
    assert "A link of the chain is missing: No signed business associate agreement with CareDesk Inc." in answer.says


def test_a_provider_beside_the_operator_breaks_the_chain() -> None:
    ours, _ = serviced()

    answer = refusal(permit(a_register(ours, a_row(), operator="our-own"), a_call(), TODAY))

    assert "does not stand under our-own" in answer.says


def own_call(**changes: Any) -> Call:
    return a_call(endpoint="http://127.0.0.1:8000/v1", region="on-premises", **changes)


def test_a_model_on_a_machine_of_ones_own_needs_a_name_and_no_contract() -> None:
    register = a_register(an_own_model(), pin={"regions": []})

    answer = permit(register, own_call(), TODAY)

    assert isinstance(answer, Permit)
    assert answer.inside


def test_a_model_of_ones_own_that_nobody_answers_for_is_refused() -> None:
    answer = refusal(permit(a_register(an_own_model(confirmed=None)), own_call(), TODAY))

    assert answer.why is Why.UNCONFIRMED


def test_of_two_rows_for_one_endpoint_the_one_that_fits_permits() -> None:
    small = a_row(id="small", models=["small-1"])

    assert isinstance(permit(a_register(small, a_row()), a_call(), TODAY), Permit)
    answer = refusal(permit(a_register(small, a_row(confirmed=None)), a_call(), TODAY))
    assert answer.why in {Why.UNCONFIRMED, Why.NOT_COVERED}


@pytest.mark.parametrize("service", [one for one in Service if one is not Service.MODEL])
def test_other_services_need_rows_as_well(service: Service) -> None:
    endpoint = "smtps://relay.mail.example:465"
    row = a_row(service=service.value, models=[], features=["send"], endpoint=endpoint, data=["identified"])
    wanted = Call(service, endpoint, "us-east-1", Feature.SEND, frozenset({DataClass.IDENTIFIED}))

    assert isinstance(permit(a_register(row), wanted, TODAY), Permit)
    assert isinstance(permit(a_register(), wanted, TODAY), Refusal)


def test_every_gap_of_every_row_is_listed() -> None:
    found = gaps(a_register(a_row(papers=[], confirmed=None), an_own_model()), TODAY)

    assert {row: [gap.why for gap in of_row] for row, of_row in found.items()} == {
        "provider-chat": [Why.UNCONFIRMED, Why.PAPER],
        "own-model": [],
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"- a list", "a mapping of keys is expected"),
        (b"a: [", "not readable as YAML"),
        (b"\xff\xfe", "not readable as YAML"),
        (b"x" * 1_000_001, "larger than"),
        (register_bytes(a_row(), a_row()), "provider-chat: stands twice"),
        (register_bytes(a_row(colour="red")), "colour: extra inputs"),
        (register_bytes(a_row(link="friend")), "link: input should be"),
        (register_bytes(a_row(endpoint="http://models.provider.example/v1")), "plain http only to this machine"),
        (register_bytes(a_row(endpoint="https://me:pw@provider.example")), "without log-in"),
        (register_bytes(a_row(endpoint="https://provider.example/v1/")), "slash at the end"),
        (register_bytes(a_row(endpoint="https://Provider.example/v1")), "small letters"),
        (register_bytes(a_row(endpoint="provider.example")), "a full address"),
        (register_bytes(a_row(endpoint="https://provider.example:99999")), "not an address"),
        (register_bytes(a_row(jurisdiction="usa")), "in two capitals"),
        (register_bytes(a_row(models=[])), "models: named for the service model"),
        (register_bytes(a_row(data=[])), "at least one each"),
        (register_bytes(a_row(retention_days=-1)), "retention_days"),
        (register_bytes(a_row(papers=[a_paper(sha256="abc")])), "sha256: 64 small"),
        (register_bytes(a_row(papers=[a_paper(file="../baa.pdf")])), "the bare name"),
        (register_bytes(a_row(papers=[a_paper(ends="2025-05-31")])), "ends: before signed"),
        (register_bytes(a_sub_processor(under=None)), "a sub-processor stands under"),
        (register_bytes(a_sub_processor()), "there is no row provider-chat"),
        (register_bytes(a_row(under="x")), "only a sub-processor stands under"),
        (register_bytes(a_sub_processor(under="hosting")), "leads back to itself"),
        (register_bytes(operator="nobody"), "operator: there is no row nobody"),
        (register_bytes(an_own_model(endpoint="https://8.8.8.8/v1")), "has a private address"),
        (register_bytes(an_own_model(endpoint="https://169.254.169.254/v1")), "has a private address"),
        (register_bytes(an_own_model(endpoint="http://10.0.0.5/v1")), "plain http only to this machine"),
        (register_bytes(requires=[]), "requires"),
        (register_bytes(covered_entity=""), "covered_entity"),
    ],
)
def test_a_register_with_a_mistake_is_refused_whole(content: bytes, words: str) -> None:
    with pytest.raises(AgreementsRefused, match=r"agreement register refused") as refused:
        read_register(content)

    assert words in str(refused.value)


def test_norway_and_plain_dates_are_read_as_written() -> None:
    register = a_register(a_row(jurisdiction="NO", reviewed="2026-01-15"))

    assert register.agreements[0].jurisdiction == "NO"
    assert register.agreements[0].reviewed == date(2026, 1, 15)


def test_another_byte_is_another_version() -> None:
    first, second = register_bytes(), register_bytes() + b"# reviewed\n"

    assert read_register(first).ref != read_register(second).ref


def test_the_blank_register_loads_and_permits_nothing() -> None:
    register = read_register(blank().encode())

    assert all(found for found in gaps(register, TODAY).values())


def test_the_letter_says_endpoint_region_agreement_and_dates() -> None:
    register = a_register(*chained())

    text = letter(register, register.agreements[0], TODAY)

    for words in (
        "https://models.provider.example/v1",
        "us-east-1",
        "Business associate agreement: signed 2025-06-01, ends 2027-05-31",
        "provider-baa.pdf",
        "ab" * 32,
        "2026-01-15, next by 2027-01-15",
        "Ann Lead, privacy officer",
        "Hosting Ltd. (sub-processor, us-east-1, hosting)",
        register.ref,
        "In force:",
    ):
        assert words in text


def test_the_letter_of_a_row_with_a_gap_says_so() -> None:
    register = a_register(a_row(papers=[], confirmed=None))

    text = letter(register, register.agreements[0], TODAY)

    assert "Not in force: vouchsafe refuses every call" in text
    assert "No signed business associate agreement with Provider Inc. is on record" in text
    assert "In force: calls" not in text


def test_shipped_facts_are_dated_sourced_and_contradict_nothing_noted() -> None:
    facts = shipped_facts()

    assert {fact.covered for fact in facts} <= {"yes", "no", "partly"}
    assert all(fact.source and fact.requirement.startswith("R") and fact.noted >= date(2026, 11, 22) for fact in facts)
    assert {fact.party for fact in facts} == {"OpenAI", "Anthropic", "Google", "Microsoft", "Amazon Web Services"}
    (batch,) = [fact for fact in facts if Feature.BATCH in fact.features]
    assert (batch.party, batch.covered) == ("Anthropic", "no")
