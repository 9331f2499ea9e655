"""The spine: workspaces, keys, conversations, cases, trail, outbox, staff, knowledge, and the queue's tables.

Marked pre: safe while older code runs. A released migration is never edited; the next change is number 0002.
"""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy import text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    connection = op.get_bind()
    raw = connection.connection.dbapi_connection
    assert raw is not None
    cursor = raw.cursor()
    # Raw cursor: both files hold several statements and percent signs.
    cursor.execute(SchemaManager.get_schema())
    cursor.execute(Path(__file__).with_name("0001_spine.sql").read_text(encoding="utf-8"))
    connection.execute(text("select 1"))
