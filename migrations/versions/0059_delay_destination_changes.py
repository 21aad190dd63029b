"""Let changes of where payees are paid wait before they take effect."""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE payout_destination_change (
    id UUID NOT NULL,
    payee_id UUID NOT NULL,
    rail TEXT NOT NULL,
    payee_kind TEXT NOT NULL,
    destination_sealed BYTEA NOT NULL,
    destination_digest BYTEA NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    asked_by UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    takes_effect_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by UUID,
    CONSTRAINT pk_payout_destination_change PRIMARY KEY (id),
    CONSTRAINT ck_payout_destination_change_payee_kind CHECK (payee_kind IN ('worker', 'organization')),
    CONSTRAINT ck_payout_destination_change_state_known CHECK (state IN ('waiting', 'effective', 'cancelled')),
    CONSTRAINT ck_payout_destination_change_ended CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT ck_payout_destination_change_delayed CHECK (takes_effect_at >= asked_at + interval '48 hours'),
    CONSTRAINT ck_payout_destination_change_effective_when_due
        CHECK (state <> 'effective' OR ended_at >= takes_effect_at),
    CONSTRAINT fk_payout_destination_change_asked_by_person FOREIGN KEY(asked_by) REFERENCES person (id),
    CONSTRAINT fk_payout_destination_change_ended_by_person FOREIGN KEY(ended_by) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_payout_destination_change_waiting ON payout_destination_change (payee_id, rail)
    WHERE state = 'waiting';
CREATE INDEX ix_payout_destination_change_due ON payout_destination_change (takes_effect_at) WHERE state = 'waiting';
"""


def upgrade() -> None:
    """Create the table; where payees are paid today stays."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop it; changes that wait are forgotten, and payees are paid where they were."""
    op.drop_table("payout_destination_change")
