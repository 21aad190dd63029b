"""Snapshot the accounts that many journals touch at once, so that their balance is not a sum of all their postings."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE account_snapshot (
    account_id BIGINT NOT NULL,
    through_posting_id BIGINT NOT NULL,
    debited BIGINT NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    compared_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_account_snapshot PRIMARY KEY (account_id),
    CONSTRAINT fk_account_snapshot_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
)
"""


def upgrade() -> None:
    """Add the table; a sweep fills it."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop it; everything in it follows from the postings."""
    op.drop_table("account_snapshot")
