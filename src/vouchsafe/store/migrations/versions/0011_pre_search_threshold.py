"""When a search of a desk abstains, where that was measured on the desk's own questions.

Marked pre: older code knows nothing of the column, and abstains as shipped.
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE desk ADD COLUMN calibration TEXT DEFAULT '' NOT NULL")
