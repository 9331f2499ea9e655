"""Knowledge kept in step: from which source a document comes, what is held at the door, what was withdrawn.

Marked pre: older code publishes one folder a desk, which is what the default says, and knows nothing of the tables.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"


def upgrade() -> None:
    """Add the column and the tables."""
    op.execute("ALTER TABLE document ADD COLUMN source TEXT DEFAULT 'folder' NOT NULL")
    op.execute(
        "CREATE TABLE held_document (workspace_id UUID NOT NULL, id UUID NOT NULL, desk_id UUID NOT NULL, "
        "blind BYTEA NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, held_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "decided_by UUID, decided_at TIMESTAMP WITH TIME ZONE, sealed BYTEA, PRIMARY KEY (workspace_id, id), "
        "FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id))"
    )
    op.execute("CREATE UNIQUE INDEX held_document_blind ON held_document (workspace_id, desk_id, blind)")
    op.execute(
        "CREATE TABLE withdrawal (workspace_id UUID NOT NULL, id UUID NOT NULL, desk_id UUID NOT NULL, "
        "path TEXT NOT NULL, withdrawn_by UUID NOT NULL, withdrawn_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "reinstated_by UUID, reinstated_at TIMESTAMP WITH TIME ZONE, sealed BYTEA NOT NULL, "
        "PRIMARY KEY (workspace_id, id), FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id))"
    )
    op.execute(
        "CREATE UNIQUE INDEX withdrawal_path ON withdrawal (workspace_id, desk_id, path) WHERE reinstated_at IS NULL"
    )
    op.execute(
        "CREATE TABLE website_page (workspace_id UUID NOT NULL, desk_id UUID NOT NULL, source TEXT NOT NULL, "
        "url TEXT NOT NULL, options TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL, "
        "links JSONB NOT NULL, PRIMARY KEY (workspace_id, desk_id, source, url), "
        "FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id))"
    )
    for table in ("held_document", "withdrawal", "website_page"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY workspace ON {table} USING ({_WORKSPACE}) WITH CHECK ({_WORKSPACE})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO vouchsafe_owner")
    # What was decided about a document stays on record; only pages of a site that went are forgotten.
    op.execute("GRANT SELECT, INSERT, UPDATE ON held_document, withdrawal TO vouchsafe_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON website_page TO vouchsafe_app")
