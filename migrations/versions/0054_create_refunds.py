"""Create refunds of unspent deposits."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE refund (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    deposit_id UUID NOT NULL,
    rail TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    reference TEXT,
    reason TEXT,
    first_asked_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refund PRIMARY KEY (id),
    CONSTRAINT ck_refund_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_refund_state CHECK (state IN ('pending', 'settled', 'refused')),
    CONSTRAINT fk_refund_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_refund_deposit_id_deposit FOREIGN KEY(deposit_id) REFERENCES deposit (id)
);
CREATE INDEX ix_refund_deposit_id ON refund (deposit_id);
CREATE INDEX ix_refund_organization_id_created_at ON refund (organization_id, created_at);
CREATE INDEX ix_refund_pending ON refund (created_at) WHERE state = 'pending';
CREATE TABLE sandbox_refund (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    charge TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    refusal_code TEXT,
    refusal_message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_sandbox_refund PRIMARY KEY (id),
    CONSTRAINT uq_sandbox_refund_idempotency_key UNIQUE (idempotency_key),
    CONSTRAINT ck_sandbox_refund_amount_positive CHECK (minor_units > 0)
);
ALTER TABLE sandbox_fault DROP CONSTRAINT ck_sandbox_fault_operation;
ALTER TABLE sandbox_fault ADD CONSTRAINT ck_sandbox_fault_operation
    CHECK (operation IN ('collect', 'pay_out', 'refund'));
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE sandbox_fault DROP CONSTRAINT ck_sandbox_fault_operation")
    op.execute(
        "ALTER TABLE sandbox_fault ADD CONSTRAINT ck_sandbox_fault_operation "
        "CHECK (operation IN ('collect', 'pay_out'))"
    )
    op.execute("DROP TABLE sandbox_refund")
    op.execute("DROP TABLE refund")
