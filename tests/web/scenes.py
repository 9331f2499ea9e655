"""A clinic in the middle of a morning: cases in every main state, people of every role, alarms, a stop."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.draft import Origin, WhyNot
from vouchsafe.domain.finding import ClinicalClass, Findings, Neighbour, Reason, Signal, Unit
from vouchsafe.domain.identifier import Label, Token
from vouchsafe.domain.ids import CaseId, UserId
from vouchsafe.domain.message import AttachmentData, ChannelKind, Inbound, Readable, Sender
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.passage import Hit, Hits, Passage
from vouchsafe.domain.reply import Approved
from vouchsafe.domain.ruling import Verdict
from vouchsafe.domain.staff import License, Role, User
from vouchsafe.domain.states import Decided, Drafted, Grounded, Redacted, SafeAttachment, Unanswerable, Understood
from vouchsafe.domain.text import PhiText, Span
from vouchsafe.pipeline import ingest, trace
from vouchsafe.pipeline.gate import stage as gate
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.ports.channel import Accepted
from vouchsafe.settings import Settings
from vouchsafe.store import checkpointer, desks, quarantine, sequencer, staff
from vouchsafe.testing import builders

PASSWORD = "three plain words here"

PARKING = (
    "Parking at the main building\n\nParking is free for the first 30 minutes. After that it costs $2 an hour, at most "
    "$9 a day. Pay at the machine beside the main door, with coins or a card. Patients who come for treatment "
    "every week can ask the front desk for a monthly pass for $20."
)
HOURS = (
    "Opening hours\n\nThe clinic is open Monday to Friday from 8:00 to 17:30. The laboratory opens at 7:00 and closes "
    "at 15:00. On public holidays everything is closed."
)
BILL = "Pay a bill\n\nYou can pay in the portal, by phone, or at the front desk. Bills are due 30 days after they are sent."


@dataclass
class Morning:
    """The clinic with its cases by name."""

    app: App
    clinic: Clinic
    people: dict[str, User]
    cases: dict[str, CaseId]

    def arrive(self, subject: str, text: str, says: Findings | None = None) -> CaseId:
        """One more message that waits for a person."""
        return _Stage(self.clinic, first=100).held(subject, text, says or builders.findings(intent=None))


def an_app(clinic: Clinic, folder: Path, **settings: object) -> App:
    """An application on the clinic's database."""
    chosen = Settings(_env_file=None, data_dir=folder, domain="clinic.example", **settings)  # type: ignore[arg-type]  # tests name settings freely
    with clinic.store(clinic.workspace) as work:
        desks.add_route(work.context.connection, clinic.store.vault, "desk:patient", clinic.workspace, clinic.desk)
    return App(chosen, clinic.store, clinic.keys, clinic.clock, clinic.store.ids)


def staff_up(app: App, clinic: Clinic) -> dict[str, User]:
    """One person for each role, two leads and two agents."""
    nurse = License("registered nurse", "RN-0055-1201", date(2028, 6, 30))
    rows: tuple[tuple[str, str, str, Role, License | None], ...] = (
        ("agent", "Marigold Teasdale", "Front desk", Role.AGENT, None),
        ("agent2", "Fergus Brackenbury", "Billing office", Role.AGENT, None),
        ("nurse", "Rosalind Achterberg", "Registered nurse", Role.CLINICIAN, nurse),
        ("interpreter", "Paloma Iturbide", "Interpreter", Role.INTERPRETER, None),
        ("lead", "Thaddeus Winterbourne", "Patient services lead", Role.LEAD, None),
        ("lead2", "Cordelia Amsell", "Patient relations lead", Role.LEAD, None),
        ("privacy", "Leopold Nightingale", "Privacy officer", Role.PRIVACY, None),
        ("compliance", "Augusta Penhallow", "Compliance lead", Role.COMPLIANCE, None),
        ("admin", "Ignatius Okafor", "Administrator", Role.ADMIN, None),
    )
    # A hash is slow on purpose; what it costs stands in the hash, so that this one is cheap to check.
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    found = {}
    with clinic.store(clinic.workspace) as work:
        for login, name, title, role, licence in rows:
            user = User(
                UserId(app.ids.new()), clinic.workspace, login, name, title, frozenset({role}), licence, active=True
            )
            staff.add(work.context, user, hashed)
            found[login] = user
    return found


def a_morning(clinic: Clinic, folder: Path) -> Morning:
    """Everything: about ten cases, in the order in which they came."""
    app = an_app(clinic, folder)
    people = staff_up(app, clinic)
    stage = _Stage(clinic)
    passages = (_passage("parking.md", "Parking", PARKING), _passage("opening-hours.md", "Opening hours", HOURS))
    found = {
        "late": stage.held(
            "A bill I do not understand",
            "Hello, this is [NAME_1]. My last bill says $140 for a visit on [DATE_1] that I never had. I want this taken off.",
            builders.findings(intent="bill_pay", language="en", failed=()),
            dispute="My last bill says $140 for a visit",
        ),
        "spanish": stage.held(
            "Pregunta",
            "Buenos días, ¿a qué hora abre el laboratorio mañana? Gracias.",
            builders.findings(intent=None, language="es"),
        ),
    }
    clinic.clock.advance(hours=9)
    found["draft"] = stage.drafted(
        "Where do I park on Thursday?",
        "Hi, I am [NAME_1] and I come on Thursday morning. Where can I park, what does it cost, and how early is the lab open? "
        "You can reach me at [PHONE_1].",
        passages,
        (
            "Parking is free for the first 30 minutes.",
            "After that it costs $2 an hour, at most $9 a day.",
            "The laboratory opens at 7:00 and closes at 15:00.",
        ),
    )
    clinic.clock.advance(minutes=12)
    found["bare"] = stage.drafted(
        "Can I pay my bill by phone?",
        "Can I pay by phone, and will you wait until the end of the month?",
        (_passage("bill-pay.md", "Pay a bill", BILL), *passages),
        ("You can pay in the portal, by phone, or at the front desk.",),
        extra="We are happy to wait until the end of the month.",
    )
    clinic.clock.advance(minutes=5)
    found["human"] = stage.held(
        "Please call me",
        "I would rather talk to somebody about this. Can a person call me back?",
        builders.findings("human_request", intent=None),
    )
    clinic.clock.advance(minutes=9)
    found["clinical"] = stage.held(
        "My tablets",
        "I took two of the white tablets by mistake this morning and feel dizzy. Should I skip the next one?",
        _clinical(),
        attachment=True,
    )
    clinic.clock.advance(minutes=4)
    found["crisis"] = stage.held(
        "",
        "I do not want to be here any more. I have the pills next to me.",
        _crisis(),
    )
    clinic.clock.advance(minutes=3)
    found["fresh"] = stage.drafted(
        "Opening hours on Monday",
        "Are you open on Monday at 8?",
        (passages[1],),
        ("The clinic is open Monday to Friday from 8:00 to 17:30.",),
    )
    with clinic.store(clinic.workspace) as work:
        quarantine.keep(
            work.context, ChannelKind.EMAIL, clinic.desk, problem="too_many_parts", queue="front_desk", raw=b"x" * 4200
        )
    clinic.clock.advance(minutes=2)
    settle(clinic)
    return Morning(app, clinic, people, found)


def settle(clinic: Clinic) -> None:
    """Sequence what is pending and sign it, as the loops of a worker do."""
    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        while sequencer.integrate(connection, clinic.workspace):
            pass
    with clinic.store.database.begin_sequencer(clinic.workspace) as connection:
        checkpointer.sign(connection, clinic.keys, clinic.workspace, "clinic.example", clinic.clock)


class _Stage:
    def __init__(self, clinic: Clinic, first: int = 0) -> None:
        self._clinic = clinic
        self._count = first

    def drafted(
        self, subject: str, text: str, passages: tuple[Passage, ...], quotes: tuple[str, ...], extra: str = ""
    ) -> CaseId:
        """A routine question with an answer that a person approves."""
        redacted = self._arrive(subject, text)
        lines = [builders.quotation(quote, next(p for p in passages if quote in p.text)) for quote in quotes]
        if extra:
            lines.append(replace(builders.phrase(extra), origin=Origin.MODEL, supported=False))
        draft = replace(builders.draft(*lines), drafter="extractive@0123456789abcdef")
        hits = Hits(
            tuple(Hit(one, 0.91 - n / 20) for n, one in enumerate(passages)),
            0.87,
            abstain=False,
            index="index@0123456789abcdef",
        )
        findings = builders.findings(intent="directions")
        return self._decide(Drafted(Grounded(Understood(redacted, findings), hits, our_words(text)), draft))

    def held(
        self, subject: str, text: str, findings: Findings, dispute: str = "", *, attachment: bool = False
    ) -> CaseId:
        """A message that a person answers."""
        redacted = self._arrive(subject, text, attachment=attachment)
        if dispute:
            start = text.index(dispute)
            reason = Reason(
                "rule:dispute_charge",
                "the writer says that a charge is wrong",
                Unit.SENTENCE,
                0,
                Span(start, start + len(dispute)),
            )
            findings = replace(findings, dispute=Signal(1.0, flag=True, reasons=(reason,)))
        hits = Hits((), 0.12, abstain=True, index="index@0123456789abcdef")
        grounded = Grounded(Understood(redacted, findings), hits, our_words(text))
        why = WhyNot.AT_RISK if findings.at_risk else WhyNot.NO_SOURCE
        return self._decide(Unanswerable(grounded, why))

    def _arrive(self, subject: str, text: str, *, attachment: bool = False) -> Redacted:
        """A message by mail, then its redacted form under the same ids."""
        self._count += 1
        clinic = self._clinic
        spoken = (
            text.replace("[NAME_1]", "Ada Byron").replace("[DATE_1]", "4 February").replace("[PHONE_1]", "555-0142")
        )
        files = (
            (AttachmentData(PhiText("label.jpg"), "image/jpeg", b"\xff\xd8\xff\xe0" + b"0" * 3000),)
            if attachment
            else ()
        )
        inbound = Inbound(
            channel=ChannelKind.EMAIL,
            recipient="desk@clinic.example",
            provider_id=f"m{self._count}",
            sender=Sender(PhiText(f"ada{self._count}@home.example"), PhiText("Ada Byron")),
            subject=PhiText(subject),
            new_text=PhiText(spoken),
            quoted_text=PhiText(""),
            hidden_text=PhiText(""),
            attachments=files,
            thread_ids=(),
            sent_at=None,
            automatic=False,
            asserted=False,
            original=spoken.encode(),
            own_id=f"m{self._count}@home.example",
        )
        read = ingest.read_all(files, lambda _: ("image/jpeg", Readable.PICTURE, None), clinic.store.ids)
        with clinic.store(clinic.workspace) as work:
            taken = ingest.accept(inbound, read, desk=clinic.desk, work=work, clock=clinic.clock, ids=clinic.store.ids)
            assert isinstance(taken, Accepted)
            assert taken.case
            state = work.received(work.case_row(taken.case))
        safe = tuple(
            replace(
                builders.turn(text),
                id=one.id,
                at=one.at,
                subject=our_words(subject),
                attachments=tuple(
                    SafeAttachment(a.id, our_words("label.jpg"), a.sniffed_type, a.size, a.readable, None)
                    for a in one.attachments
                ),
            )
            for one in state.turns
        )
        names = {"[NAME_1]": "Ada Byron", "[DATE_1]": "4 February", "[PHONE_1]": "555-0142"}
        tokens = tuple(
            Token(p, Label(p.strip("[]").rpartition("_")[0]), PhiText(v)) for p, v in names.items() if p in text
        )
        circumstances = builders.circumstances(desk_mode=Mode.COPILOT)
        return builders.redacted(
            text,
            head=state.head,
            circumstances=circumstances,
            turns=safe,
            unanswered=state.unanswered,
            tokens=tokens,
            redactor="redactor@0123456789abcdef",
        )

    def _decide(self, state: Drafted | Unanswerable) -> CaseId:
        findings = replace(state.grounded.understood.findings, manifest="detectors@0123456789abcdef")
        understood = replace(state.grounded.understood, findings=findings)
        state = replace(state, grounded=replace(state.grounded, understood=understood))
        pack = builders.the_pack()
        outcome = gate.run(state, pack, our_words)
        grounded = state.grounded
        redacted = grounded.understood.redacted
        events = [
            event
            for one in (redacted, grounded.understood, grounded, state, outcome)
            for event in trace.events_of(one, pack)
        ]
        assert not isinstance(outcome, Approved), "the desk is a copilot"
        assert outcome.ruling.verdict is not Verdict.APPROVED
        assert outcome.ruling.queue
        due = redacted.head.opened_at + timedelta(minutes=pack.queue(outcome.ruling.queue).answer_within_min)
        with self._clinic.store(self._clinic.workspace) as work:
            work.record(Decided(outcome, state, outcome.ruling, None, due), *events)
        return redacted.head.id


def _passage(path: str, title: str, text: str) -> Passage:
    heading, _, body = text.partition("\n\n")
    return replace(builders.passage(body, path=path, title=title), heading=heading)


def _clinical() -> Findings:
    reason = Reason(
        "head:treatment",
        "it reads like questions about medicines",
        Unit.SENTENCE,
        0,
        Span(0, 62),
        0.93,
        0.61,
        (Neighbour("I took my tablets twice, what now", 0.81), Neighbour("can I skip a dose", 0.77)),
    )
    found = builders.findings(classes=(ClinicalClass.TREATMENT, ClinicalClass.URGENT), intent=None)
    return replace(found, clinical=Signal(0.93, flag=True, reasons=(reason,)))


def _crisis() -> Findings:
    reason = Reason("rule:wish_to_die", "the writer does not want to live", Unit.SENTENCE, 0, Span(0, 35))
    return replace(
        builders.findings("crisis", intent=None), crisis=Signal(1.0, flag=True, reasons=(reason,), sure=True)
    )
