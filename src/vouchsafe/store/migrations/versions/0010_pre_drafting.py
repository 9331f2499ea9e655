"""What a language model is writing for a case, and each desk's own word on whether one may.

Marked pre: older code knows nothing of the table, and asks as the installation's setting says at every desk.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"


def upgrade() -> None:
    """Create the table, add the column."""
    op.execute(
        "CREATE TABLE drafting (workspace_id UUID NOT NULL, case_id UUID NOT NULL, version INTEGER NOT NULL, "
        "state TEXT NOT NULL, model TEXT NOT NULL, until TIMESTAMP WITH TIME ZONE NOT NULL, why TEXT NOT NULL, "
        "sealed BYTEA NOT NULL, PRIMARY KEY (workspace_id, case_id), "
        'FOREIGN KEY(workspace_id, case_id) REFERENCES "case" (workspace_id, id))'
    )
    op.execute("ALTER TABLE drafting ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE drafting FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY workspace ON drafting USING ({_WORKSPACE}) WITH CHECK ({_WORKSPACE})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON drafting TO vouchsafe_owner")
    op.execute("GRANT SELECT, INSERT, UPDATE ON drafting TO vouchsafe_app")
    op.execute("ALTER TABLE desk ADD COLUMN drafter TEXT DEFAULT '' NOT NULL")
