"""The closed list of things the trail can record, each with one sentence of meaning.

An addition needs a decision page, since the list is part of the leaf's schema: a verifier
that does not know a type refuses the leaf.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class EventType(StrEnum):
    """What happened, in the shape `thing:action`. `DESCRIPTIONS` says what each one means."""

    # pipeline
    MESSAGE_RECEIVED = "message:received"
    MESSAGE_DUPLICATED = "message:duplicated"
    MESSAGE_QUARANTINED = "message:quarantined"
    MESSAGE_SETTLED = "message:settled"
    ATTACHMENT_SCANNED = "attachment:scanned"
    ORIGINAL_SEALED = "original:sealed"
    CONTACT_MATCHED = "contact:matched"
    IDENTITY_CHALLENGED = "identity:challenged"
    IDENTITY_VERIFIED = "identity:verified"
    IDENTITY_FAILED = "identity:failed"
    TEXT_REDACTED = "text:redacted"
    TEXT_RESCANNED = "text:rescanned"
    FINDINGS_MADE = "findings:made"
    KNOWLEDGE_SEARCHED = "knowledge:searched"
    PASSAGES_CHOSEN = "passages:chosen"
    MODEL_CALLED = "model:called"
    MODEL_REFUSED = "model:refused"
    MODEL_ANSWERED = "model:answered"
    DRAFT_MADE = "draft:made"
    DRAFT_UNANSWERABLE = "draft:unanswerable"
    DRAFT_WITHDRAWN = "draft:withdrawn"
    RULING_MADE = "ruling:made"
    CASE_SUPERSEDED = "case:superseded"
    CASE_PARKED = "case:parked"
    # people
    CASE_QUEUED = "case:queued"
    CASE_ASSIGNED = "case:assigned"
    CASE_ESCALATED = "case:escalated"
    CASE_ACKNOWLEDGED = "case:acknowledged"
    CONVERSATION_TAKEN = "conversation:taken"
    CONVERSATION_RETURNED = "conversation:returned"
    REPLY_APPROVED = "reply:approved"
    REPLY_EDITED = "reply:edited"
    REPLY_REFUSED = "reply:refused"
    CASE_CLOSED = "case:closed"
    CASE_REOPENED = "case:reopened"
    FINDING_CLEARED = "finding:cleared"
    NOTE_WRITTEN = "note:written"
    BREAK_GLASS_OPENED = "break-glass:opened"
    BREAK_GLASS_CLOSED = "break-glass:closed"
    BREAK_GLASS_REVIEWED = "break-glass:reviewed"
    # leaving
    REPLY_QUEUED = "reply:queued"
    REPLY_HELD = "reply:held"
    REPLY_ATTEMPTED = "reply:attempted"
    REPLY_SENT = "reply:sent"
    REPLY_FAILED = "reply:failed"
    REPLY_UNCERTAIN = "reply:uncertain"
    REPLY_BOUNCED = "reply:bounced"
    RECORD_WRITTEN = "record:written"
    WEBHOOK_DELIVERED = "webhook:delivered"
    NOTICE_QUEUED = "notice:queued"
    NOTICE_HELD = "notice:held"
    NOTICE_ATTEMPTED = "notice:attempted"
    NOTICE_SENT = "notice:sent"
    NOTICE_FAILED = "notice:failed"
    NOTICE_UNCERTAIN = "notice:uncertain"
    # reads
    CASE_LISTED = "case:listed"
    CASE_READ = "case:read"
    PRECEDENT_READ = "precedent:read"
    ORIGINAL_READ = "original:read"
    ATTACHMENT_READ = "attachment:read"
    CONVERSATION_SEARCHED = "conversation:searched"
    RECORD_LOOKED_UP = "record:looked-up"
    REPORT_READ = "report:read"
    TRAIL_READ = "trail:read"
    EXPORT_MADE = "export:made"
    BUNDLE_MADE = "bundle:made"
    TOKEN_RESTORED = "token:restored"  # noqa: S105 - the name of an event, not a secret
    # access
    LOGIN_SUCCEEDED = "login:succeeded"
    LOGIN_FAILED = "login:failed"
    LOGOUT_DONE = "logout:done"
    SESSION_ENDED = "session:ended"
    MFA_ENROLLED = "mfa:enrolled"
    MFA_REMOVED = "mfa:removed"
    ACCESS_DENIED = "access:denied"
    TOKEN_ISSUED = "token:issued"  # noqa: S105 - the name of an event, not a secret
    TOKEN_REVOKED = "token:revoked"  # noqa: S105 - the name of an event, not a secret
    ALARM_RAISED = "alarm:raised"
    # admin
    USER_CREATED = "user:created"
    USER_CHANGED = "user:changed"
    USER_DEACTIVATED = "user:deactivated"
    ROLE_CHANGED = "role:changed"
    SETTING_CHANGED = "setting:changed"
    CHANNEL_CHANGED = "channel:changed"
    CONTACT_IMPORTED = "contact:imported"
    PACK_PROPOSED = "pack:proposed"
    PACK_PUBLISHED = "pack:published"
    PACK_ROLLED_BACK = "pack:rolled-back"
    MODE_CHANGED = "mode:changed"
    PROMPT_PUBLISHED = "prompt:published"
    MODEL_PROMOTED = "model:promoted"
    SOURCE_READ = "source:read"
    SOURCE_PUBLISHED = "source:published"
    SOURCE_RETIRED = "source:retired"
    SOURCE_HELD = "source:held"
    SOURCE_RELEASED = "source:released"
    SOURCE_DISCARDED = "source:discarded"
    SOURCE_WITHDRAWN = "source:withdrawn"
    SOURCE_REINSTATED = "source:reinstated"
    SOURCE_CALIBRATED = "source:calibrated"
    PRECEDENT_MADE = "precedent:made"
    PRECEDENT_WITHDRAWN = "precedent:withdrawn"
    STOP_PRESSED = "stop:pressed"
    STOP_RELEASED = "stop:released"
    # keys
    KEY_CREATED = "key:created"
    KEY_ROTATED = "key:rotated"
    KEY_REWRAPPED = "key:rewrapped"
    KEY_DESTROYED = "key:destroyed"
    EPOCH_OPENED = "epoch:opened"
    EPOCH_CLOSED = "epoch:closed"
    CHECKPOINT_SIGNED = "checkpoint:signed"
    CHECKPOINT_WITNESSED = "checkpoint:witnessed"
    CHECKPOINT_STAMPED = "checkpoint:stamped"
    # governance
    AGREEMENT_ADDED = "agreement:added"
    AGREEMENT_REVIEWED = "agreement:reviewed"
    AGREEMENT_ENDED = "agreement:ended"
    CONSENT_GIVEN = "consent:given"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    REQUEST_OPENED = "request:opened"
    REQUEST_ANSWERED = "request:answered"
    SUBJECT_EXPORTED = "subject:exported"
    SUBJECT_ERASED = "subject:erased"
    SUBJECT_RESTRICTED = "subject:restricted"
    SUBJECT_MERGED = "subject:merged"
    SUBJECT_UNMERGED = "subject:unmerged"
    CONVERSATION_SPLIT = "conversation:split"
    RECORD_AMENDED = "record:amended"
    HOLD_PLACED = "hold:placed"
    HOLD_LIFTED = "hold:lifted"
    RETENTION_EXPIRED = "retention:expired"
    PREFIX_PRUNED = "prefix:pruned"
    INCIDENT_OPENED = "incident:opened"
    INCIDENT_ASSESSED = "incident:assessed"
    INCIDENT_NOTIFIED = "incident:notified"
    REGISTER_CHANGED = "register:changed"
    EVALUATION_SIGNED = "evaluation:signed"
    DRIFT_REPORTED = "drift:reported"
    BACKUP_MADE = "backup:made"
    RESTORE_DRILLED = "restore:drilled"
    CONTROL_CHECKED = "control:checked"


_FAMILIES: Final[Mapping[str, Mapping[EventType, str]]] = {
    "Pipeline": {
        EventType.MESSAGE_RECEIVED: "A message was accepted from a channel and its case opened.",
        EventType.MESSAGE_DUPLICATED: "A channel delivered a message that was already here; nothing was done again.",
        EventType.MESSAGE_QUARANTINED: "An item could not be read safely and waits in quarantine for its owner.",
        EventType.MESSAGE_SETTLED: "A person dealt with an item in quarantine: it was taken in or put aside.",
        EventType.ATTACHMENT_SCANNED: "An attachment was typed, measured and scanned.",
        EventType.ORIGINAL_SEALED: "A message as received was encrypted under the key of its conversation.",
        EventType.CONTACT_MATCHED: "The sender was matched to a contact and given an assurance level, perhaps 0.",
        EventType.IDENTITY_CHALLENGED: "A contact was asked to prove who they are.",
        EventType.IDENTITY_VERIFIED: "A contact proved who they are to the recorded assurance level.",
        EventType.IDENTITY_FAILED: "A contact did not prove who they are.",
        EventType.TEXT_REDACTED: "Identifiers were taken out of every part of a message.",
        EventType.TEXT_RESCANNED: "The second, different scan looked for identifiers the redaction had left.",
        EventType.FINDINGS_MADE: "The detectors judged the redacted message; what they found is in the payload.",
        EventType.KNOWLEDGE_SEARCHED: "The knowledge base was searched with the scope of the reader.",
        EventType.PASSAGES_CHOSEN: "The passages from which a reply may be drawn were chosen.",
        EventType.MODEL_CALLED: "A prompt was handed to a model under the named agreement.",
        EventType.MODEL_REFUSED: "A model call was refused by routing: no agreement, budget or region allowed it.",
        EventType.MODEL_ANSWERED: "A model answered, or its call ended with an error.",
        EventType.DRAFT_MADE: "A reply was drafted with its citations.",
        EventType.DRAFT_UNANSWERABLE: "No reply could be drafted; the reason is recorded.",
        EventType.DRAFT_WITHDRAWN: "A draft lost its validity before it was sent.",
        EventType.RULING_MADE: "The gate ran all its rules and gave its verdict.",
        EventType.CASE_SUPERSEDED: "A newer message ended this case; the new case covers both.",
        EventType.CASE_PARKED: "A step failed and the case waits for a person.",
    },
    "People": {
        EventType.CASE_QUEUED: "A case was put into a queue.",
        EventType.CASE_ASSIGNED: "A case was given to a person, or taken from one.",
        EventType.CASE_ESCALATED: "A case was moved up a tier.",
        EventType.CASE_ACKNOWLEDGED: "A person confirmed having seen an escalated case.",
        EventType.CONVERSATION_TAKEN: "A person took a conversation over; the AI is silent from here.",
        EventType.CONVERSATION_RETURNED: "A person gave a conversation back, or it returned by itself to its queue.",
        EventType.REPLY_APPROVED: "A person signed a reply.",
        EventType.REPLY_EDITED: "A person changed a reply; earlier signatures are void.",
        EventType.REPLY_REFUSED: "A person refused a draft.",
        EventType.CASE_CLOSED: "A case ended.",
        EventType.CASE_REOPENED: "A closed case was opened again.",
        EventType.FINDING_CLEARED: "An entitled person cleared a finding that had stuck to the conversation.",
        EventType.NOTE_WRITTEN: "A person wrote an internal note.",
        EventType.BREAK_GLASS_OPENED: "A person took access beyond their role in an emergency, with a reason.",
        EventType.BREAK_GLASS_CLOSED: "Emergency access ended.",
        EventType.BREAK_GLASS_REVIEWED: "A second person reviewed an emergency access.",
    },
    "Leaving": {
        EventType.REPLY_QUEUED: "An approved reply was put into the outbox.",
        EventType.REPLY_HELD: "An approved reply waits for an agreement with whoever would carry it.",
        EventType.REPLY_ATTEMPTED: "A reply is about to be handed over; committed before the hand-over.",
        EventType.REPLY_SENT: "The channel accepted a reply.",
        EventType.REPLY_FAILED: "The channel refused a reply, or a check before sending did.",
        EventType.REPLY_UNCERTAIN: "It is not known whether a reply left; a person decides.",
        EventType.REPLY_BOUNCED: "A sent reply came back as undeliverable.",
        EventType.RECORD_WRITTEN: "Something was written into an outside record system.",
        EventType.WEBHOOK_DELIVERED: "A webhook was delivered to its receiver, or finally failed.",
        EventType.NOTICE_QUEUED: "A fixed notice was put into the outbox.",
        EventType.NOTICE_HELD: "A fixed notice waits for an agreement with whoever would carry it.",
        EventType.NOTICE_ATTEMPTED: "A notice is about to be handed over; committed before the hand-over.",
        EventType.NOTICE_SENT: "The channel accepted a notice.",
        EventType.NOTICE_FAILED: "The channel refused a notice, or a check before sending did.",
        EventType.NOTICE_UNCERTAIN: "It is not known whether a notice left; a person decides.",
    },
    "Reads": {
        EventType.CASE_LISTED: "A list of cases with sealed content was shown; the rows are in the payload.",
        EventType.CASE_READ: "A case was opened.",
        EventType.PRECEDENT_READ: "Earlier answers were shown beside a case; which ones is in the payload.",
        EventType.ORIGINAL_READ: "A message as received was revealed.",
        EventType.ATTACHMENT_READ: "An attachment was opened.",
        EventType.CONVERSATION_SEARCHED: "Conversations were searched; the query and the rows are in the payload.",
        EventType.RECORD_LOOKED_UP: "A record was looked up in an outside record system.",
        EventType.REPORT_READ: "A report that holds sealed content was opened.",
        EventType.TRAIL_READ: "Payloads of the trail were opened.",
        EventType.EXPORT_MADE: "Data was exported.",
        EventType.BUNDLE_MADE: "A decision bundle was made.",
        EventType.TOKEN_RESTORED: "A redacted value was put back in clear for a reader or a reply.",
    },
    "Access": {
        EventType.LOGIN_SUCCEEDED: "A person logged in.",
        EventType.LOGIN_FAILED: "A log-in failed.",
        EventType.LOGOUT_DONE: "A person logged out.",
        EventType.SESSION_ENDED: "A session ended by idling, age or an administrator.",
        EventType.MFA_ENROLLED: "A second factor was added.",
        EventType.MFA_REMOVED: "A second factor was removed.",
        EventType.ACCESS_DENIED: "Somebody asked for something they may not see or do.",
        EventType.TOKEN_ISSUED: "An access token for a program was issued.",
        EventType.TOKEN_REVOKED: "An access token for a program was revoked.",
        EventType.ALARM_RAISED: "The system raised an alarm about itself.",
    },
    "Administration": {
        EventType.USER_CREATED: "A user was created.",
        EventType.USER_CHANGED: "A user's data was changed.",
        EventType.USER_DEACTIVATED: "A user was deactivated and their sessions ended.",
        EventType.ROLE_CHANGED: "A user's roles were changed.",
        EventType.SETTING_CHANGED: "A setting was changed.",
        EventType.CHANNEL_CHANGED: "A channel was added, changed or switched off.",
        EventType.CONTACT_IMPORTED: "People of the organisation's master were taken over; the payload counts them.",
        EventType.PACK_PROPOSED: "A version of a policy pack was proposed.",
        EventType.PACK_PUBLISHED: "A version of a policy pack went live, signed off by the named person.",
        EventType.PACK_ROLLED_BACK: "An earlier version of a policy pack was put back.",
        EventType.MODE_CHANGED: "The mode of a desk or an intent was changed.",
        EventType.PROMPT_PUBLISHED: "A version of a prompt went live.",
        EventType.MODEL_PROMOTED: "A model was promoted on a signed evaluation.",
        EventType.SOURCE_READ: "A source of knowledge was read to its end; what changed stands in events of its own.",
        EventType.SOURCE_PUBLISHED: "A document version became citable.",
        EventType.SOURCE_RETIRED: "A document version stopped being citable, since its source holds it no more.",
        EventType.SOURCE_HELD: "A document was held at the door and is not searched until a person decides.",
        EventType.SOURCE_RELEASED: "A person let a held document version be searched and cited.",
        EventType.SOURCE_DISCARDED: "A person refused a held document version; its words were forgotten.",
        EventType.SOURCE_WITHDRAWN: "A person took a document out of search; replies that cite it are in the payload.",
        EventType.SOURCE_REINSTATED: "A person put a withdrawn document back.",
        EventType.SOURCE_CALIBRATED: "A person set when the search of a desk abstains, from questions of its own.",
        EventType.PRECEDENT_MADE: "A person kept a reply, de-identified, to be shown beside like questions.",
        EventType.PRECEDENT_WITHDRAWN: "A person took such a reply back; its words were forgotten.",
        EventType.STOP_PRESSED: "Automatic sending was stopped.",
        EventType.STOP_RELEASED: "A second person released a stop.",
    },
    "Keys": {
        EventType.KEY_CREATED: "A key was created.",
        EventType.KEY_ROTATED: "A new version of a key took over.",
        EventType.KEY_REWRAPPED: "Keys were wrapped again under another key; ciphertexts did not change.",
        EventType.KEY_DESTROYED: "A key was destroyed, and with it what it sealed.",
        EventType.EPOCH_OPENED: "A shred epoch began under a new workspace key.",
        EventType.EPOCH_CLOSED: "A shred epoch ended and the old workspace key was destroyed.",
        EventType.CHECKPOINT_SIGNED: "The head of the log was signed.",
        EventType.CHECKPOINT_WITNESSED: "A witness cosigned a checkpoint.",
        EventType.CHECKPOINT_STAMPED: "A time stamp authority stamped a checkpoint.",
    },
    "Governance": {
        EventType.AGREEMENT_ADDED: "An agreement was recorded.",
        EventType.AGREEMENT_REVIEWED: "An agreement was reviewed.",
        EventType.AGREEMENT_ENDED: "An agreement ended.",
        EventType.CONSENT_GIVEN: "A consent was given for the named purpose.",
        EventType.CONSENT_WITHDRAWN: "A consent was withdrawn.",
        EventType.REQUEST_OPENED: "A person's request about their data was opened.",
        EventType.REQUEST_ANSWERED: "A person's request about their data was answered.",
        EventType.SUBJECT_EXPORTED: "A subject's data was exported for them.",
        EventType.SUBJECT_ERASED: "A subject's key and pseudonyms were destroyed.",
        EventType.SUBJECT_RESTRICTED: "Processing of a subject's data was restricted.",
        EventType.SUBJECT_MERGED: "Two subjects were found to be one.",
        EventType.SUBJECT_UNMERGED: "A merge of subjects was undone.",
        EventType.CONVERSATION_SPLIT: "A conversation was divided between subjects.",
        EventType.RECORD_AMENDED: "A subject's data was corrected.",
        EventType.HOLD_PLACED: "A legal hold was placed.",
        EventType.HOLD_LIFTED: "A legal hold was lifted.",
        EventType.RETENTION_EXPIRED: "Data reached the end of its retention and its key was destroyed.",
        EventType.PREFIX_PRUNED: "The oldest part of the log was pruned; tree and old proofs stay valid.",
        EventType.INCIDENT_OPENED: "An incident was opened.",
        EventType.INCIDENT_ASSESSED: "The risk of an incident was assessed.",
        EventType.INCIDENT_NOTIFIED: "Somebody was notified of an incident.",
        EventType.REGISTER_CHANGED: "A register of processing, risks or systems was changed.",
        EventType.EVALUATION_SIGNED: "An evaluation was signed off.",
        EventType.DRIFT_REPORTED: "A drift report was made.",
        EventType.BACKUP_MADE: "A backup was made.",
        EventType.RESTORE_DRILLED: "Restoring a backup was rehearsed.",
        EventType.CONTROL_CHECKED: "A control was checked and its result recorded.",
    },
}

DESCRIPTIONS: Final[Mapping[EventType, str]] = MappingProxyType(
    {kind: sentence for family in _FAMILIES.values() for kind, sentence in family.items()}
)
"""One sentence for each event type; complete, which a test checks."""

STATE_CHANGES: Final[frozenset[EventType]] = frozenset(
    {
        EventType.MESSAGE_RECEIVED,
        EventType.CONTACT_MATCHED,
        EventType.IDENTITY_CHALLENGED,
        EventType.IDENTITY_VERIFIED,
        EventType.IDENTITY_FAILED,
        EventType.TEXT_REDACTED,
        EventType.FINDINGS_MADE,
        EventType.PASSAGES_CHOSEN,
        EventType.DRAFT_MADE,
        EventType.DRAFT_UNANSWERABLE,
        EventType.DRAFT_WITHDRAWN,
        EventType.RULING_MADE,
        EventType.CASE_SUPERSEDED,
        EventType.CASE_PARKED,
        EventType.CASE_QUEUED,
        EventType.CASE_ASSIGNED,
        EventType.CASE_ESCALATED,
        EventType.CASE_ACKNOWLEDGED,
        EventType.CONVERSATION_TAKEN,
        EventType.CONVERSATION_RETURNED,
        EventType.REPLY_APPROVED,
        EventType.REPLY_EDITED,
        EventType.REPLY_REFUSED,
        EventType.CASE_CLOSED,
        EventType.CASE_REOPENED,
        EventType.FINDING_CLEARED,
        EventType.REPLY_QUEUED,
        EventType.REPLY_HELD,
        EventType.REPLY_ATTEMPTED,
        EventType.REPLY_SENT,
        EventType.REPLY_FAILED,
        EventType.REPLY_UNCERTAIN,
        EventType.REPLY_BOUNCED,
        EventType.NOTICE_QUEUED,
        EventType.NOTICE_HELD,
        EventType.NOTICE_ATTEMPTED,
        EventType.NOTICE_SENT,
        EventType.NOTICE_FAILED,
        EventType.NOTICE_UNCERTAIN,
    }
)
"""Types that change what is stored of a case, and so carry its `step` when they name a case.

Reads, searches and model calls change nothing and have no step: they may run beside each
other without the case lock. What they lead to (`passages:chosen`, `draft:made`) has one.
"""


NAMES_OBJECTS: Final[frozenset[EventType]] = frozenset(
    {EventType.ORIGINAL_SEALED, EventType.ATTACHMENT_SCANNED, EventType.MESSAGE_QUARANTINED}
)
"""Types whose leaf holds, after the event's own payload, one entry for each sealed file that the step stored."""


def event_reference() -> str:
    """The page `docs/reference/events.md`, made from the tables above."""
    lines = [
        "# Events of the trail",
        "",
        "Generated from `vouchsafe.evidence.event_types`; a test keeps this page equal to it.",
        "A mark under *step* says that the event changes the stored state of a case: when it names",
        "a case, it carries that case's contiguous step counter, so that a missing one shows.",
    ]
    for family, table in _FAMILIES.items():
        lines += ["", f"## {family}", "", "| event | step | meaning |", "|---|---|---|"]
        lines += [f"| `{kind}` | {'yes' if kind in STATE_CHANGES else ''} | {says} |" for kind, says in table.items()]
    return "\n".join(lines) + "\n"
