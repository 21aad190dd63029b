"""Create extras: what workers are paid beside the price of answers, and what it takes from layers."""

from alembic import op

from migrations.support import make_append_only

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE extra (
    id UUID DEFAULT uuid7() NOT NULL,
    kind TEXT NOT NULL,
    job_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    claim_id UUID,
    worker_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    unpaid_amount BIGINT DEFAULT 0 NOT NULL,
    recourse_amount BIGINT DEFAULT 0 NOT NULL,
    journal_id UUID,
    key TEXT NOT NULL,
    note TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_extra PRIMARY KEY (id),
    CONSTRAINT uq_extra_key UNIQUE (key),
    CONSTRAINT ck_extra_kind_known CHECK (kind IN ('gold', 'bonus', 'recovery', 'redo_fee', 'wage_top_up')),
    CONSTRAINT ck_extra_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_extra_nothing_negative CHECK (unpaid_amount >= 0 AND recourse_amount >= 0),
    CONSTRAINT ck_extra_within_amount CHECK (unpaid_amount + recourse_amount <= amount),
    CONSTRAINT ck_extra_allowance_pays_at_once
        CHECK (kind IN ('redo_fee', 'wage_top_up') OR (unpaid_amount = 0 AND recourse_amount = 0)),
    CONSTRAINT fk_extra_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_extra_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_extra_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id),
    CONSTRAINT fk_extra_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id),
    CONSTRAINT fk_extra_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_extra_worker_id_id ON extra (worker_id, id);
CREATE INDEX ix_extra_job_id_id ON extra (job_id, id);
CREATE INDEX ix_extra_claim_id ON extra (claim_id) WHERE claim_id IS NOT NULL;
CREATE INDEX ix_extra_open ON extra (id) WHERE unpaid_amount > 0 OR recourse_amount > 0;

CREATE TABLE extra_share (
    extra_id UUID NOT NULL,
    installment_id UUID NOT NULL,
    journal_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_extra_share PRIMARY KEY (extra_id, installment_id),
    CONSTRAINT ck_extra_share_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_extra_share_extra_id_extra FOREIGN KEY(extra_id) REFERENCES extra (id),
    CONSTRAINT fk_extra_share_installment_id_installment FOREIGN KEY(installment_id) REFERENCES installment (id),
    CONSTRAINT fk_extra_share_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_extra_share_installment_id ON extra_share (installment_id);
CREATE INDEX ix_extra_share_journal_id ON extra_share (journal_id);

CREATE TABLE extra_charge (
    journal_id UUID NOT NULL,
    installment_id UUID NOT NULL,
    extra_id UUID NOT NULL,
    paid_to TEXT NOT NULL,
    installment_state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_extra_charge PRIMARY KEY (journal_id, installment_id),
    CONSTRAINT ck_extra_charge_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_extra_charge_paid_to CHECK (paid_to IN ('worker', 'fund')),
    CONSTRAINT ck_extra_charge_installment_state CHECK (installment_state IN ('scheduled', 'due')),
    CONSTRAINT fk_extra_charge_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id),
    CONSTRAINT fk_extra_charge_installment_id_installment FOREIGN KEY(installment_id) REFERENCES installment (id),
    CONSTRAINT fk_extra_charge_extra_id_extra FOREIGN KEY(extra_id) REFERENCES extra (id)
);
CREATE INDEX ix_extra_charge_installment_id ON extra_charge (installment_id);
CREATE INDEX ix_extra_charge_extra_id ON extra_charge (extra_id);

ALTER TABLE job_reserve ADD COLUMN allowance_spent_amount BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE job_reserve ADD CONSTRAINT ck_job_reserve_allowance_spent CHECK (allowance_spent_amount >= 0);
ALTER TABLE installment DROP CONSTRAINT ck_installment_amount_positive;
ALTER TABLE installment ADD CONSTRAINT ck_installment_amount_positive
    CHECK (amount > 0 OR (amount = 0 AND state = 'cancelled'));
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)
    for table in ("extra_share", "extra_charge"):
        make_append_only(op, table)


def downgrade() -> None:
    """Drop them; refused by the constraint where an extra took all of an installment."""
    op.execute(
        "ALTER TABLE installment DROP CONSTRAINT ck_installment_amount_positive; "
        "ALTER TABLE installment ADD CONSTRAINT ck_installment_amount_positive CHECK (amount > 0); "
        "ALTER TABLE job_reserve DROP COLUMN allowance_spent_amount"
    )
    for table in ("extra_charge", "extra_share", "extra"):
        op.drop_table(table)
