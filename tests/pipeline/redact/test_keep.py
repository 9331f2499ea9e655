"""What a message needs to stay useful stays: doses, values, codes, prices, times, eponyms, drugs."""

import pytest

from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd

STAYS = [
    "Take 500 mg metformin twice daily with 250 ml water",
    "My A1c was 7.2 and my LDL 131 last year",
    "BP 128/82, pulse 72, SpO2 97 %, weight 182 lb",
    "What does CPT 99213 cost, and ICD-10 E11.9?",
    "The bill says $1,250.00 and I paid 45 dollars",
    "Are you open at 8:30 am on Tuesday?",
    "Are you open on Thanksgiving?",
    "Is this Parkinson's disease or Crohn's?",
    "I take lisinopril, Ozempic and atorvastatin for hypertension",
    "My COVID-19 test and my 24/7 line",
    "I am 45 years old and 5 ft 10 in",
    "Please refill my prescription. May I call you sooner?",
    "Will you mark my request as urgent?",
    "Can I change my appointment to next Monday afternoon?",
    "Epic is down on 3 East and nobody can log in",
    "Error code 500 on Windows 11 since 7:45",
    "How do I reset my password? My password is not working",
    "It hurts 8/10, 1/2 tablet did not help",
    "The pain is sharp on the left side, 8/10. It was 4/10 on arrival",
    "What is the difference between CPT 99213 and 99214, and code 73721?",
    "The claim was denied, reason CO-197",
    "Driver version 6.9.0.24630 and Chrome 126.0.6478.127",
    "I was told by Customer Service to go to Urgent Care",
    "i was at the hospital all day, then at work, on the third floor",
    "Which floor is it, the 3rd floor?",
    "Is patient_education_asthma_en_v4.pdf there? And IMG_4471.HEIC and scan0007.tif?",
    "I went from 180 to 165 pounds, and my A1c from 9.2 to 7.1",
    "Click http://secure-verify-health.example to unlock",
]


@pytest.mark.parametrize("text", STAYS)
def test_a_useful_text_stays_as_it_is(redactor: Redactor, text: str) -> None:
    assert redactor.redact([text]).parts[0].text.value == text


def test_the_operator_s_own_words_stay_unless_a_record_says_otherwise() -> None:
    ours = Redactor(None, own_words=["Linden Bay Clinic"])

    assert ours.redact(["Is Linden Bay Clinic open?"]).parts[0].found == ()


@pytest.mark.parametrize("text", ["Linden called", "see Mr. Bay", "I am Linden Bay", "Maria Linden Bay Clinicson"])
def test_a_part_of_an_own_name_is_no_own_name(text: str) -> None:
    ours = Redactor(None, own_words=["Linden Bay Clinic"])

    assert ours.redact([text]).parts == Redactor(None).redact([text]).parts


def test_a_person_beside_an_own_name_is_still_taken_out() -> None:
    ours = Redactor(None, own_words=["Linden Bay Clinic"])

    assert ours.redact(["I am Maria Jones, at Linden\n Bay  clinic now"]).parts[0].text.value == (
        "I am [NAME_1], at Linden\n Bay  clinic now"
    )


def test_of_a_place_that_reaches_beyond_an_own_name_the_rest_is_taken_out(redactor: Redactor) -> None:
    text = "I was told to come to Thornbury Imaging in Sunnyvale."
    ours = Redactor(SpacyMd(), own_words=["Thornbury Imaging"])

    assert redactor.redact([text]).parts[0].text.value == "I was told to come to [LOCATION_1]."
    assert ours.redact([text]).parts[0].text.value == "I was told to come to Thornbury Imaging [LOCATION_1]."
