"""Find the lines that wait to be matched, and the oldest that nothing explains, without those that are matched."""

from alembic import op

revision = "0097"
down_revision = "0090"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE INDEX ix_external_line_state ON external_line (state, id) WHERE state <> 'matched';
CREATE INDEX ix_external_line_oldest ON external_line (occurred_at, id) WHERE state <> 'matched';
"""

DOWNGRADE = """
DROP INDEX ix_external_line_oldest;
DROP INDEX ix_external_line_state;
"""


def upgrade() -> None:
    """Indexes of lines that are not matched; small, however many are."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Take them back."""
    op.execute(DOWNGRADE)
