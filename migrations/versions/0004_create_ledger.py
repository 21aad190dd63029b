"""Create the ledger: accounts, journals, postings, balances of controlled accounts."""

from alembic import op

from migrations.support import make_append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE account (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    code SMALLINT NOT NULL,
    currency TEXT NOT NULL,
    owner_id UUID,
    contract_id UUID,
    due_on DATE,
    label TEXT,
    key TEXT GENERATED ALWAYS AS (
        code::text || '/' || currency || '/' || coalesce(owner_id::text, '') || '/' || coalesce(contract_id::text, '')
        || '/' || coalesce((due_on - date '2000-01-01')::text, '') || '/' || coalesce(label, '')
    ) STORED NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_id_currency UNIQUE (id, currency),
    CONSTRAINT ck_account_code CHECK (code BETWEEN 1000 AND 5999),
    CONSTRAINT ck_account_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT uq_account_key UNIQUE (key)
);
CREATE INDEX ix_account_owner_id ON account (owner_id, code);

CREATE TABLE journal (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    payload_hash BYTEA NOT NULL,
    subject_noun TEXT NOT NULL,
    subject_id UUID NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    actor TEXT NOT NULL,
    reverses_id UUID,
    CONSTRAINT pk_journal PRIMARY KEY (id),
    CONSTRAINT ck_journal_kind CHECK (kind ~ '^J[0-9]{1,2}[a-z]?$'),
    CONSTRAINT ck_journal_not_of_itself CHECK (reverses_id <> id),
    CONSTRAINT uq_journal_key UNIQUE (key),
    CONSTRAINT uq_journal_reverses_id UNIQUE (reverses_id),
    CONSTRAINT fk_journal_reverses_id_journal FOREIGN KEY(reverses_id) REFERENCES journal (id)
);
CREATE INDEX ix_journal_subject ON journal (subject_id, subject_noun);

CREATE TABLE posting (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    journal_id UUID NOT NULL,
    debit_account_id BIGINT NOT NULL,
    credit_account_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    CONSTRAINT pk_posting PRIMARY KEY (id),
    CONSTRAINT fk_posting_debit_account FOREIGN KEY(debit_account_id, currency) REFERENCES account (id, currency),
    CONSTRAINT fk_posting_credit_account FOREIGN KEY(credit_account_id, currency) REFERENCES account (id, currency),
    CONSTRAINT ck_posting_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_posting_two_accounts CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT fk_posting_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_posting_credit_account_id ON posting (credit_account_id);
CREATE INDEX ix_posting_debit_account_id ON posting (debit_account_id);
CREATE INDEX ix_posting_journal_id ON posting (journal_id);

CREATE TABLE account_balance (
    account_id BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    CONSTRAINT pk_account_balance PRIMARY KEY (account_id),
    CONSTRAINT ck_account_balance_right_side CHECK (balance >= 0),
    CONSTRAINT fk_account_balance_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);
"""

TABLES = (
    "account",
    "journal",
    "posting",
    "account_balance",
)


def upgrade() -> None:
    op.execute(CREATE)
    for table in ("account", "journal", "posting"):
        make_append_only(op, table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
