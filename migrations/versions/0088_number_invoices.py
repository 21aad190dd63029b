"""Let exports be of one month of the books."""

from alembic import op

revision = "0088"
down_revision = "0083"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE export ADD COLUMN month DATE;
ALTER TABLE export ADD CONSTRAINT ck_export_first_of_month CHECK (EXTRACT(day FROM month) = 1);
"""

DOWNGRADE = """
ALTER TABLE export DROP COLUMN month;
"""


def upgrade() -> None:
    """Exports that there are have no month."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Take the month away."""
    op.execute(DOWNGRADE)
