"""Add the allowance: what a client keeps back in the reserve of a job."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; jobs that are there keep nothing back."""
    op.add_column("job", sa.Column("allowance_amount", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_job_allowance"), "job", "allowance_amount >= 0")


def downgrade() -> None:
    """Drop it."""
    op.drop_constraint(op.f("ck_job_allowance"), "job")
    op.drop_column("job", "allowance_amount")
