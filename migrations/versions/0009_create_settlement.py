"""Create settlement: earnings, installments, and the shares between them."""

from alembic import op

from migrations.support import make_append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE earning (
    id UUID DEFAULT uuid7() NOT NULL,
    answer_id UUID NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    accepted_on DATE NOT NULL,
    journal_id UUID NOT NULL,
    CONSTRAINT pk_earning PRIMARY KEY (id),
    CONSTRAINT uq_earning_answer_id_payee_kind_contract_id UNIQUE (answer_id, payee_kind, contract_id),
    CONSTRAINT ck_earning_payee_kind_known CHECK (payee_kind IN ('worker', 'layer')),
    CONSTRAINT ck_earning_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_earning_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id),
    CONSTRAINT fk_earning_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_earning_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_earning_journal_id ON earning (journal_id);
CREATE INDEX ix_earning_payee_kind_payee_id_accepted_on ON earning (payee_kind, payee_id, accepted_on);

CREATE TABLE installment (
    id UUID DEFAULT uuid7() NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    due_on DATE NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT DEFAULT 'scheduled' NOT NULL,
    payout_id UUID,
    held_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    held_at TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_installment PRIMARY KEY (id),
    CONSTRAINT ck_installment_payee_kind_known CHECK (payee_kind IN ('worker', 'layer')),
    CONSTRAINT ck_installment_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_installment_state_known
        CHECK (state IN (
            'scheduled', 'due', 'in_payout', 'paid', 'held', 'advanced', 'cancelled'
        )),
    CONSTRAINT ck_installment_paid_has_its_moment CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CONSTRAINT ck_installment_payout_while_paying CHECK ((state IN ('in_payout', 'paid')) = (payout_id IS NOT NULL)),
    CONSTRAINT ck_installment_held_has_its_reason CHECK (state <> 'held' OR held_reason IS NOT NULL),
    CONSTRAINT fk_installment_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_installment_payee_kind_payee_id_due_on ON installment (payee_kind, payee_id, due_on);
CREATE INDEX ix_installment_to_mature ON installment (due_on, id) WHERE state = 'scheduled';
CREATE INDEX ix_installment_to_pay ON installment (due_on, id) WHERE state IN ('due', 'held');
CREATE INDEX ix_installment_worker_first
    ON installment (contract_id, due_on) WHERE payee_kind = 'worker' AND state IN ('scheduled', 'due', 'in_payout');
CREATE UNIQUE INDEX uq_installment_scheduled
    ON installment (payee_kind, payee_id, contract_id, due_on, currency) WHERE state = 'scheduled';

CREATE TABLE earning_share (
    earning_id UUID NOT NULL,
    installment_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_earning_share PRIMARY KEY (earning_id, installment_id),
    CONSTRAINT ck_earning_share_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_earning_share_earning_id_earning FOREIGN KEY(earning_id) REFERENCES earning (id),
    CONSTRAINT fk_earning_share_installment_id_installment FOREIGN KEY(installment_id) REFERENCES installment (id)
);
CREATE INDEX ix_earning_share_installment_id ON earning_share (installment_id);
"""


def upgrade() -> None:
    """Create the tables; earnings and their shares are never changed."""
    op.execute(CREATE)
    make_append_only(op, "earning")
    make_append_only(op, "earning_share")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("earning_share")
    op.drop_table("installment")
    op.drop_table("earning")
