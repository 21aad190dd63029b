"""Give jobs a time in which accepted answers can be inspected, before any margin of them falls due."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the days; the jobs there are have none, for their layers accepted dates without it."""
    op.execute("ALTER TABLE job ADD COLUMN inspection_days SMALLINT DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE job ADD CONSTRAINT ck_job_inspection_days CHECK (inspection_days BETWEEN 0 AND 90)")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE job DROP COLUMN inspection_days")
