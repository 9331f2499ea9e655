"""Which fixed text a waiting contact gets."""

from dataclasses import replace

import pytest

from vouchsafe.domain.finding import ClinicalClass, Findings, Signal, Vulnerability
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.pack import NoticeKind
from vouchsafe.domain.reply import Approved, Notice
from vouchsafe.domain.states import AwaitingHuman, Circumstances, Escalated, Sticky
from vouchsafe.pipeline.gate.notices import notice_for, waiting_notice
from vouchsafe.pipeline.gate.stage import run
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.testing.builders import circumstances, findings, grounded, head, the_pack, unanswerable, understood, uuid

NEVER: frozenset[NoticeKind] = frozenset()
ABUSE = (Vulnerability.SAFEGUARDING,)


def notice(
    says: Findings | None = None,
    around: Circumstances | None = None,
    *,
    sent: frozenset[NoticeKind] = NEVER,
    automatic: bool = False,
) -> Approved[Notice] | None:
    message = understood(says=says or findings(), circumstances=around or circumstances())
    ruled = run(unanswerable(before=grounded(message)), the_pack(), our_words)
    assert isinstance(ruled, (AwaitingHuman, Escalated))
    return notice_for(ruled, the_pack(), sent, automatic, our_words)


@pytest.mark.parametrize(
    ("says", "around", "kind"),
    [
        (findings(), circumstances(), NoticeKind.PERSON_WILL_ANSWER),
        (findings("clinical"), circumstances(), NoticeKind.PERSON_WILL_ANSWER),
        (findings(classes=(ClinicalClass.URGENT,)), circumstances(), NoticeKind.URGENT),
        (findings("crisis"), circumstances(), NoticeKind.CRISIS),
        (findings("crisis", classes=(ClinicalClass.URGENT,)), circumstances(), NoticeKind.CRISIS),
        (replace(findings("clinical"), crisis=Signal(0.7, flag=True)), circumstances(), NoticeKind.URGENT),
        (findings("threat"), circumstances(), NoticeKind.SAFE),
        (findings(vulnerable=ABUSE), circumstances(), NoticeKind.SAFE),
        (findings("crisis", vulnerable=ABUSE), circumstances(), NoticeKind.SAFE),
        (findings(), circumstances(sticky=Sticky(safeguarding=True)), NoticeKind.SAFE),
        (findings(), circumstances(person_holds=UserId(uuid(7))), NoticeKind.RECEIVED),
        (findings("crisis"), circumstances(person_holds=UserId(uuid(7))), NoticeKind.CRISIS),
    ],
)
def test_the_findings_choose_the_kind(says: Findings, around: Circumstances, kind: NoticeKind) -> None:
    chosen = notice(says, around)

    assert chosen is not None
    assert chosen.item.kind is kind
    assert chosen.ruling is not None


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_kind_goes_out_once_a_period_but_emergencies_always(kind: NoticeKind) -> None:
    says = {
        NoticeKind.URGENT: findings(classes=(ClinicalClass.URGENT,)),
        NoticeKind.CRISIS: findings("crisis"),
        NoticeKind.SAFE: findings("threat"),
    }.get(kind, findings())
    around = circumstances(person_holds=UserId(uuid(7)) if kind is NoticeKind.RECEIVED else None)

    again = notice(says, around, sent=frozenset(NoticeKind))

    assert (again is not None) is (kind in (NoticeKind.URGENT, NoticeKind.CRISIS))


@pytest.mark.parametrize("flags", [(), ("crisis",)])
def test_a_machine_is_never_answered(flags: tuple[str, ...]) -> None:
    assert notice(findings(*flags), automatic=True) is None


def test_under_a_stop_nothing_automatic_leaves() -> None:
    assert notice(findings("crisis"), circumstances(stopped=True)) is None


def test_who_asked_for_no_automatic_answers_still_gets_emergency_wording() -> None:
    opted_out = circumstances(contact_opted_out=True)

    assert notice(findings(), opted_out) is None
    assert notice(findings("crisis"), opted_out) is not None


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (findings(), "within 1 working day."),
        (findings("clinical"), "within 1 working hour."),
        (findings("injection"), "within 30 minutes."),
        (findings("dispute"), "within 2 working days."),
        (findings("dispute", language="es"), "en un plazo de 2 días laborables."),
        (findings(language="vi"), "within 4 working hours."),
    ],
)
def test_it_promises_the_time_of_the_queue_in_the_contacts_language(says: Findings, words: str) -> None:
    chosen = notice(says)

    assert chosen is not None
    assert words in chosen.item.text.value
    assert "911" in chosen.item.text.value


def test_it_names_the_numbers_and_no_slot_is_left() -> None:
    for language in ("en", "es"):
        chosen = notice(findings("crisis", language=language))

        assert chosen is not None
        assert chosen.item.language == language
        assert all(number in chosen.item.text.value for number in ("911", "988", "(555) 555-0100"))
        assert "{" not in chosen.item.text.value


def waiting(around: Circumstances | None = None, sent: frozenset[NoticeKind] = NEVER) -> Approved[Notice] | None:
    return waiting_notice(head(), the_pack(), around or circumstances(), sent, our_words)


def test_before_anything_is_judged_every_writer_gets_the_same_words_in_every_language_with_the_emergency_number() -> (
    None
):
    pack, told = the_pack(), waiting(circumstances(sticky=Sticky(safeguarding=True)))

    assert told == waiting()
    assert told is not None
    assert told.item.kind is NoticeKind.WAITING
    assert told.item.text.value.split("\n\n") == [pack.notice(NoticeKind.WAITING, one).text for one in pack.languages]
    assert told.item.text.value.count(pack.emergency_number) == len(pack.languages) > 1


@pytest.mark.parametrize("around", [circumstances(stopped=True), circumstances(contact_opted_out=True)])
def test_a_stop_and_a_wish_for_no_automatic_answers_hold_it(around: Circumstances) -> None:
    assert waiting(around) is None


def test_what_it_said_is_not_said_again_and_who_answers_is() -> None:
    said = frozenset({NoticeKind.WAITING})

    assert waiting(sent=said) is None
    assert notice(around=circumstances(person_holds=UserId(uuid(7))), sent=said) is None
    assert notice(findings("threat"), sent=said) is None
    then = notice(sent=said)
    assert then is not None
    assert then.item.kind is NoticeKind.PERSON_WILL_ANSWER


def test_a_text_that_the_pack_does_not_call_safe_for_every_writer_stays() -> None:
    pack = the_pack()
    bare = replace(pack, notices=tuple(replace(one, safe_for_writer=False) for one in pack.notices))

    assert waiting_notice(head(), bare, circumstances(), NEVER, our_words) is None
