"""Create amendments: new prices of a contract that one side proposes and the other answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_by_person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('accepted', 'declined', 'expired', 'proposed', 'withdrawn')", name=op.f("ck_amendment_state")
        ),
        sa.CheckConstraint("proposed_by IN ('buyer', 'seller')", name=op.f("ck_amendment_proposed_by")),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_amendment_decided")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_amendment_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["proposed_by_person_id"], ["person.id"], name=op.f("fk_amendment_proposed_by_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_index("ix_amendment_contract_id", "amendment", ["contract_id", "id"])
    waiting = sa.text("state = 'proposed'")
    op.create_index("uq_amendment_waiting", "amendment", ["contract_id"], unique=True, postgresql_where=waiting)
    op.create_index("ix_amendment_expires_at", "amendment", ["expires_at"], postgresql_where=waiting)
    op.create_table(
        "amendment_rate",
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("before_amount", sa.BigInteger(), nullable=False),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "price_amount > 0 AND price_amount <> before_amount", name=op.f("ck_amendment_rate_changes")
        ),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["amendment.id"], name=op.f("fk_amendment_rate_amendment_id_amendment")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "rate_code"],
            ["contract_rate.contract_id", "contract_rate.rate_code"],
            name=op.f("fk_amendment_rate_contract_id_rate_code_contract_rate"),
        ),
        sa.PrimaryKeyConstraint("amendment_id", "rate_code", name=op.f("pk_amendment_rate")),
    )
    make_append_only(op, "amendment_rate")


def downgrade() -> None:
    op.drop_table("amendment_rate")
    op.drop_table("amendment")
