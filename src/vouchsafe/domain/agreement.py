"""Agreements: who may receive what of ours, under which signed paper, and the permit that comes of them.

Source of the fields: requirements R29, R31, R66-R68, R95, R129-R132; 45 CFR 164.502(e) and 164.504(e).
"""

import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType
from urllib.parse import SplitResult, urlsplit

AgreementId = NewType("AgreementId", str)
"""A short word of the operator's, such as `example-cloud-chat`."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_ID = re.compile(r"[a-z][a-z0-9-]{0,49}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[a-z][a-z0-9-]{0,49}")
_SCHEMES = frozenset({"https", "http", "smtp", "smtps", "sips", "postgresql"})


class Service(StrEnum):
    """What a party does for us. All of them create, receive, maintain or transmit, so all need a row (R129)."""

    MODEL = "model"
    MAIL_RELAY = "mail_relay"
    SMS = "sms"
    TELEPHONY = "telephony"
    PAGING = "paging"
    STORAGE = "storage"
    KMS = "kms"


class Link(StrEnum):
    """The party's place in the chain that begins with the covered entity."""

    BUSINESS_ASSOCIATE = "business_associate"
    SUB_PROCESSOR = "sub_processor"
    OWN = "own"
    """Run by the organisation itself inside its own network: no contract, a named person answers for it."""


class DataClass(StrEnum):
    """What kind of words leave. None implies another; a row names each it covers."""

    NONE = "none"
    """Not a word of anybody: numbers of cases, names of queues, times."""
    PUBLIC = "public"
    """Pages anybody may read."""
    STAFF = "staff"
    """Words of employees."""
    REDACTED = "redacted"
    """Patients' words after redaction, which reduces identifiers and never removes all: PHI all the same."""
    IDENTIFIED = "identified"
    """Patients' words and addresses as they are."""


PHI = frozenset({DataClass.REDACTED, DataClass.IDENTIFIED})
"""Classes that are protected health information."""


class Feature(StrEnum):
    """Which part of a provider's offer; agreements cover some and not others (R67)."""

    MESSAGES = "messages"
    EMBEDDINGS = "embeddings"
    SPEECH = "speech"
    BATCH = "batch"
    FILES = "files"
    WEB_FETCH = "web_fetch"
    CONSOLE = "console"
    CONSUMER_APP = "consumer_app"
    SEND = "send"
    RECEIVE = "receive"
    CALL = "call"
    PAGE = "page"
    STORE = "store"
    KEYS = "keys"


class PaperKind(StrEnum):
    """Which contract: a business associate agreement (HIPAA) or a data processing agreement (GDPR)."""

    BAA = "baa"
    DPA = "dpa"


class Term(StrEnum):
    """What a contract has to say (R95; 45 CFR 164.504(e)(2), 164.314(a)(2))."""

    PERMITTED_USES = "permitted_uses"
    SAFEGUARDS = "safeguards"
    INCIDENT_REPORTING = "incident_reporting"
    SUB_CONTRACTORS = "sub_contractors"
    RETURN_OR_DESTRUCTION = "return_or_destruction"
    RECORDS_FOR_HHS = "records_for_hhs"


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed contract. `file` is its name in the operator's own archive, `sha256` the hash of that file.

    In force from `signed` to `ends`, both included; `ends` is None where it runs until ended.
    """

    kind: PaperKind
    signed: date
    ends: date | None
    file: str
    sha256: str
    terms: frozenset[Term]

    def __post_init__(self) -> None:
        if not self.file.strip() or "/" in self.file or "\\" in self.file:
            raise ValueError("file: the bare name of the signed file, such as example-cloud-baa.pdf")
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError("sha256: 64 small hexadecimal digits, as sha256sum prints them")
        if self.ends is not None and self.ends < self.signed:
            raise ValueError("ends: before signed")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A named person compared the row with the signed paper. A row without one permits nothing (C4)."""

    by: str
    on: date

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ValueError("by: the name and role of whoever compared the row with the paper")


@dataclass(frozen=True, slots=True)
class SubProcessor:
    """Somebody whom a party hands our data on to; `agreement` is the row of what those two have signed."""

    party: str
    agreement: AgreementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One row of the register: one party, one endpoint, one region.

    `under`: the row of whoever hands the data to this party; None where the covered entity itself does.
    `jurisdiction`: ISO 3166 country of the company that controls the party, which its region does not tell.
    `models`: exact names; empty for services other than models. `retention_days`: how long the party keeps what we
    send, 0 for not at all, None for not known. `no_training`: the party does not train on it (R31).
    """

    id: AgreementId
    party: str
    link: Link
    under: AgreementId | None
    service: Service
    endpoint: str
    region: str
    jurisdiction: str
    models: frozenset[str]
    features: frozenset[Feature]
    data: frozenset[DataClass]
    no_training: bool
    retention_days: int | None
    papers: tuple[Paper, ...]
    sub_processors: tuple[SubProcessor, ...]
    reviewed: date | None
    review_by: date | None
    confirmed: Confirmation | None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError("id: small letters, digits and hyphens, such as example-cloud-chat")
        if not self.party.strip():
            raise ValueError("party: the name of the company as it stands on the paper")
        if not _REGION.fullmatch(self.region):
            raise ValueError("region: the provider's own name of it, such as eu-central-1, or on-premises")
        if not _COUNTRY.fullmatch(self.jurisdiction):
            raise ValueError("jurisdiction: the country of the controlling company in two capitals, such as US")
        if (self.service is Service.MODEL) != bool(self.models):
            raise ValueError("models: named for the service model, and for no other")
        if not self.features or not self.data:
            raise ValueError("features, data: at least one each; a row that covers nothing permits nothing")
        if self.link is Link.SUB_PROCESSOR and self.under is None:
            raise ValueError("under: a sub-processor stands under the row of whoever hands the data on to it")
        if self.link is not Link.SUB_PROCESSOR and self.under is not None:
            raise ValueError("under: only a sub-processor stands under another row")
        check_endpoint(self.endpoint, own=self.link is Link.OWN)

    @property
    def inside(self) -> bool:
        """Whether the data stays in the organisation's own network."""
        return self.link is Link.OWN


@dataclass(frozen=True, slots=True)
class Pin:
    """Where data may go (R29). No region chosen: nowhere (C12). No jurisdictions: only the region counts."""

    regions: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Register:
    """Every agreement of a workspace in one version.

    `operator`: the row that makes whoever runs this installation a business associate of the covered entity; None where
    the covered entity runs it itself. `requires`: kinds of paper each party needs. `longest_retention_days`: how long a
    model provider may keep patients' words (R68). `ref`: `agreements@digest` of the file it was read from.
    """

    covered_entity: str
    operator: AgreementId | None
    requires: frozenset[PaperKind]
    pin: Pin
    longest_retention_days: int
    agreements: tuple[Agreement, ...]
    ref: str

    def get(self, row: AgreementId | None) -> Agreement | None:
        """The row of this id, if there is one."""
        return next((one for one in self.agreements if one.id == row), None)


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody wants to do: hand words of these classes to this endpoint.

    `model` is the exact name for the service model, and empty for others. `region` is empty where no setting says where
    the other side stands: then the row that names the endpoint is taken at its word. A model's is never empty.
    """

    service: Service
    endpoint: str
    region: str
    feature: Feature
    data: frozenset[DataClass]
    model: str = ""

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError("a call says which classes of data it carries")

    @property
    def by_mail(self) -> bool:
        """Whether it is mail by a relay."""
        return self.service is Service.MAIL_RELAY


class Why(StrEnum):
    """Why a call was refused; a closed word for the trail beside the sentence for people."""

    NO_REGISTER = "no_register"
    UNREADABLE = "unreadable"
    NO_RELAY = "no_relay"
    NO_ROW = "no_row"
    UNCONFIRMED = "unconfirmed"
    NOT_COVERED = "not_covered"
    REGION = "region"
    JURISDICTION = "jurisdiction"
    PAPER = "paper"
    TERMS = "terms"
    REVIEW = "review"
    CHAIN = "chain"
    TRAINING = "training"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not be made. `says`: a sentence for people who sign contracts, with what to do about it."""

    why: Why
    says: str


@dataclass(frozen=True, slots=True)
class Permit:
    """The call may be made, once, today. Built in `governance/agreements.py` alone; an architecture test checks it.

    `chain`: the rows it rests on, from the covered entity's first link down to the sub-processors. `inside`: the other
    side must answer from a private address. `register`: `agreements@digest` it was given under.
    """

    call: Call
    agreement: AgreementId
    party: str
    chain: tuple[AgreementId, ...]
    inside: bool
    register: str
    on: date


def check_endpoint(endpoint: str, *, own: bool) -> None:
    """Raises: ValueError for an address that cannot be compared exactly, or that would carry words in clear."""
    parts = _split(endpoint)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError("endpoint: a full address, such as https://api.provider.example/v1")
    if parts.query or parts.fragment or "@" in parts.netloc or endpoint != endpoint.strip().rstrip("/"):
        raise ValueError("endpoint: without log-in, query or slash at the end")
    if parts.netloc != parts.netloc.lower():
        raise ValueError("endpoint: the host in small letters")
    address = _address(parts.hostname)
    if own and address is not None and not is_inside(address):
        raise ValueError("endpoint: a machine of your own has a private address")
    if parts.scheme == "http" and not (own and address is not None and address.is_loopback):
        # R105: words leave this machine over TLS only.
        raise ValueError("endpoint: plain http only to this machine itself, 127.0.0.1")


def is_inside(address: Address) -> bool:
    """Whether this is an address of the organisation's own network, or of this machine.

    Link-local addresses are not: clouds answer there for their own services.
    """
    if address.is_link_local or address.is_unspecified or address.is_multicast:
        return False
    return address.is_private or address.is_loopback


def _split(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        _ = parts.port  # a port that is none raises here
    except ValueError:
        raise ValueError("endpoint: not an address") from None
    return parts


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
