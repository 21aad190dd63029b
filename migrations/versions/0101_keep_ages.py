"""Keep what is owed by its age, sums by code with due dates, and which journals no line confirms."""

from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

UPGRADE = """
DELETE FROM code_total;
ALTER TABLE code_total ADD COLUMN due_on DATE DEFAULT '9999-12-31' NOT NULL;
ALTER TABLE code_total DROP CONSTRAINT pk_code_total;
ALTER TABLE code_total ADD CONSTRAINT pk_code_total PRIMARY KEY (code, currency, due_on);
CREATE TABLE kept_age (
    account_id BIGINT NOT NULL,
    since DATE NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    contract_id UUID,
    payout_id UUID,
    reason TEXT,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_kept_age PRIMARY KEY (account_id, since),
    CONSTRAINT ck_kept_age_not_empty CHECK (amount <> 0),
    CONSTRAINT ck_kept_age_kind_known CHECK (kind IN ('dated', 'held', 'failed', 'in_flight')),
    CONSTRAINT fk_kept_age_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_kept_age_since_account_id ON kept_age (since, account_id);
CREATE INDEX ix_kept_age_bucket ON kept_age (currency, payee_kind, kind, since, account_id);
CREATE TABLE kept_horizon (
    name TEXT NOT NULL,
    through_posting_id BIGINT NOT NULL,
    compared_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_kept_horizon PRIMARY KEY (name)
);
CREATE INDEX ix_account_own ON account (code) WHERE owner_id IS NULL;
CREATE TABLE unconfirmed_journal (
    journal_id UUID NOT NULL,
    rail TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_unconfirmed_journal PRIMARY KEY (journal_id, rail, currency),
    CONSTRAINT fk_unconfirmed_journal_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
"""

DOWNGRADE = """
DROP INDEX ix_account_own;
DROP TABLE unconfirmed_journal;
DROP TABLE kept_horizon;
DROP TABLE kept_age;
DELETE FROM code_total;
ALTER TABLE code_total DROP CONSTRAINT pk_code_total;
ALTER TABLE code_total DROP COLUMN due_on;
ALTER TABLE code_total ADD CONSTRAINT pk_code_total PRIMARY KEY (code, currency);
"""


def upgrade() -> None:
    """Create the tables, empty, and empty the sums: sweeps fill both from the postings."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; the postings say the same."""
    op.execute(DOWNGRADE)
