"""Pages for staff reach nobody whom the organisation's master does not call staff, whatever desk is written to."""

from dataclasses import replace

import pytest
from tests.conftest import Clinic

from vouchsafe.app import App
from vouchsafe.domain.identifier import KnownContact
from vouchsafe.domain.ids import CaseId, DeskId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import CaseFile
from vouchsafe.installing import publish
from vouchsafe.plugins.channels.email.parse import MailRules, parse_mail
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.ports.channel import Accepted
from vouchsafe.quality.synth_demo import knowledge_folder
from vouchsafe.store import contacts, desks
from vouchsafe.worker.passes import advance_case

BORDER = "mx.clinic.example"
IT = "it@clinic.example"
PATIENT, NURSE = "ada@home.example", "nora@clinic.example"
MAIL = """Authentication-Results: {border}; dmarc={dmarc} header.from={domain}
From: {address}
Message-ID: <{address}-{dmarc}>
Subject: VPN

How do I connect to the VPN from home?
"""


@pytest.fixture
def desk(app: App, clinic: Clinic) -> DeskId:
    """The IT desk as it ships, with its pages, and a master that knows a patient and a nurse."""
    with clinic.store(clinic.workspace) as work:
        made = desks.add(work.context, "it", Mode.AUTO, "it", desks.DeskFacts(IT, "IT", "oncall@clinic.example"))
        desks.add_route(work.context.connection, clinic.store.vault, IT, clinic.workspace, made)
        for address, works_here in ((PATIENT, False), (NURSE, True)):
            known = KnownContact(names=("Somebody Known",), emails=(address,))
            contacts.add(work.context, known, language="en", is_staff=works_here)
    publish(app, clinic.workspace, "it", read_folder(knowledge_folder()).documents)
    return made


def mail(app: App, address: str, dmarc: str = "pass") -> Inbound:
    domain = address.partition("@")[2]
    raw = MAIL.format(border=BORDER, address=address, domain=domain, dmarc=dmarc).encode()
    return parse_mail(raw, recipient=IT, received_at=app.clock.now(), rules=MailRules(trusted_authserv=BORDER))


def decided(app: App, clinic: Clinic, inbound: Inbound) -> CaseFile:
    taken = app.intake(inbound)
    assert isinstance(taken, Accepted)
    assert taken.case is not None
    case: CaseId = taken.case
    advance_case(app, clinic.workspace, case)
    with clinic.store(clinic.workspace) as work:
        return work.case_file(case)


def audiences(file: CaseFile) -> set[str]:
    """Of every passage that was found for the case."""
    grounded = file.drafted.grounded
    hits = [*grounded.hits.hits, *(hit for part in grounded.parts for hit in part.hits.hits)]
    return {word for hit in hits for word in hit.passage.document.audience}


def cited(file: CaseFile) -> set[str]:
    draft = getattr(file.drafted, "draft", None)
    return {one.document for one in draft.citations} if draft else set()


@pytest.mark.usefixtures("desk")
def test_a_patient_whose_mail_passes_dmarc_gets_no_page_for_staff_at_the_it_desk(app: App, clinic: Clinic) -> None:
    inbound = mail(app, PATIENT)
    assert inbound.asserted

    file = decided(app, clinic, inbound)

    assert audiences(file) <= {"public"}
    assert cited(file) == set()
    assert file.reply is None


@pytest.mark.usefixtures("desk")
def test_somebody_who_works_there_is_answered_from_them_and_whoever_only_says_so_is_not(
    app: App, clinic: Clinic
) -> None:
    file = decided(app, clinic, mail(app, NURSE))
    assert "staff" in audiences(file)
    assert cited(file) == {"staff/vpn.md"}

    assert audiences(decided(app, clinic, mail(app, NURSE, dmarc="fail"))) <= {"public"}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("channel", [ChannelKind.WEB_FORM, ChannelKind.CHAT])
def test_the_address_typed_into_a_form_or_a_chat_opens_nothing(app: App, clinic: Clinic, channel: ChannelKind) -> None:
    typed = replace(mail(app, NURSE, dmarc="none"), channel=channel)

    file = decided(app, clinic, typed)

    assert file.drafted.grounded.understood.redacted.person.contact is not None
    assert audiences(file) <= {"public"}
