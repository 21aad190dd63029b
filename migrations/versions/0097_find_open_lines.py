"""Read the trial balance and open lines without what is long over: kept sums by code, and indexes of open lines."""

from alembic import op

revision = "0097"
down_revision = "0090"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE code_total (
    code SMALLINT NOT NULL,
    currency TEXT NOT NULL,
    through_posting_id BIGINT NOT NULL,
    debited BIGINT NOT NULL,
    credited BIGINT NOT NULL,
    compared_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_code_total PRIMARY KEY (code, currency)
);
CREATE INDEX ix_external_line_state ON external_line (state, id) WHERE state <> 'matched';
CREATE INDEX ix_external_line_oldest ON external_line (occurred_at, id) WHERE state <> 'matched';
"""

DOWNGRADE = """
DROP INDEX ix_external_line_oldest;
DROP INDEX ix_external_line_state;
DROP TABLE code_total;
"""


def upgrade() -> None:
    """Sums, which a sweep fills, and indexes of lines that are not matched: small, however many are."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; everything in them follows from the postings and the lines."""
    op.execute(DOWNGRADE)
