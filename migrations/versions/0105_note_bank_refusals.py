"""What payees' own banks did not take, where payouts are stopped for it, and the pace that processes share."""

from alembic import op

revision = "0105"
down_revision = "0102"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE payout_destination ADD COLUMN stopped_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE payout_destination ADD COLUMN look_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL;
ALTER TABLE payout_destination ADD COLUMN told_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_payout_destination_look ON payout_destination (rail, look_at);
CREATE INDEX ix_payout_destination_stopped ON payout_destination (payee_id) WHERE stopped_at IS NOT NULL;
CREATE TABLE bank_refusal (
    id UUID NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    rail TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    code TEXT NOT NULL,
    bank_account TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bank_refusal PRIMARY KEY (id),
    CONSTRAINT uq_bank_refusal_rail_reference UNIQUE (rail, reference),
    CONSTRAINT ck_bank_refusal_payee_kind CHECK (payee_kind IN ('worker', 'organization')),
    CONSTRAINT ck_bank_refusal_amount_positive CHECK (amount > 0)
);
CREATE INDEX ix_bank_refusal_open ON bank_refusal (payee_id, rail) WHERE ended_at IS NULL;
CREATE TABLE rail_pace (
    rail TEXT NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rail_pace PRIMARY KEY (rail)
);
"""

DOWNGRADE = """
DROP TABLE rail_pace;
DROP TABLE bank_refusal;
DROP INDEX ix_payout_destination_stopped;
DROP INDEX ix_payout_destination_look;
ALTER TABLE payout_destination DROP COLUMN told_at;
ALTER TABLE payout_destination DROP COLUMN look_at;
ALTER TABLE payout_destination DROP COLUMN stopped_at;
"""


def upgrade() -> None:
    """No account is known to be refused; the rails are asked about all of them, a few at a time."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Forget what the banks refused: what is held for it is released with the payee's next word."""
    op.execute(DOWNGRADE)
