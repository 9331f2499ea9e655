"""A policy pack loads whole or not at all, and says what to change."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.pack import Mode, NoticeKind
from vouchsafe.governance.packs import SHIPPED, PackRefused, load_pack

PATIENT_INTENTS = """appointment_book appointment_change appointment_cancel appointment_when appointment_late telehealth
    opening_hours directions_parking visiting_hours new_patient bill_read bill_pay bill_price bill_estimate payment_plan
    payment_failed payment_refund payment_pause payment_cancel financial_help insurance_accepted insurance_referral
    insurance_change records_copy records_transfer records_minor records_amend portal_signup portal_password portal_mfa
    portal_app refill_process lab_results_process forms vaccination_times interpreter accessibility complaint_process
    privacy_question lost_property feedback_thanks after_hours visitor_services volunteering classes_events vendors
    jobs contact_details"""
IT_INTENTS = """vpn password_reset mfa_phone ehr_downtime ehr_documentation printer badge new_starter phishing_report
    email_access shared_drive software_request laptop_problem phone_problem wifi payroll_change account_unlock
    remote_access ehr_access ehr_login scanner label_printer pager room_display training hardware_order mobile_device
    video_call distribution_list calendar file_restore password_manager security_question clinical_app
    order_status"""
POPULATIONS = ("physician", "np ", "resident", "fellow", "nurse", "allied health", "admin", "environmental services")
PERSONAL = {"appointment_when", "payment_refund", "payment_cancel", "order_status"}

Rows = dict[str, Any]


def whole() -> Rows:
    """The shipped patient pack as one mapping, to be spoiled by a test."""
    joined: dict[str, list[object]] = {}
    rows: Rows = {}
    folder = Path(__file__).parents[2] / "src" / "vouchsafe" / "data" / "packs" / "patient"
    for file in sorted(folder.rglob("*.yaml")):
        for key, value in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if key in ("intents", "queues", "notices", "phrases", "holds", "remedies"):
                joined.setdefault(key, []).extend(value)
            else:
                rows[key] = value
    return {**rows, **joined}


def written(folder: Path, rows: Rows, name: str = "desk.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    return path


def refusal(folder: Path, spoil: Callable[[Rows], object]) -> str:
    rows = whole()
    spoil(rows)
    with pytest.raises(PackRefused) as refused:
        load_pack(written(folder, rows))
    return str(refused.value)


def at(rows: Rows, *path: object) -> Rows:
    """The mapping at a path; a word as a step picks the row of that name, id or kind."""
    here: object = rows
    for step in path:
        if isinstance(here, list):
            here = next(
                row for row in here if step in (row.get("name"), row.get("id"), row.get("kind"), row.get("language"))
            )
        else:
            assert isinstance(here, dict)
            here = here[step]
    assert isinstance(here, dict)
    return here


@pytest.mark.parametrize(("name", "intents"), [("patient", PATIENT_INTENTS), ("it", IT_INTENTS)])
def test_a_shipped_pack_has_exactly_the_intents_of_its_desk(name: str, intents: str) -> None:
    pack = load_pack(name=name)

    assert sorted(intent.name for intent in pack.intents) == sorted(intents.split())
    assert [intent.name for intent in pack.intents if len(intent.examples) < 8] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_answers_with_personal_data_wait_for_a_person_and_a_code(name: str) -> None:
    personal = [intent for intent in load_pack(name=name).intents if intent.personal]

    assert {intent.name for intent in personal} == {i.name for i in load_pack(name=name).intents} & PERSONAL
    assert all(intent.mode is Mode.COPILOT and intent.level is Assurance.CODE_VERIFIED for intent in personal)


def test_the_populations_of_a_hospital_speak_in_the_examples_of_the_it_desk() -> None:
    words = " ".join(e for intent in load_pack(name="it").intents for e in intent.examples).casefold()

    assert [population for population in POPULATIONS if population not in words] == []
    assert "biomedical engineer" in words


def test_the_same_folder_gives_the_same_digest_and_a_changed_letter_another(tmp_path: Path) -> None:
    rows = whole()
    first = load_pack(written(tmp_path, rows)).digest
    again = load_pack(written(tmp_path, rows)).digest
    rows["title"] = "Patients' desk"

    assert first == again
    assert load_pack(written(tmp_path, rows)).digest != first
    assert re.fullmatch(r"[0-9a-f]{64}", first)


def test_one_file_and_a_folder_of_the_same_keys_give_the_same_pack(tmp_path: Path) -> None:
    single = load_pack(written(tmp_path, whole()))
    shipped = load_pack()

    assert {i.name: i for i in single.intents} == {i.name: i for i in shipped.intents}
    assert (single.routes, single.queues, single.zone) == (shipped.routes, shipped.queues, shipped.zone)


def test_mode_off_stays_a_mode(tmp_path: Path) -> None:
    # YAML 1.1 reads a bare `off` as false.
    path = written(tmp_path, whole())
    path.write_text(path.read_text(encoding="utf-8").replace("mode: auto", "mode: off", 1), encoding="utf-8")

    assert any(intent.mode is Mode.OFF for intent in load_pack(path).intents)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_notice_exists_in_every_language_with_its_numbers_filled_in(name: str, language: str) -> None:
    pack = load_pack(name=name)
    texts = {kind: pack.notice(kind, language) for kind in NoticeKind}

    assert {notice.language for notice in texts.values()} == {language}
    assert all("{" not in notice.text.replace("{within}", "") for notice in texts.values())
    assert "911" in texts[NoticeKind.URGENT].text
    assert "988" in texts[NoticeKind.CRISIS].text
    assert "911" in texts[NoticeKind.WAITING].text
    assert texts[NoticeKind.SAFE].safe_for_writer
    assert texts[NoticeKind.WAITING].safe_for_writer
    assert "message" not in texts[NoticeKind.SAFE].text.replace("We have your message", "")


@pytest.mark.parametrize("name", SHIPPED)
def test_english_notices_can_be_read_at_eleven(name: str) -> None:
    # Flesch-Kincaid grade 6 is the school year of eleven-year-olds. Source: reading age 9 to 11 of the notices.
    grades = {n.kind: grade(n.text) for n in load_pack(name=name).notices if n.language == "en"}

    assert {kind: value for kind, value in grades.items() if value > 6} == {}


def grade(text: str) -> float:
    """The Flesch-Kincaid grade, syllables counted as groups of vowels."""
    words = re.findall(r"[a-zA-Z]+", text)
    sentences = len(re.findall(r"[.!?](?:\s|$)", text))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


REFUSALS: list[tuple[str, Callable[[Rows], object], str]] = [
    ("unknown key", lambda r: r.update(zonne="x"), r"desk\.yaml:\s+- zonne: .*example"),
    (
        "unknown key of an intent",
        lambda r: at(r, "intents", "forms").update(colour="red"),
        r"intents\.\d+\.colour: .*name: opening_hours",
    ),
    (
        "a number for a text",
        lambda r: r.update(emergency_number=911),
        r'emergency_number: .*example: emergency_number: "911"',
    ),
    ("unknown mode", lambda r: at(r, "intents", "forms").update(mode="full"), r"mode: .*example: mode: copilot"),
    ("missing key", lambda r: r.pop("zone"), r"zone: missing .*America/New_York"),
    ("zone", lambda r: r.update(zone="Mars/Base"), "no IANA time zone"),
    (
        "route to a queue that is not there",
        lambda r: at(r, "routes").update(threat="police"),
        "routes.threat: no queue 'police'",
    ),
    (
        "intent in a queue that is not there",
        lambda r: at(r, "intents", "forms").update(queue="x"),
        "intents.forms.queue: no queue 'x'",
    ),
    (
        "clinical to IT",
        lambda r: at(r, "routes").update(clinical="it_service"),
        "routes.clinical: 'it_service' is not a queue of clinicians",
    ),
    ("crisis to IT", lambda r: at(r, "routes").update(crisis="security"), "routes.crisis: 'security' is not"),
    ("outage without nursing", lambda r: at(r, "routes").update(outage_also="it_service"), "routes.outage_also"),
    (
        "notice missing",
        lambda r: r.update(notices=[n for n in r["notices"] if n["kind"] != "safe" or n["language"] != "es"]),
        "0 texts of kind safe in es",
    ),
    (
        "crisis notice without a number",
        lambda r: at(r, "notices", "crisis").update(text="Hello."),
        "must name the crisis line",
    ),
    ("unknown slot", lambda r: at(r, "notices", "received").update(text="Dear {patient}"), r"unknown slot \{patient\}"),
    ("safe notice not safe", lambda r: at(r, "notices", "safe").update(safe_for_writer=False), "safe_for_writer"),
    ("waiting notice not safe", lambda r: at(r, "notices", "waiting").update(safe_for_writer=False), "safe_for_writer"),
    (
        "waiting notice without a number",
        lambda r: at(r, "notices", "waiting").update(text="Hello."),
        "must name the emergency number",
    ),
    ("phrases missing", lambda r: r.update(phrases=[at(r, "phrases", "en")]), "0 sets in es"),
    (
        "too few examples",
        lambda r: at(r, "intents", "forms").update(examples=["a", "b"]),
        r"forms\.examples: 2; 5 to 20",
    ),
    (
        "example of two intents",
        lambda r: at(r, "intents", "forms")["examples"].append("when is my appointment"),
        "of appointment_when too|of forms too",
    ),
    (
        "own counter-example",
        lambda r: at(r, "intents", "forms").update(counter_examples=["Where can I find your forms?"]),
        "is an example of it too",
    ),
    (
        "credentials without self-service",
        lambda r: at(r, "intents", "portal_password").update(self_service_only=False),
        "self_service_only: true",
    ),
    ("personal without proof", lambda r: at(r, "intents", "appointment_when").update(level=1), "set level: 2 or 3"),
]


@pytest.mark.parametrize(("spoil", "says"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_pack_that_breaks_a_duty_is_refused_with_the_reason(
    tmp_path: Path, spoil: Callable[[Rows], object], says: str
) -> None:
    assert re.search(says, refusal(tmp_path, spoil), re.DOTALL)


def test_a_key_that_stands_twice_is_refused_instead_of_the_last_one_winning(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("title: One\ntitle: Two\n", encoding="utf-8")

    with pytest.raises(PackRefused, match="'title' stands twice"):
        load_pack(tmp_path)


def test_a_key_of_two_files_is_refused_with_both_names(tmp_path: Path) -> None:
    written(tmp_path, whole())
    written(tmp_path, {"title": "Again"}, "more.yaml")

    with pytest.raises(PackRefused, match=r"more\.yaml:\s+- title: stands in desk\.yaml too"):
        load_pack(tmp_path)


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"\xff\xfe", b"a: [", b"&a [*a]"])
def test_a_file_that_is_no_mapping_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.yaml").write_bytes(content)

    with pytest.raises(PackRefused, match=r"odd\.yaml"):
        load_pack(tmp_path)


def test_a_folder_without_files_and_a_name_nobody_ships_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackRefused, match=r"no \.yaml file"):
        load_pack(tmp_path)
    with pytest.raises(PackRefused, match="shipped are patient and it"):
        load_pack(name="dental")
    with pytest.raises(PackRefused, match="no such folder"):
        load_pack(tmp_path / "gone")
