"""Let held installments become unclaimed, after notices that are kept."""

from alembic import op

from migrations.support import make_append_only

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

STATES = "'scheduled', 'due', 'in_payout', 'paid', 'held', 'advanced', 'cancelled', 'kept'"
CREATE = """
CREATE TABLE dormancy_notice (
    installment_id UUID NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number SMALLINT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_dormancy_notice PRIMARY KEY (installment_id, held_at, number),
    CONSTRAINT fk_dormancy_notice_installment_id_installment FOREIGN KEY(installment_id) REFERENCES installment (id)
);
CREATE INDEX ix_installment_held ON installment (held_at, id) WHERE state IN ('held', 'unclaimed');
"""


def upgrade() -> None:
    """Create the table, widen the states."""
    op.execute(CREATE)
    make_append_only(op, "dormancy_notice")
    _allow(f"{STATES}, 'unclaimed'")


def downgrade() -> None:
    """Drop it; refused while money is unclaimed."""
    _allow(STATES)
    op.execute("DROP INDEX ix_installment_held")
    op.execute("DROP TABLE dormancy_notice")


def _allow(states: str) -> None:
    op.execute("ALTER TABLE installment DROP CONSTRAINT ck_installment_state_known")
    op.execute(f"ALTER TABLE installment ADD CONSTRAINT ck_installment_state_known CHECK (state IN ({states}))")
