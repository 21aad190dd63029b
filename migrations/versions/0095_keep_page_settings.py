"""Let workers choose how the pages are shown to them: with how little data, and with how large letters."""

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two choices, as everybody has them who chose nothing."""
    op.add_column("worker", sa.Column("low_data", sa.Text(), server_default="as_browser", nullable=False))
    op.create_check_constraint(op.f("ck_worker_low_data"), "worker", "low_data IN ('as_browser', 'always', 'never')")
    op.add_column("worker", sa.Column("text_size", sa.Text(), server_default="normal", nullable=False))
    op.create_check_constraint(op.f("ck_worker_text_size"), "worker", "text_size IN ('normal', 'large', 'very_large')")


def downgrade() -> None:
    """Take them away."""
    op.drop_column("worker", "text_size")
    op.drop_column("worker", "low_data")
