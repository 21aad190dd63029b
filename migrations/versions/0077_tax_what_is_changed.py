"""Let tax be withheld from a payout in another currency than the one owed."""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the constraint that kept the two apart."""
    op.execute("ALTER TABLE payout DROP CONSTRAINT ck_payout_withheld_in_the_currency_owed")


def downgrade() -> None:
    """Put it back; refused once such a payout exists."""
    op.execute(
        "ALTER TABLE payout ADD CONSTRAINT ck_payout_withheld_in_the_currency_owed "
        "CHECK (withheld = 0 OR paid_currency IS NULL)"
    )
