"""Say of measured pay how many of its claims were timed by beats."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count."""
    op.execute("ALTER TABLE pay_figure ADD COLUMN beaten BIGINT DEFAULT 0 NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE pay_figure DROP COLUMN beaten")
