"""People who work with vouchsafe: roles, permissions, and who may sign what."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vouchsafe.domain.ids import UserId, WorkspaceId


class Role(StrEnum):
    """What a person is here to do."""

    AGENT = "agent"
    CLINICIAN = "clinician"
    INTERPRETER = "interpreter"
    LEAD = "lead"
    PRIVACY = "privacy"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing a person may do."""

    READ_CASES = "read_cases"
    READ_CLINICAL_CASES = "read_clinical_cases"
    APPROVE_REPLIES = "approve_replies"
    SIGN_CLINICAL = "sign_clinical"
    TAKE_CASES = "take_cases"
    HAND_OVER = "hand_over"
    REVEAL_ORIGINALS = "reveal_originals"
    EXPORT_ORIGINALS = "export_originals"
    READ_DECISIONS = "read_decisions"
    READ_RULINGS = "read_rulings"
    """Which rules fired in any case. They tell what was found, so whoever may not read a case's words needs this."""
    SEARCH_TRAIL = "search_trail"
    PRESS_STOP = "press_stop"
    RELEASE_STOP = "release_stop"
    MANAGE_USERS = "manage_users"
    MANAGE_SETTINGS = "manage_settings"
    READ_QUARANTINE = "read_quarantine"
    ACKNOWLEDGE_PAGES = "acknowledge_pages"
    READ_FIGURES = "read_figures"
    """Counts over all cases: how often alarms are raised and what they were worth. No case, no person, no words."""
    MANAGE_KNOWLEDGE = "manage_knowledge"
    """Decide about documents held at the door, withdraw documents and reinstate them."""
    READ_KNOWLEDGE = "read_knowledge"
    """Documents that replies are made of, as far as their audience allows, with versions and what cites them."""
    READ_AGREEMENTS = "read_agreements"
    """Who receives what under which signed paper. No case, no words."""


_AGENT = frozenset(
    {
        Permission.READ_CASES,
        Permission.APPROVE_REPLIES,
        Permission.TAKE_CASES,
        Permission.HAND_OVER,
        Permission.REVEAL_ORIGINALS,
        Permission.READ_DECISIONS,
        Permission.READ_QUARANTINE,
        Permission.READ_KNOWLEDGE,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.CLINICIAN: _AGENT
    | {
        Permission.READ_CLINICAL_CASES,
        Permission.SIGN_CLINICAL,
        Permission.PRESS_STOP,
        Permission.RELEASE_STOP,
        Permission.ACKNOWLEDGE_PAGES,
    },
    Role.INTERPRETER: frozenset(
        {Permission.READ_CASES, Permission.HAND_OVER, Permission.READ_DECISIONS, Permission.READ_KNOWLEDGE}
    ),
    Role.LEAD: _AGENT
    | {
        Permission.PRESS_STOP,
        Permission.RELEASE_STOP,
        Permission.ACKNOWLEDGE_PAGES,
        Permission.READ_FIGURES,
        Permission.MANAGE_KNOWLEDGE,
        Permission.READ_AGREEMENTS,
    },
    Role.PRIVACY: frozenset(
        {
            Permission.READ_CASES,
            Permission.REVEAL_ORIGINALS,
            Permission.EXPORT_ORIGINALS,
            Permission.READ_DECISIONS,
            Permission.SEARCH_TRAIL,
            Permission.HAND_OVER,
            Permission.MANAGE_KNOWLEDGE,
            Permission.READ_KNOWLEDGE,
            Permission.READ_AGREEMENTS,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            Permission.READ_DECISIONS,
            Permission.READ_RULINGS,
            Permission.SEARCH_TRAIL,
            Permission.PRESS_STOP,
            Permission.RELEASE_STOP,
            Permission.READ_QUARANTINE,
            Permission.READ_FIGURES,
            Permission.MANAGE_KNOWLEDGE,
            Permission.READ_KNOWLEDGE,
            Permission.READ_AGREEMENTS,
        }
    ),
    # Administrators have no right to sealed content (conflict C10 of the requirements).
    Role.ADMIN: frozenset(
        {
            Permission.MANAGE_USERS,
            Permission.MANAGE_SETTINGS,
            Permission.READ_FIGURES,
            Permission.READ_KNOWLEDGE,
            Permission.READ_AGREEMENTS,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class License:
    """A clinician's licence, as recorded by an administrator."""

    profession: str
    number: str
    expires: date


@dataclass(frozen=True, slots=True)
class User:
    """A person with a log-in of their own; log-ins are never shared (R100)."""

    id: UserId
    workspace: WorkspaceId
    login: str
    name: str
    title: str
    """How a reply is signed, such as "Front desk"."""
    roles: frozenset[Role]
    license: License | None
    active: bool

    def may(self, permission: Permission) -> bool:
        """Whether any of the person's roles gives this permission."""
        return self.active and any(permission in PERMISSIONS[role] for role in self.roles)

    def is_clinician(self, today: date) -> bool:
        """Whether the person may sign or clear clinical cases today: role, and a licence not expired (R178)."""
        return self.may(Permission.SIGN_CLINICAL) and self.license is not None and today <= self.license.expires

    @property
    def signature(self) -> str:
        """How replies are signed: name and title."""
        return f"{self.name}, {self.title}" if self.title else self.name
