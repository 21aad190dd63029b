"""Create chargebacks; keep of a rail's line which payment it is about."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE chargeback (
    id UUID NOT NULL,
    deposit_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    rail TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_amount BIGINT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    frozen_amount BIGINT DEFAULT 0 NOT NULL,
    collected_amount BIGINT DEFAULT 0 NOT NULL,
    written_off_amount BIGINT DEFAULT 0 NOT NULL,
    returned_amount BIGINT DEFAULT 0 NOT NULL,
    topped_up_amount BIGINT DEFAULT 0 NOT NULL,
    steps BIGINT DEFAULT 0 NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_chargeback PRIMARY KEY (id),
    CONSTRAINT uq_chargeback_rail_reference UNIQUE (rail, reference),
    CONSTRAINT ck_chargeback_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_chargeback_state CHECK (state IN ('open', 'won', 'lost')),
    CONSTRAINT ck_chargeback_parts_not_negative CHECK (
        fee_amount >= 0 AND frozen_amount >= 0 AND collected_amount >= 0 AND written_off_amount >= 0
        AND returned_amount >= 0 AND topped_up_amount >= 0
    ),
    CONSTRAINT ck_chargeback_parts_fit CHECK (
        frozen_amount <= amount - collected_amount - written_off_amount - returned_amount
    ),
    CONSTRAINT ck_chargeback_closed_has_its_moment CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT fk_chargeback_deposit_id_deposit FOREIGN KEY(deposit_id) REFERENCES deposit (id),
    CONSTRAINT fk_chargeback_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_chargeback_organization_id_opened_at ON chargeback (organization_id, opened_at);
CREATE INDEX ix_chargeback_deposit_id ON chargeback (deposit_id);
CREATE INDEX ix_chargeback_unsettled ON chargeback (id)
    WHERE collected_amount + written_off_amount + returned_amount < amount OR topped_up_amount > 0;
CREATE INDEX ix_rail_event_dispute ON rail_event (provider, (payload ->> 'dispute'))
    WHERE (payload ->> 'kind') = 'dispute.lost';
ALTER TABLE external_line ADD COLUMN charge TEXT;
CREATE TABLE sandbox_dispute (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    charge TEXT NOT NULL,
    minor_units BIGINT NOT NULL,
    fee_minor_units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    outcome TEXT,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sandbox_dispute PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_dispute_amounts CHECK (minor_units > 0 AND fee_minor_units >= 0),
    CONSTRAINT ck_sandbox_dispute_outcome CHECK (outcome IN ('won', 'lost')),
    CONSTRAINT ck_sandbox_dispute_ended_has_its_moment CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE sandbox_dispute")
    op.execute("ALTER TABLE external_line DROP COLUMN charge")
    op.execute("DROP INDEX ix_rail_event_dispute")
    op.execute("DROP TABLE chargeback")
