"""Let workers take installments early, for a fee that they accepted."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE installment ADD COLUMN advanced_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE installment ADD COLUMN advance_fee BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE installment
    ADD CONSTRAINT ck_installment_advanced_has_its_moment CHECK (state <> 'advanced' OR advanced_at IS NOT NULL);
ALTER TABLE installment
    ADD CONSTRAINT ck_installment_only_workers_take_early CHECK (advanced_at IS NULL OR payee_kind = 'worker');
ALTER TABLE installment ADD CONSTRAINT ck_installment_fee_of_an_advance CHECK (
    advance_fee = 0 OR (advanced_at IS NOT NULL AND advance_fee > 0 AND advance_fee < amount)
);
ALTER TABLE payout ADD COLUMN advance_fee BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE payout ADD CONSTRAINT ck_payout_fee_of_a_worker CHECK (
    advance_fee = 0 OR (advance_fee > 0 AND payee_kind = 'worker')
);
DROP INDEX ix_installment_to_pay;
CREATE INDEX ix_installment_to_pay ON installment (due_on, id) WHERE state IN ('due', 'advanced', 'held');
"""

DOWN = """
DROP INDEX ix_installment_to_pay;
CREATE INDEX ix_installment_to_pay ON installment (due_on, id) WHERE state IN ('due', 'held');
ALTER TABLE payout DROP COLUMN advance_fee;
ALTER TABLE installment DROP COLUMN advance_fee;
ALTER TABLE installment DROP COLUMN advanced_at;
"""


def upgrade() -> None:
    """Add the moment and the fee; nothing was taken early before."""
    _run(UP)


def downgrade() -> None:
    """Drop both. What is taken early and not in a payout yet is due, as it is on the books; fees are forgotten."""
    op.execute("UPDATE installment SET state = 'due', due_at = advanced_at WHERE state = 'advanced'")
    _run(DOWN)


def _run(statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement)
