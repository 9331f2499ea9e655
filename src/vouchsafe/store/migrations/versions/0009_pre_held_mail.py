"""What waits for an agreement, and which replies cite a page, are found without reading everything else.

Marked pre: older code neither makes what is held nor needs the indexes.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the indexes."""
    op.execute("CREATE INDEX outbox_held ON outbox (queued_at, workspace_id) WHERE state = 'held'")
    op.execute("CREATE INDEX event_reply_queued ON event (workspace_id, case_id) WHERE type = 'reply:queued'")
