"""Identity is verified before any personal information is given."""

import pytest

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Sentence
from vouchsafe.pipeline.gate.input import gate_input
from vouchsafe.pipeline.gate.rules.identity import identity
from vouchsafe.testing.builders import (
    a_gate_input,
    draft,
    drafted,
    findings,
    grounded,
    person,
    phrase,
    quotation,
    the_pack,
    token,
    understood,
)


@pytest.mark.parametrize(
    ("level", "shared", "intent", "held"),
    [
        (Assurance.ANONYMOUS, False, "opening_hours", False),
        (Assurance.ANONYMOUS, False, "appointment_when", True),
        (Assurance.CHANNEL_ASSERTED, False, "appointment_when", True),
        (Assurance.CODE_VERIFIED, False, "appointment_when", False),
        (Assurance.SIGNED_IN, False, "appointment_when", False),
        (Assurance.SIGNED_IN, True, "appointment_when", True),  # R181: a shared address never lifts it
        (Assurance.ANONYMOUS, False, None, False),
    ],
)
def test_the_intent_asks_for_a_level(level: Assurance, intent: str | None, *, shared: bool, held: bool) -> None:
    who = person(level, shared_address=shared)

    assert (identity(a_gate_input(understood(says=findings(intent=intent), person=who))) is not None) is held


@pytest.mark.parametrize(
    ("sentence", "level", "held"),
    [
        (quotation("Your visit is on [DATE_1]."), Assurance.CHANNEL_ASSERTED, True),
        (
            quotation("Your visit is on [DATE_1]."),
            Assurance.CODE_VERIFIED,
            True,
        ),  # opening hours need no date of theirs
        (quotation("Dear [NAME_1], your record is ready."), Assurance.ANONYMOUS, True),
        (phrase("Hello [NAME_1],"), Assurance.ANONYMOUS, False),  # a greeting by the name they signed with
        (phrase("Hello [NAME_1], born [DATE_1],"), Assurance.ANONYMOUS, True),
    ],
)
def test_a_personal_value_in_the_draft_asks_for_a_code(sentence: Sentence, level: Assurance, *, held: bool) -> None:
    before = grounded(understood(person=person(level)))

    assert (identity(a_gate_input(drafted(before, draft(sentence)))) is not None) is held


_KINDS = ("NAME", "DATE", "PHONE", "EMAIL", "LOCATION", "MRN", "ACCOUNT", "HEALTH_PLAN_ID")
_NEEDS_NONE = ("opening_hours", "directions_parking", None)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("level", list(Assurance))
@pytest.mark.parametrize("intent", ["appointment_when", *_NEEDS_NONE])
def test_a_value_leaves_only_where_the_question_needs_it_and_the_contact_is_known(
    intent: str | None, level: Assurance, kind: str, *, shared: bool
) -> None:
    """Every intent, level and kind: the machine's draft is held but where all three agree."""
    value = f"[{kind}_1]"
    before = grounded(
        understood(says=findings(intent=intent), person=person(level, shared_address=shared), tokens=(token(value),))
    )

    held = identity(a_gate_input(drafted(before, draft(quotation(f"On record: {value}."))))) is not None

    assert held is not (intent == "appointment_when" and level >= Assurance.CODE_VERIFIED and not shared)


def test_a_person_decides_which_of_the_contacts_own_values_a_question_needs() -> None:
    before = grounded(
        understood(
            says=findings(intent="opening_hours"), person=person(Assurance.SIGNED_IN), tokens=(token("[DATE_1]"),)
        )
    )
    case = gate_input(drafted(before), the_pack(), person_text="Your visit is on [DATE_1].")

    assert identity(case) is None
