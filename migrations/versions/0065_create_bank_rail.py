"""Create the bank rail's tables; a deposit says what was announced where another amount came."""

from alembic import op

from migrations.support import make_append_only

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE bank_detail (
    id UUID NOT NULL,
    content_sealed BYTEA NOT NULL,
    CONSTRAINT pk_bank_detail PRIMARY KEY (id)
);
CREATE TABLE bank_file (
    id UUID NOT NULL,
    message_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    count BIGINT NOT NULL,
    minor_units BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    content_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_file PRIMARY KEY (id),
    CONSTRAINT ck_bank_file_not_empty CHECK (count > 0 AND minor_units > 0),
    CONSTRAINT uq_bank_file_message_id UNIQUE (message_id),
    CONSTRAINT fk_bank_file_content_id_bank_detail FOREIGN KEY(content_id) REFERENCES bank_detail (id)
);
CREATE TABLE bank_instruction (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    transfer_group TEXT NOT NULL,
    destination_id UUID,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT,
    refusal_code TEXT,
    refusal_message TEXT,
    file_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_instruction PRIMARY KEY (id),
    CONSTRAINT ck_bank_instruction_kind CHECK (kind IN ('transfer', 'refund')),
    CONSTRAINT ck_bank_instruction_amount_positive CHECK (minor_units > 0),
    CONSTRAINT ck_bank_instruction_reference_or_refusal CHECK ((reference IS NULL) = (refusal_code IS NOT NULL)),
    CONSTRAINT ck_bank_instruction_only_whole_in_file CHECK (
        file_id IS NULL OR (reference IS NOT NULL AND destination_id IS NOT NULL)),
    CONSTRAINT uq_bank_instruction_idempotency_key UNIQUE (idempotency_key),
    CONSTRAINT fk_bank_instruction_destination_id_bank_detail FOREIGN KEY(destination_id) REFERENCES bank_detail (id),
    CONSTRAINT uq_bank_instruction_reference UNIQUE (reference),
    CONSTRAINT fk_bank_instruction_file_id_bank_file FOREIGN KEY(file_id) REFERENCES bank_file (id)
);
CREATE INDEX ix_bank_instruction_file_id ON bank_instruction (file_id);
CREATE INDEX ix_bank_instruction_transfer_group ON bank_instruction (transfer_group);
CREATE INDEX ix_bank_instruction_waiting ON bank_instruction (currency, id)
    WHERE file_id IS NULL AND reference IS NOT NULL;
CREATE TABLE bank_expectation (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    payer TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT,
    refusal_code TEXT,
    refusal_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_expectation PRIMARY KEY (id),
    CONSTRAINT ck_bank_expectation_amount_positive CHECK (minor_units > 0),
    CONSTRAINT ck_bank_expectation_reference_or_refusal CHECK (reference IS NULL OR refusal_code IS NULL),
    CONSTRAINT uq_bank_expectation_idempotency_key UNIQUE (idempotency_key),
    CONSTRAINT uq_bank_expectation_reference UNIQUE (reference)
);
CREATE TABLE bank_statement (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    opening BIGINT NOT NULL,
    closing BIGINT NOT NULL,
    closed_on DATE NOT NULL,
    line_count BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_statement PRIMARY KEY (id),
    CONSTRAINT uq_bank_statement_account_statement_id UNIQUE (account, statement_id)
);
CREATE INDEX ix_bank_statement_account ON bank_statement (account, closed_on, number);
CREATE TABLE bank_line (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    statement_id UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    booked_on DATE NOT NULL,
    reference TEXT NOT NULL,
    deposit TEXT,
    bank_reference TEXT NOT NULL,
    said_id UUID NOT NULL,
    other_id UUID,
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_line PRIMARY KEY (id),
    CONSTRAINT uq_bank_line_statement_id_ordinal UNIQUE (statement_id, ordinal),
    CONSTRAINT ck_bank_line_not_nothing CHECK (minor_units <> 0),
    CONSTRAINT ck_bank_line_charge_of_deposit CHECK ((kind = 'charge') = (deposit IS NOT NULL)),
    CONSTRAINT fk_bank_line_statement_id_bank_statement FOREIGN KEY(statement_id) REFERENCES bank_statement (id),
    CONSTRAINT fk_bank_line_said_id_bank_detail FOREIGN KEY(said_id) REFERENCES bank_detail (id),
    CONSTRAINT fk_bank_line_other_id_bank_detail FOREIGN KEY(other_id) REFERENCES bank_detail (id)
);
CREATE INDEX ix_bank_line_deposit ON bank_line (deposit) WHERE deposit IS NOT NULL;
CREATE INDEX ix_bank_line_imported_at ON bank_line (imported_at);
CREATE INDEX ix_bank_line_reference ON bank_line (reference);
ALTER TABLE deposit ADD COLUMN announced BIGINT;
ALTER TABLE deposit ADD CONSTRAINT ck_deposit_announced_positive CHECK (announced > 0);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)
    for table in ("bank_file", "bank_statement", "bank_line"):
        make_append_only(op, table)


def downgrade() -> None:
    """Drop them: what waits for the bank, and what it said, is forgotten."""
    op.execute("ALTER TABLE deposit DROP CONSTRAINT ck_deposit_announced_positive")
    op.execute("ALTER TABLE deposit DROP COLUMN announced")
    for table in ("bank_line", "bank_statement", "bank_expectation", "bank_instruction", "bank_file", "bank_detail"):
        op.drop_table(table)
