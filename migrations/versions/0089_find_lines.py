"""Find a rail's line by its reference, whatever became of it."""

from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index beside the one of unmatched lines only."""
    op.execute("CREATE INDEX ix_external_line_reference ON external_line (reference)")


def downgrade() -> None:
    """Take it back."""
    op.execute("DROP INDEX ix_external_line_reference")
