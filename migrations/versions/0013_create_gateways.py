"""Create the sandbox rail and the development mailbox."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE sandbox_charge (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    deposit_id TEXT NOT NULL,
    payer TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    refusal_code TEXT,
    refusal_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_sandbox_charge PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_charge_amount_positive CHECK (minor_units > 0),
    CONSTRAINT uq_sandbox_charge_idempotency_key UNIQUE (idempotency_key)
);

CREATE TABLE sandbox_transfer (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    transfer_group TEXT NOT NULL,
    destination TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    refusal_code TEXT,
    refusal_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_sandbox_transfer PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_transfer_amount_positive CHECK (minor_units > 0),
    CONSTRAINT uq_sandbox_transfer_idempotency_key UNIQUE (idempotency_key)
);
CREATE INDEX ix_sandbox_transfer_transfer_group ON sandbox_transfer (transfer_group);

CREATE TABLE sandbox_balance_line (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    kind TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    deposit_id TEXT,
    occurred_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_sandbox_balance_line PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_balance_line_kind CHECK (kind IN ('charge', 'transfer')),
    CONSTRAINT ck_sandbox_balance_line_not_nothing CHECK (minor_units <> 0)
);

CREATE TABLE sandbox_fault (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    match TEXT DEFAULT '' NOT NULL,
    remaining BIGINT DEFAULT 1 NOT NULL,
    delay_seconds BIGINT DEFAULT 0 NOT NULL,
    code TEXT DEFAULT 'declined' NOT NULL,
    CONSTRAINT pk_sandbox_fault PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_fault_operation CHECK (operation IN ('collect', 'pay_out')),
    CONSTRAINT ck_sandbox_fault_kind CHECK (
        kind IN ('refuse', 'not_executed', 'unknown_after_executing', 'unknown_before_executing', 'delay')
    ),
    CONSTRAINT ck_sandbox_fault_remaining CHECK (remaining >= 0),
    CONSTRAINT ck_sandbox_fault_delay CHECK (delay_seconds >= 0)
);

CREATE TABLE development_mail (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    "to" TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_development_mail PRIMARY KEY (id)
);
"""

TABLES = (
    "sandbox_charge",
    "sandbox_transfer",
    "sandbox_balance_line",
    "sandbox_fault",
    "development_mail",
)


def upgrade() -> None:
    op.execute(CREATE)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
