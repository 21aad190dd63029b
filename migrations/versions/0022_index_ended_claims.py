"""Index claims that ended, by batch: scorecards count them. A claim that begins writes nothing here."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_claim_ended",
        "claim",
        ["batch_id", "decided_at"],
        postgresql_where=sa.text("state IN ('decided', 'expired')"),
    )


def downgrade() -> None:
    op.drop_index("ix_claim_ended", "claim")
