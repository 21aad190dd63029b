"""Create rails: deposits, the inbox of rail events, where payees are paid."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE deposit (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    rail TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    reference TEXT,
    reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_deposit PRIMARY KEY (id),
    CONSTRAINT ck_deposit_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_deposit_state CHECK (state IN ('pending', 'available', 'refused')),
    CONSTRAINT fk_deposit_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_deposit_organization_id ON deposit (organization_id, created_at);
CREATE INDEX ix_deposit_pending ON deposit (created_at) WHERE state = 'pending';
CREATE UNIQUE INDEX uq_deposit_reference ON deposit (rail, reference) WHERE reference IS NOT NULL;

CREATE TABLE rail_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    payload JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    processed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_rail_event PRIMARY KEY (id),
    CONSTRAINT uq_rail_event_provider_event_id UNIQUE (provider, event_id)
);
CREATE INDEX ix_rail_event_waiting ON rail_event (provider, id) WHERE processed_at IS NULL;

CREATE TABLE payout_destination (
    payee_id UUID NOT NULL,
    rail TEXT NOT NULL,
    payee_kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_payout_destination PRIMARY KEY (payee_id, rail),
    CONSTRAINT ck_payout_destination_payee_kind CHECK (payee_kind IN ('worker', 'organization')),
    CONSTRAINT ck_payout_destination_destination CHECK (length(destination) BETWEEN 1 AND 200)
);
"""

TABLES = (
    "deposit",
    "rail_event",
    "payout_destination",
)


def upgrade() -> None:
    op.execute(CREATE)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
