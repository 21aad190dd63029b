"""Note how each sweep went, and since when items wait for their consensus."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE sweep_run (
    name TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    milliseconds BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    runs BIGINT DEFAULT 1 NOT NULL,
    rows_total BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    CONSTRAINT pk_sweep_run PRIMARY KEY (name),
    CONSTRAINT ck_sweep_run_failure_says_what CHECK ((failed_at IS NULL) = (error IS NULL)),
    CONSTRAINT ck_sweep_run_counts CHECK (failures <= runs)
) WITH (fillfactor = 50)
"""


def upgrade() -> None:
    """Add them; what waits already counts from now."""
    op.execute(CREATE)
    op.execute(
        "ALTER TABLE consensus_due ADD COLUMN due_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL"
    )


def downgrade() -> None:
    """Drop them; how sweeps went is forgotten."""
    op.execute("ALTER TABLE consensus_due DROP COLUMN due_at")
    op.drop_table("sweep_run")
