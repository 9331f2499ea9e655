"""The tables. Clear columns hold ids, enums, numbers, times and hashes; everything a person wrote is sealed.

Every table carries `workspace_id` under forced row-level security, except those in `EXCEPTIONS`.
Every unique key starts with `workspace_id`, because unique constraints look across workspaces. Other indexes start
with what narrows: while a table has no statistics, the planner takes any index whose first column is given.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData()

EXCEPTIONS = frozenset({"workspace", "route", "alembic_version"})
"""Tables without row-level security (design section 5); `procrastinate_*` are the queue's own."""


def _tz(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _scoped(name: str, *columns: SchemaItem, key: tuple[str, ...] = ("id",)) -> Table:
    """A table of a workspace: `workspace_id` first, and first in the primary key."""
    return Table(
        name,
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        *columns,
        PrimaryKeyConstraint("workspace_id", *key),
    )


def _to(table: str, *columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace_id", *columns], [f"{table}.workspace_id", f"{table}.id"])


workspace = Table(
    "workspace",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
)
route = Table(
    "route",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("workspace_id", Uuid, nullable=False),
    Column("desk_id", Uuid),
)
desk = _scoped(
    "desk",
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("knowledge_version", BigInteger, nullable=False, server_default="0"),
    Column("drafter", Text, nullable=False, server_default=""),
    Column("calibration", Text, nullable=False, server_default=""),
)
subject_key = _scoped(
    "subject_key",
    Column("id", Uuid, nullable=False),
    Column("kid", Uuid, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
conversation_key = _scoped(
    "conversation_key",
    Column("id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    _to("subject_key", "subject_id"),
)
contact = _scoped(
    "contact",
    Column("id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("is_staff", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _to("subject_key", "subject_id"),
)
contact_address = _scoped(
    "contact_address",
    Column("contact_id", Uuid, nullable=False),
    Column("blind", LargeBinary, nullable=False),
    _to("contact", "contact_id"),
    key=("blind", "contact_id"),
)
conversation = _scoped(
    "conversation",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("holder", Uuid),
    Column("joined", Boolean, nullable=False, server_default="false"),
    Column("contact_id", Uuid),
    _tz("opened_at"),
    _tz("last_at"),
    Column("sealed", LargeBinary, nullable=False),
    Column("pseudonym", LargeBinary, nullable=False),
    _to("desk", "desk_id"),
    _to("conversation_key", "id"),
)
thread_ref = _scoped(
    "thread_ref",
    Column("blind", LargeBinary, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    # Keyed hash of the address whose mails may use the reference; empty for our own keys, which are secrets.
    Column("sender", LargeBinary, nullable=False),
    _to("conversation", "conversation_id"),
    key=("blind", "conversation_id", "sender"),
)
case = _scoped(
    "case",
    Column("id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("risk_rank", SmallInteger, nullable=False),
    Column("queue", Text),
    Column("also", ARRAY(Text), nullable=False),
    _tz("opened_at"),
    _tz("updated_at"),
    _tz("due_at", nullable=True),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("sealed", LargeBinary),
    _to("conversation", "conversation_id"),
)
Index("case_open", case.c.stage, case.c.workspace_id, case.c.queue, case.c.risk_rank.desc(), case.c.opened_at)
Index("case_conversation", case.c.conversation_id, case.c.workspace_id)
drafting = _scoped(
    "drafting",
    Column("case_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("model", Text, nullable=False),
    _tz("until"),
    Column("why", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _to("case", "case_id"),
    key=("case_id",),
)
message = _scoped(
    "message",
    Column("id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("case_id", Uuid),
    Column("answered_by", Uuid),
    Column("direction", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    _tz("at"),
    Column("provider", LargeBinary, nullable=False),
    Column("channel", Text, nullable=False),
    Column("original_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    Column("safe", LargeBinary),
    Column("words", ARRAY(Integer), nullable=False, server_default="{}"),
    _to("conversation", "conversation_id"),
)
# With the desk: one mail to two desks is a message at each.
Index("message_provider", message.c.workspace_id, message.c.desk_id, message.c.channel, message.c.provider, unique=True)
Index("message_conversation", message.c.conversation_id, message.c.workspace_id, message.c.at)
Index("message_words", message.c.words, postgresql_using="gin")
attachment = _scoped(
    "attachment",
    Column("id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("readable", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _to("message", "message_id"),
)
Index("attachment_message", attachment.c.message_id, attachment.c.workspace_id)
stored_object = _scoped(
    "object",
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("ct_hash", LargeBinary, nullable=False),
    _tz("at"),
)
token = _scoped(
    "token",
    Column("id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _to("conversation", "conversation_id"),
)
Index("token_conversation", token.c.conversation_id, token.c.workspace_id)
outbox = _scoped(
    "outbox",
    Column("id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("case_version", Integer, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("event_id", Uuid, nullable=False),
    _tz("queued_at"),
    _tz("due_at"),
    _tz("ended_at", nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    _to("case", "case_id"),
)
Index(
    "outbox_due",
    outbox.c.due_at,
    outbox.c.workspace_id,
    postgresql_where=outbox.c.state.in_(["queued", "sending"]),
)
Index("outbox_held", outbox.c.queued_at, outbox.c.workspace_id, postgresql_where=outbox.c.state == "held")
Index("outbox_conversation", outbox.c.conversation_id, outbox.c.workspace_id)
Index("outbox_case", outbox.c.case_id, outbox.c.workspace_id)
event = _scoped(
    "event",
    Column("id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("case_id", Uuid),
    Column("step", Integer),
    Column("conversation_id", Uuid),
    Column("actor", Text, nullable=False),
    _tz("at"),
    Column("leaf", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index(
    "event_reply_queued",
    event.c.workspace_id,
    event.c.case_id,
    postgresql_where=event.c.type == "reply:queued",
)
Index("event_case", event.c.case_id, event.c.workspace_id, event.c.step)
Index(
    "event_step",
    event.c.workspace_id,
    event.c.case_id,
    event.c.step,
    unique=True,
    postgresql_where=event.c.step.isnot(None),
)
Index("event_at", event.c.at, event.c.workspace_id)
Index("event_type", event.c.type, event.c.workspace_id, event.c.at)
payload = _scoped(
    "payload",
    Column("event_id", Uuid, nullable=False),
    Column("n", SmallInteger, nullable=False),
    Column("conversation_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    _to("event", "event_id"),
    key=("event_id", "n"),
)
pending = _scoped("pending", Column("event_id", Uuid, nullable=False), _to("event", "event_id"), key=("event_id",))
leaf = _scoped(
    "leaf",
    Column("idx", BigInteger, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    key=("idx",),
)
Index("leaf_event", leaf.c.workspace_id, leaf.c.event_id, unique=True)
tile = _scoped(
    "tile",
    Column("level", SmallInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    key=("level", "n"),
)
log_head = _scoped(
    "log_head",
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
    key=(),
)
checkpoint = _scoped(
    "checkpoint",
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    _tz("at"),
    key=("size",),
)
staff = _scoped(
    "staff",
    Column("id", Uuid, nullable=False),
    Column("login", LargeBinary, nullable=False),
    Column("password", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("license_expires", Date),
    Column("active", Boolean, nullable=False),
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    _tz("locked_until", nullable=True),
    Column("sealed", LargeBinary, nullable=False),
)
Index("staff_login", staff.c.workspace_id, staff.c.login, unique=True)
session = _scoped(
    "session",
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("csrf", Text, nullable=False),
    _tz("started_at"),
    _tz("seen_at"),
    _tz("expires_at"),
    _tz("ended_at", nullable=True),
    _to("staff", "user_id"),
)
Index("session_hash", session.c.workspace_id, session.c.hash, unique=True)
stop = _scoped(
    "stop",
    Column("id", Uuid, nullable=False),
    Column("scope", Text, nullable=False),
    Column("desk_id", Uuid),
    Column("intent", Text),
    # Nobody where like reports of a fault pressed it.
    Column("pressed_by", Uuid),
    _tz("pressed_at"),
    Column("released_by", Uuid),
    _tz("released_at", nullable=True),
    Column("sealed", LargeBinary, nullable=False),
)
fault_report = _scoped(
    "fault_report",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    _tz("at"),
    Column("sealed", LargeBinary, nullable=False),
    _to("desk", "desk_id"),
)
Index("fault_report_desk", fault_report.c.desk_id, fault_report.c.workspace_id, fault_report.c.at)
alarm = _scoped(
    "alarm",
    Column("id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("queue", Text, nullable=False),
    Column("tier", Text, nullable=False),
    _tz("raised_at"),
    _tz("mailed_at", nullable=True),
    Column("mail_attempts", SmallInteger, nullable=False, server_default="0"),
    Column("acknowledged_by", Uuid),
    _tz("acknowledged_at", nullable=True),
    # What the alarm was about stays sealed; whether it was worth calling somebody is a count.
    Column("warranted", Boolean),
    Column("judged_by", Uuid),
    _tz("judged_at", nullable=True),
    _to("case", "case_id"),
)
Index("alarm_case", alarm.c.case_id, alarm.c.workspace_id)
Index("alarm_open", alarm.c.raised_at, alarm.c.workspace_id, postgresql_where=alarm.c.acknowledged_at.is_(None))
quarantine = _scoped(
    "quarantine",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid),
    Column("channel", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("provider", LargeBinary, nullable=False),
    Column("queue", Text, nullable=False),
    Column("object_id", Uuid),
    _tz("at"),
    Column("handled_by", Uuid),
    _tz("handled_at", nullable=True),
    _tz("mailed_at", nullable=True),
    Column("acknowledged_by", Uuid),
    _tz("acknowledged_at", nullable=True),
)
Index(
    "quarantine_provider",
    quarantine.c.workspace_id,
    quarantine.c.desk_id,
    quarantine.c.channel,
    quarantine.c.provider,
    unique=True,
)
document = _scoped(
    "document",
    Column("desk_id", Uuid, nullable=False),
    Column("path", Text, nullable=False),
    Column("version", Text, nullable=False),
    # What keeps it in step: an import retires documents of its own source only.
    Column("source", Text, nullable=False, server_default="folder"),
    Column("meta", JSONB, nullable=False),
    Column("text", Text, nullable=False),
    _tz("published_at"),
    _tz("retired_at", nullable=True),
    key=("desk_id", "path", "version"),
)
held_document = _scoped(
    "held_document",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    # Keyed hash of path and version: what was decided about a version holds for it alone.
    Column("blind", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    _tz("held_at"),
    Column("decided_by", Uuid),
    _tz("decided_at", nullable=True),
    # The document and why it is held; empty once it was discarded.
    Column("sealed", LargeBinary),
    _to("desk", "desk_id"),
)
Index(
    "held_document_blind",
    held_document.c.workspace_id,
    held_document.c.desk_id,
    held_document.c.blind,
    unique=True,
)
precedent = _scoped(
    "precedent",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("conversation_id", Uuid, nullable=False),
    Column("marked_by", Uuid, nullable=False),
    _tz("marked_at"),
    Column("withdrawn_by", Uuid),
    _tz("withdrawn_at", nullable=True),
    # Words and vector under the conversation's key, so that they end with it; empty once it was withdrawn.
    Column("sealed", LargeBinary),
    _to("desk", "desk_id"),
    _to("case", "case_id"),
    _to("conversation", "conversation_id"),
)
Index(
    "precedent_case",
    precedent.c.workspace_id,
    precedent.c.case_id,
    unique=True,
    postgresql_where=precedent.c.withdrawn_at.is_(None),
)
Index(
    "precedent_desk",
    precedent.c.desk_id,
    precedent.c.workspace_id,
    precedent.c.marked_at,
    postgresql_where=precedent.c.withdrawn_at.is_(None),
)
withdrawal = _scoped(
    "withdrawal",
    Column("id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("path", Text, nullable=False),
    Column("withdrawn_by", Uuid, nullable=False),
    _tz("withdrawn_at"),
    Column("reinstated_by", Uuid),
    _tz("reinstated_at", nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    _to("desk", "desk_id"),
)
Index(
    "withdrawal_path",
    withdrawal.c.workspace_id,
    withdrawal.c.desk_id,
    withdrawal.c.path,
    unique=True,
    postgresql_where=withdrawal.c.reinstated_at.is_(None),
)
website_page = _scoped(
    "website_page",
    Column("desk_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    # Hash of how the site was read: another audience makes every page new.
    Column("options", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("links", JSONB, nullable=False),
    _to("desk", "desk_id"),
    key=("desk_id", "source", "url"),
)
passage_vector = _scoped(
    "passage_vector",
    Column("hash", LargeBinary, nullable=False),
    Column("model", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    key=("hash", "model"),
)
read_seen = _scoped(
    "read_seen",
    Column("reader", Uuid, nullable=False),
    Column("item", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    _tz("at"),
    key=("reader", "item", "type"),
)
agreement_register = _scoped(
    "agreement_register",
    Column("id", Uuid, nullable=False),
    Column("adopted_by", Uuid, nullable=False),
    _tz("adopted_at"),
    Column("sealed", LargeBinary, nullable=False),
)
Index("agreement_register_latest", agreement_register.c.workspace_id, agreement_register.c.adopted_at)
model_day = _scoped(
    "model_day",
    Column("day", Date, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    key=("day",),
)
