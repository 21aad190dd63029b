"""Add pre-labels: a model's proposal with an item, and whether an answer changed it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there has no proposal."""
    op.add_column("item", sa.Column("prelabel", postgresql.JSONB(), nullable=True))
    op.add_column("job_rate", sa.Column("prelabeled_item_count", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_job_rate_prelabeled_item_count"), "job_rate", "prelabeled_item_count BETWEEN 0 AND item_count"
    )
    op.add_column("answer", sa.Column("prelabel_changed", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("answer", "prelabel_changed")
    op.drop_constraint(op.f("ck_job_rate_prelabeled_item_count"), "job_rate")
    op.drop_column("job_rate", "prelabeled_item_count")
    op.drop_column("item", "prelabel")
