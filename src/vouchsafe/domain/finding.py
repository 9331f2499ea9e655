"""What detectors say about a message: scores, flags, spans, and the reasons a person can read."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from vouchsafe.domain.text import Span


class Vulnerability(StrEnum):
    """Kinds of vulnerability, each its own detector (R11)."""

    FINANCIAL = "financial"
    HEALTH = "health"
    LIFE_EVENT = "life_event"
    LANGUAGE = "language"
    ACCESSIBILITY = "accessibility"
    CAPABILITY = "capability"
    SAFEGUARDING = "safeguarding"


class ClinicalClass(StrEnum):
    """The five classes of clinical context (R139)."""

    DECISION = "decision"
    TREATMENT = "treatment"
    DIAGNOSIS = "diagnosis"
    PATIENT_SPECIFIC = "patient_specific"
    URGENT = "urgent"


class Tier(StrEnum):
    """The three tiers of alarm (R197)."""

    PERSON = "person"
    CLINICAL = "clinical"
    PAGE = "page"


class RiskRank(IntEnum):
    """The only thing about a finding that stands in clear: how far up its case stands in a queue."""

    NONE = 0
    CAUTION = 1
    HIGH = 2
    PAGE = 3


class Unit(StrEnum):
    """Which text a score was taken on."""

    MESSAGE = "message"
    THREAD = "thread"
    SENTENCE = "sentence"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A known example near the message. `cosine` in [-1, 1]."""

    example: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a detector spoke: which rule or head, on which unit, where, and what it was compared with.

    `span` stands in the text of the unanswered message with index `message`; None where the whole text counts.
    `score` and `threshold` in [0, 1] for learned heads, None for rules.
    """

    by: str
    says: str
    unit: Unit
    message: int = 0
    span: Span | None = None
    score: float | None = None
    threshold: float | None = None
    nearest: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """One detector's verdict. `score` in [0, 1], higher means more likely; 1.0 where a rule fired.

    `sure`: a rule fired, or the score is one that next to no harmless message reaches. What is not sure is found all
    the same: a person looks, but nobody is paged for it.
    """

    score: float = 0.0
    flag: bool = False
    reasons: tuple[Reason, ...] = ()
    sure: bool = False


@dataclass(frozen=True, slots=True)
class IntentMatch:
    """The routine intent recognised, or None. `margin` is the cosine distance to the next other intent."""

    name: str | None
    score: float
    margin: float
    nearest: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """All that detection says about the unanswered messages of a case. A finding may only add caution.

    `failed` names detectors that raised, timed out, or could not judge (unknown language, empty or huge text):
    each one alone sends the case to a person.
    """

    clinical: Signal
    clinical_classes: tuple[ClinicalClass, ...]
    crisis: Signal
    dispute: Signal
    complaint: Signal
    legal_threat: Signal
    human_request: Signal
    injection: Signal
    outage: Signal
    threat: Signal
    vulnerability: tuple[tuple[Vulnerability, Signal], ...]
    language: str
    intent: IntentMatch
    failed: tuple[str, ...]
    manifest: str
    """`name@digest` of thresholds, heads and rules that made these findings."""

    def has(self, kind: Vulnerability) -> bool:
        """Whether this kind of vulnerability was found."""
        return self.kind(kind).flag

    def kind(self, kind: Vulnerability) -> Signal:
        """What was found of a kind of vulnerability."""
        return dict(self.vulnerability).get(kind, Signal())

    @property
    def vulnerable(self) -> bool:
        """Whether any kind of vulnerability was found."""
        return any(s.flag for _, s in self.vulnerability)

    @property
    def emergent(self) -> bool:
        """Whether the words are surely urgent or emergent in the clinical sense."""
        return self.clinical.flag and ClinicalClass.URGENT in self.clinical_classes

    @property
    def disputes(self) -> bool:
        """Whether anything here is a dispute, a complaint or a legal threat."""
        return self.dispute.flag or self.complaint.flag or self.legal_threat.flag

    @property
    def at_risk(self) -> bool:
        """Whether any risk was found: then the AI never answers alone (promise 2)."""
        return (
            self.clinical.flag
            or self.crisis.flag
            or self.vulnerable
            or self.disputes
            or self.human_request.flag
            or self.outage.flag
            or self.threat.flag
        )


def tier_of(findings: Findings) -> Tier | None:
    """The alarm that these findings ask for, the highest wins; None means no alarm.

    Source: R197. Page: crisis, emergent, safeguarding, threat, care-affecting outage, where the finding is sure.
    Clinical worklist: other clinical context, health vulnerability, and what may be crisis or abuse. Person: any other
    risk.
    """
    safeguarding = findings.kind(Vulnerability.SAFEGUARDING)
    pages = (
        findings.crisis.sure or findings.emergent or findings.threat.sure or findings.outage.sure or safeguarding.sure
    )
    if pages:
        return Tier.PAGE
    if findings.clinical.flag or findings.crisis.flag or safeguarding.flag or findings.has(Vulnerability.HEALTH):
        return Tier.CLINICAL
    if findings.at_risk or findings.injection.flag or findings.failed:
        return Tier.PERSON
    return None


def causes_of(findings: Findings, tier: Tier) -> tuple[str, ...]:
    """Names of the findings that ask for this tier, the gravest first; `tier_of` gives the highest that has any."""
    found = dict(findings.vulnerability)
    abuse = found.get(Vulnerability.SAFEGUARDING, Signal())
    asking = {
        Tier.PAGE: (
            ("crisis", findings.crisis.sure),
            ("emergent", findings.emergent),
            ("safeguarding", abuse.sure),
            ("threat", findings.threat.sure),
            ("outage", findings.outage.sure),
        ),
        Tier.CLINICAL: (
            ("crisis", findings.crisis.flag),
            ("safeguarding", abuse.flag),
            ("clinical", findings.clinical.flag),
            ("health", findings.has(Vulnerability.HEALTH)),
        ),
        Tier.PERSON: (
            *((name, getattr(findings, name).flag) for name in _FOR_A_PERSON),
            *((kind.value, signal.flag) for kind, signal in findings.vulnerability if kind in _HARD_TIMES),
            ("not_judged", bool(findings.failed)),
        ),
    }
    return tuple(name for name, asks in asking[tier] if asks)


_FOR_A_PERSON = ("threat", "outage", "legal_threat", "dispute", "complaint", "human_request", "injection")
_HARD_TIMES = frozenset(Vulnerability) - {Vulnerability.SAFEGUARDING, Vulnerability.HEALTH}

RANK_OF_TIER = {
    None: RiskRank.NONE,
    Tier.PERSON: RiskRank.CAUTION,
    Tier.CLINICAL: RiskRank.HIGH,
    Tier.PAGE: RiskRank.PAGE,
}
