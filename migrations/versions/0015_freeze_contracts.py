"""Freeze contracts: when, and why, for their sellers to read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract", sa.Column("frozen_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("contract", sa.Column("frozen_reason", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_contract_frozen_says_why"), "contract", "state <> 'frozen' OR frozen_reason IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_contract_frozen_says_why"), "contract", type_="check")
    op.drop_column("contract", "frozen_reason")
    op.drop_column("contract", "frozen_at")
