"""Reports of faults, so that like ones are seen together, and stops that no person pressed (R188).

Marked pre: older code neither reads nor writes the table, and shows a stop without a person as one of nobody.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"


def upgrade() -> None:
    """Create the table; let a stop be nobody's."""
    op.execute(
        "CREATE TABLE fault_report (workspace_id UUID NOT NULL, id UUID NOT NULL, desk_id UUID NOT NULL, "
        "at TIMESTAMP WITH TIME ZONE NOT NULL, sealed BYTEA NOT NULL, PRIMARY KEY (workspace_id, id), "
        "FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id))"
    )
    op.execute("CREATE INDEX fault_report_desk ON fault_report (desk_id, workspace_id, at)")
    op.execute("ALTER TABLE fault_report ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE fault_report FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY workspace ON fault_report USING ({_WORKSPACE}) WITH CHECK ({_WORKSPACE})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON fault_report TO vouchsafe_owner")
    op.execute("GRANT SELECT, INSERT, DELETE ON fault_report TO vouchsafe_app")
    op.execute("ALTER TABLE stop ALTER COLUMN pressed_by DROP NOT NULL")
