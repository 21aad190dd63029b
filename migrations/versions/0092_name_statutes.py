"""Name the statute that the longest deferral of a country follows; its rows come by a sweep, each with its event."""

from alembic import op

revision = "0092"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is said of the statute; limits that operations set before name none."""
    op.execute(
        """
        ALTER TABLE country_deferral_limit
            ADD COLUMN statute TEXT,
            ADD COLUMN article TEXT,
            ADD COLUMN counted_from TEXT,
            ADD COLUMN read_on DATE,
            ADD CONSTRAINT ck_country_deferral_limit_statute
                CHECK (num_nulls(statute, article, counted_from, read_on) IN (0, 4))
        """
    )


def downgrade() -> None:
    """Take it back; the limits stay, and with them what was said for them."""
    op.execute(
        """
        ALTER TABLE country_deferral_limit
            DROP COLUMN statute, DROP COLUMN article, DROP COLUMN counted_from, DROP COLUMN read_on
        """
    )
