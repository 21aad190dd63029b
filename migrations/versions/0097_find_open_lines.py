"""Read what is open without what is long over: kept sums by code, open lines, installments by day and of a payout."""

from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE code_total (
    code SMALLINT NOT NULL,
    currency TEXT NOT NULL,
    through_posting_id BIGINT NOT NULL,
    debited NUMERIC NOT NULL,
    credited NUMERIC NOT NULL,
    compared_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_code_total PRIMARY KEY (code, currency)
);
CREATE INDEX ix_installment_due_on_id ON installment (due_on, id);
CREATE INDEX ix_installment_payout_id ON installment (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX ix_external_line_open_id ON external_line (id) WHERE state <> 'matched';
CREATE INDEX ix_external_line_oldest ON external_line (occurred_at, id) WHERE state <> 'matched';
"""

DOWNGRADE = """
DROP INDEX ix_external_line_oldest;
DROP INDEX ix_external_line_open_id;
DROP INDEX ix_installment_payout_id;
DROP INDEX ix_installment_due_on_id;
DROP TABLE code_total;
"""


def upgrade() -> None:
    """Sums, which a sweep fills, and indexes."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; everything in them follows from the postings and the lines."""
    op.execute(DOWNGRADE)
