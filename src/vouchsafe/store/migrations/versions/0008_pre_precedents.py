"""Precedents: replies that a person kept, de-identified, for people who answer the like.

Marked pre: older code does not know of the table.
"""

from alembic import op

revision = "0008"
down_revision = "0006"

_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"


def upgrade() -> None:
    """Create the table."""
    op.execute(
        "CREATE TABLE precedent (workspace_id UUID NOT NULL, id UUID NOT NULL, desk_id UUID NOT NULL, "
        "case_id UUID NOT NULL, conversation_id UUID NOT NULL, marked_by UUID NOT NULL, "
        "marked_at TIMESTAMP WITH TIME ZONE NOT NULL, withdrawn_by UUID, withdrawn_at TIMESTAMP WITH TIME ZONE, "
        "sealed BYTEA, PRIMARY KEY (workspace_id, id), "
        "FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id), "
        'FOREIGN KEY(workspace_id, case_id) REFERENCES "case" (workspace_id, id), '
        "FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversation (workspace_id, id))"
    )
    op.execute("CREATE UNIQUE INDEX precedent_case ON precedent (workspace_id, case_id) WHERE withdrawn_at IS NULL")
    op.execute("CREATE INDEX precedent_desk ON precedent (desk_id, workspace_id, marked_at) WHERE withdrawn_at IS NULL")
    op.execute("ALTER TABLE precedent ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE precedent FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY workspace ON precedent USING ({_WORKSPACE}) WITH CHECK ({_WORKSPACE})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON precedent TO vouchsafe_owner")
    # That there was one stays on record; its words are emptied when it is withdrawn.
    op.execute("GRANT SELECT, INSERT, UPDATE ON precedent TO vouchsafe_app")
