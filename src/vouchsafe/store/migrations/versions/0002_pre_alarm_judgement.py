"""Whether a person found an alarm warranted, once they had read the case.

Marked pre: older code neither reads nor writes the columns.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns."""
    op.execute("ALTER TABLE alarm ADD COLUMN warranted BOOLEAN")
    op.execute("ALTER TABLE alarm ADD COLUMN judged_by UUID")
    op.execute("ALTER TABLE alarm ADD COLUMN judged_at TIMESTAMP WITH TIME ZONE")
    op.execute("CREATE INDEX alarm_case ON alarm (case_id, workspace_id)")
