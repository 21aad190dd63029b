"""Create payouts: runs, payouts, their lines and their history."""

from alembic import op

from migrations.support import make_append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE payout_run (
    id UUID DEFAULT uuid7() NOT NULL,
    state TEXT DEFAULT 'prepared' NOT NULL,
    rail TEXT NOT NULL,
    due_by DATE NOT NULL,
    prepared_by UUID NOT NULL,
    prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by UUID,
    approved_at TIMESTAMP WITH TIME ZONE,
    executed_by UUID,
    executed_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    version BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT pk_payout_run PRIMARY KEY (id),
    CONSTRAINT ck_payout_run_state_known CHECK (state IN ('prepared', 'approved', 'executing', 'done', 'cancelled')),
    CONSTRAINT ck_payout_run_two_people CHECK (approved_by IS NULL OR approved_by <> prepared_by),
    CONSTRAINT fk_payout_run_prepared_by_person FOREIGN KEY(prepared_by) REFERENCES person (id),
    CONSTRAINT fk_payout_run_approved_by_person FOREIGN KEY(approved_by) REFERENCES person (id),
    CONSTRAINT fk_payout_run_executed_by_person FOREIGN KEY(executed_by) REFERENCES person (id)
);
CREATE INDEX ix_payout_run_state ON payout_run (state);

CREATE TABLE payout (
    id UUID DEFAULT uuid7() NOT NULL,
    run_id UUID NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    contract_id UUID,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    carried_in BIGINT DEFAULT 0 NOT NULL,
    carried_out BIGINT DEFAULT 0 NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    attempt BIGINT DEFAULT 1 NOT NULL,
    tries BIGINT DEFAULT 0 NOT NULL,
    lease_id UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    first_asked_at TIMESTAMP WITH TIME ZONE,
    rail TEXT NOT NULL,
    destination TEXT NOT NULL,
    rail_reference TEXT,
    refusal_code TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    version BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT pk_payout PRIMARY KEY (id),
    CONSTRAINT ck_payout_payee_kind_known CHECK (payee_kind IN ('worker', 'layer')),
    CONSTRAINT ck_payout_layer_names_its_contract CHECK ((payee_kind = 'layer') = (contract_id IS NOT NULL)),
    CONSTRAINT ck_payout_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_payout_state_known
        CHECK (state IN (
            'draft', 'approved', 'submitting', 'sent', 'settled', 'reconciled', 'unknown', 'refused', 'cancelled',
            'returned'
        )),
    CONSTRAINT fk_payout_run_id_payout_run FOREIGN KEY(run_id) REFERENCES payout_run (id),
    CONSTRAINT fk_payout_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_payout_in_flight ON payout (state, id) WHERE state IN ('submitting', 'sent', 'unknown');
CREATE INDEX ix_payout_payee_kind_payee_id_currency ON payout (payee_kind, payee_id, currency);
CREATE INDEX ix_payout_rail_reference ON payout (rail_reference);
CREATE INDEX ix_payout_run_id ON payout (run_id);

CREATE TABLE payout_line (
    payout_id UUID NOT NULL,
    installment_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_payout_line PRIMARY KEY (payout_id, installment_id),
    CONSTRAINT ck_payout_line_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_payout_line_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id),
    CONSTRAINT fk_payout_line_installment_id_installment FOREIGN KEY(installment_id) REFERENCES installment (id)
);
CREATE INDEX ix_payout_line_installment_id ON payout_line (installment_id);

CREATE TABLE payout_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    payout_id UUID NOT NULL,
    kind TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    state_before TEXT,
    state_after TEXT NOT NULL,
    person_id UUID,
    body JSONB DEFAULT '{}'::jsonb NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    real_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_payout_event PRIMARY KEY (id),
    CONSTRAINT fk_payout_event_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id),
    CONSTRAINT fk_payout_event_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_payout_event_payout_id_id ON payout_event (payout_id, id);
"""


def upgrade() -> None:
    """Create the tables; what a payout pays and what happened to it are never changed."""
    op.execute(CREATE)
    make_append_only(op, "payout_line")
    make_append_only(op, "payout_event")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payout_event")
    op.drop_table("payout_line")
    op.drop_table("payout")
    op.drop_table("payout_run")
