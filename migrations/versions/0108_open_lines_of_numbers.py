"""What accounts moved by day, and the indexes by which their postings, and journals of a kind, are listed."""

from alembic import op

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE account_day (
    account_id BIGINT NOT NULL,
    effective_on DATE NOT NULL,
    debited BIGINT NOT NULL,
    credited BIGINT NOT NULL,
    postings BIGINT NOT NULL,
    first_posting_id BIGINT NOT NULL,
    last_posting_id BIGINT NOT NULL,
    CONSTRAINT pk_account_day PRIMARY KEY (account_id, effective_on),
    CONSTRAINT fk_account_day_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_account_dated ON account (code, currency, due_on, id) WHERE due_on IS NOT NULL;
CREATE INDEX ix_account_undated ON account (code, currency, id) WHERE due_on IS NULL;
CREATE INDEX ix_payout_failed ON payout (state, id) WHERE state IN ('refused', 'returned');
CREATE INDEX ix_journal_kind ON journal (kind, effective_on, id);
DROP INDEX ix_posting_debit_account_id;
DROP INDEX ix_posting_credit_account_id;
CREATE INDEX ix_posting_debit_account_id ON posting (debit_account_id, id);
CREATE INDEX ix_posting_credit_account_id ON posting (credit_account_id, id);
"""

DOWNGRADE = """
DELETE FROM kept_horizon WHERE name = 'account_days';
DROP INDEX ix_posting_credit_account_id;
DROP INDEX ix_posting_debit_account_id;
CREATE INDEX ix_posting_debit_account_id ON posting (debit_account_id);
CREATE INDEX ix_posting_credit_account_id ON posting (credit_account_id);
DROP INDEX ix_journal_kind;
DROP INDEX ix_payout_failed;
DROP INDEX ix_account_undated;
DROP INDEX ix_account_dated;
DROP TABLE account_day;
"""


def upgrade() -> None:
    """A sweep sums the postings there are."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Nothing is lost that does not follow from the postings."""
    op.execute(DOWNGRADE)
