"""Keep what a rail's line kept as its fee, and what a payer's browser needs to pay a deposit."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.execute("ALTER TABLE external_line ADD COLUMN fee BIGINT DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE deposit ADD COLUMN client_secret TEXT")


def downgrade() -> None:
    """Drop both."""
    op.execute("ALTER TABLE deposit DROP COLUMN client_secret")
    op.execute("ALTER TABLE external_line DROP COLUMN fee")
