"""The agreement register in its versions, and what calls to models cost a day.

Marked pre: older code neither reads nor writes the tables. A version of the register is never changed or taken away, so
the application may only add one.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"


def upgrade() -> None:
    """Create both tables."""
    op.execute(
        "CREATE TABLE agreement_register (workspace_id UUID NOT NULL, id UUID NOT NULL, adopted_by UUID NOT NULL, "
        "adopted_at TIMESTAMP WITH TIME ZONE NOT NULL, sealed BYTEA NOT NULL, PRIMARY KEY (workspace_id, id))"
    )
    op.execute("CREATE INDEX agreement_register_latest ON agreement_register (workspace_id, adopted_at)")
    op.execute(
        "CREATE TABLE model_day (workspace_id UUID NOT NULL, day DATE NOT NULL, calls BIGINT NOT NULL, "
        "tokens BIGINT NOT NULL, cost BIGINT NOT NULL, PRIMARY KEY (workspace_id, day))"
    )
    for table in ("agreement_register", "model_day"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY workspace ON {table} USING ({_WORKSPACE}) WITH CHECK ({_WORKSPACE})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO vouchsafe_owner")
    op.execute("GRANT SELECT, INSERT ON agreement_register TO vouchsafe_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON model_day TO vouchsafe_app")
