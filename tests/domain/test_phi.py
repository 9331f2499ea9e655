"""A message is labelled PHI where something identifies somebody and something speaks of health (R62)."""

from dataclasses import replace

import pytest

from vouchsafe.domain.finding import ClinicalClass, Vulnerability
from vouchsafe.domain.ids import ContactId
from vouchsafe.domain.states import Sticky, Understood
from vouchsafe.testing.builders import circumstances, findings, person, redacted, token, understood, uuid

CLINICAL = findings(classes=[ClinicalClass.TREATMENT])


def judged(says: object = CLINICAL, **changes: object) -> Understood:
    return Understood(redacted(**changes), says)  # type: ignore[arg-type]  # findings, in every call below


def test_health_without_an_identifier_and_an_identifier_without_health_are_none() -> None:
    assert not judged().phi
    assert not judged(findings(), tokens=(token(),)).phi
    assert not understood().phi


@pytest.mark.parametrize(
    "identifies",
    [{"tokens": (token(),)}, {"person": replace(person(), contact=ContactId(uuid(5)))}, {"failed": True}],
)
@pytest.mark.parametrize(
    "health",
    [CLINICAL, findings("crisis"), findings(vulnerable=[Vulnerability.HEALTH]), findings(failed=("clinical",))],
)
def test_any_identifier_with_anything_about_health_is_phi(identifies: dict[str, object], health: object) -> None:
    assert judged(health, **identifies).phi


def test_what_was_clinical_earlier_in_the_conversation_still_is() -> None:
    before = circumstances(sticky=Sticky(clinical=True))

    assert judged(findings(), tokens=(token(),), circumstances=before).phi
