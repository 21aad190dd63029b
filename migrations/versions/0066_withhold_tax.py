"""Withhold tax from payouts: what from whom, and what was."""

from alembic import op

from migrations.support import make_append_only

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE withholding (
    id UUID NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    state TEXT DEFAULT 'proposed' NOT NULL,
    salt BYTEA NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_withholding PRIMARY KEY (id),
    CONSTRAINT ck_withholding_payee_kind_known CHECK (payee_kind IN ('worker', 'layer')),
    CONSTRAINT ck_withholding_state_known CHECK (state IN ('proposed', 'approved', 'rejected')),
    CONSTRAINT ck_withholding_decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_withholding_decided_at_a_moment CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_withholding_two_people CHECK (state <> 'approved' OR decided_by <> proposed_by),
    CONSTRAINT ck_withholding_not_ones_own CHECK (proposed_by <> payee_id AND decided_by <> payee_id),
    CONSTRAINT fk_withholding_proposed_by_person FOREIGN KEY(proposed_by) REFERENCES person (id),
    CONSTRAINT fk_withholding_decided_by_person FOREIGN KEY(decided_by) REFERENCES person (id)
);
CREATE INDEX ix_withholding_payee_id ON withholding (payee_id, valid_from) WHERE state = 'approved';
CREATE UNIQUE INDEX uq_withholding_proposed ON withholding (payee_id) WHERE state = 'proposed';

CREATE TABLE withholding_line (
    withholding_id UUID NOT NULL,
    position BIGINT NOT NULL,
    authority TEXT NOT NULL,
    rate_ppm BIGINT NOT NULL,
    base TEXT DEFAULT 'pay' NOT NULL,
    CONSTRAINT pk_withholding_line PRIMARY KEY (withholding_id, position),
    CONSTRAINT ck_withholding_line_rate_ppm CHECK (rate_ppm BETWEEN 1 AND 999999),
    CONSTRAINT ck_withholding_line_base CHECK (base = 'pay'),
    CONSTRAINT fk_withholding_line_withholding_id_withholding FOREIGN KEY(withholding_id) REFERENCES withholding (id)
);

CREATE TABLE payout_withholding (
    payout_id UUID NOT NULL,
    position BIGINT NOT NULL,
    authority TEXT NOT NULL,
    rate_ppm BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_payout_withholding PRIMARY KEY (payout_id, position),
    CONSTRAINT ck_payout_withholding_rate_ppm CHECK (rate_ppm BETWEEN 1 AND 999999),
    CONSTRAINT ck_payout_withholding_amount_not_negative CHECK (amount >= 0),
    CONSTRAINT fk_payout_withholding_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id)
);

ALTER TABLE payout ADD COLUMN withheld BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE payout ADD CONSTRAINT ck_payout_withheld_less_than_all CHECK (withheld >= 0 AND withheld < amount);
ALTER TABLE payout ADD CONSTRAINT ck_payout_withheld_in_the_currency_owed CHECK (withheld = 0 OR paid_currency IS NULL);
"""


def upgrade() -> None:
    """Create the tables; nothing was withheld from payouts until now."""
    op.execute(CREATE)
    make_append_only(op, "withholding_line")
    make_append_only(op, "payout_withholding")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE payout DROP CONSTRAINT ck_payout_withheld_in_the_currency_owed")
    op.execute("ALTER TABLE payout DROP CONSTRAINT ck_payout_withheld_less_than_all")
    op.execute("ALTER TABLE payout DROP COLUMN withheld")
    op.drop_table("payout_withholding")
    op.drop_table("withholding_line")
    op.drop_table("withholding")
