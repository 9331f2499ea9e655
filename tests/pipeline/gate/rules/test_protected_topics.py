"""No draft gives clinical, legal or investment advice, whoever wrote it."""

import pytest

from vouchsafe.domain.draft import Origin, Sentence
from vouchsafe.pipeline.gate.rules.protected_topics import protected_topics
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import a_gate_input, draft, drafted

ADVICE = [
    "Take 400 mg every six hours.",
    "The usual amount is 2 tablets.",
    "You should take ibuprofen for that.",
    "You can safely double your dose until Monday.",
    "Please stop taking your blood thinner medication before the visit.",
    "Don't skip your insulin.",
    "You must not take it with grapefruit.",
    "We recommend an antibiotic.",
    "You may have an ear infection.",
    "This sounds like tonsillitis.",
    "Those are symptoms of a stroke.",
    "Your results look normal.",
    "Your blood pressure is fine.",
    "It is nothing to worry about.",
    "You do not need to see a doctor.",
    "This is safe to take with alcohol.",
    "Common side effects are nausea and fatigue.",
    "Apply ice and rest.",
    "You should sue the insurer.",
    "Usted debe tomar una pastilla.",
    "No es grave.",
    "Use two drops: 2 drops in each eye.",
]
HARMLESS = [
    "The clinic is open Monday to Friday from 8:00 to 17:30.",
    "Bring a list of the medicines you take.",
    "You can take bus 12 to the main entrance.",
    "Refill requests are answered within 2 working days.",
    "Ask your pharmacy to send us the refill request.",
    "Results are posted in the portal as soon as they are final.",
    "A clinician will talk with you about what results mean.",
    "If this is an emergency, call 911.",
    "Take the elevator to the second floor.",
    "You should take a seat in the waiting room.",
    "You can start a refill request in the portal.",
    "Flu shots are given on Tuesdays from 9:00 to 12:00.",
    "You may have to wait at the front desk.",
    "Your results are ready in the portal.",
    "Interpreters are free.",
]


@pytest.mark.parametrize("origin", [Origin.VERBATIM, Origin.MODEL, Origin.PHRASE])
@pytest.mark.parametrize("sentence", ADVICE)
def test_advice_is_held_whatever_its_origin(sentence: str, origin: Origin) -> None:
    case = a_gate_input(drafted(written=draft(Sentence(our_words(sentence), origin))))

    assert protected_topics(case) is not None


@pytest.mark.parametrize("sentence", HARMLESS)
def test_administration_is_not_advice(sentence: str) -> None:
    case = a_gate_input(drafted(written=draft(Sentence(our_words(sentence), Origin.VERBATIM))))

    assert protected_topics(case) is None
