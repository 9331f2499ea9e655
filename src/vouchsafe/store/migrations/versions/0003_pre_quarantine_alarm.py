"""An item in quarantine is an alarm too: when the on-call address was told, and who took care of it (R179).

Marked pre: older code neither reads nor writes the columns.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.execute("ALTER TABLE quarantine ADD COLUMN mailed_at TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE quarantine ADD COLUMN acknowledged_by UUID")
    op.execute("ALTER TABLE quarantine ADD COLUMN acknowledged_at TIMESTAMP WITH TIME ZONE")
