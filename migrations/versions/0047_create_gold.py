"""Give a share of the claims an item whose answer is known, paid from the allowance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; no job that is there has gold."""
    op.add_column("job", sa.Column("gold", postgresql.JSONB(), nullable=True))
    op.add_column("claim", sa.Column("shown_count", sa.SmallInteger(), nullable=True))
    op.create_table(
        "gold_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("expected", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("retired_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_gold_item_state")),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_gold_item_retired")),
        sa.ForeignKeyConstraint(
            ["job_id", "rate_code"],
            ["job_rate.job_id", "job_rate.code"],
            name=op.f("fk_gold_item_job_id_rate_code_job_rate"),
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_gold_item_contract_id_contract")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_gold_item_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_gold_item_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_item")),
        sa.UniqueConstraint("job_id", "external_id", name=op.f("uq_gold_item_job_id_external_id")),
    )
    op.create_index(
        "ix_gold_item_active", "gold_item", ["job_id", "rate_code"], postgresql_where=sa.text("state = 'active'")
    )
    op.create_table(
        "gold_draw",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("gold_item_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'paid', 'ended')", name=op.f("ck_gold_draw_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_gold_draw_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_gold_draw_claim_id_claim")),
        sa.ForeignKeyConstraint(["gold_item_id"], ["gold_item.id"], name=op.f("fk_gold_draw_gold_item_id_gold_item")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_gold_draw")),
        sa.UniqueConstraint("worker_id", "gold_item_id", name=op.f("uq_gold_draw_worker_id_gold_item_id")),
    )
    op.create_index(op.f("ix_gold_draw_gold_item_id"), "gold_draw", ["gold_item_id"])
    op.create_index("ix_gold_draw_open", "gold_draw", ["job_id"], postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "gold_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("gold_item_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("score_ppm", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("score_ppm BETWEEN 0 AND 1000000", name=op.f("ck_gold_answer_score_ppm")),
        sa.ForeignKeyConstraint(["claim_id"], ["gold_draw.claim_id"], name=op.f("fk_gold_answer_claim_id_gold_draw")),
        sa.ForeignKeyConstraint(["gold_item_id"], ["gold_item.id"], name=op.f("fk_gold_answer_gold_item_id_gold_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_answer")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_gold_answer_claim_id")),
    )
    op.create_index(op.f("ix_gold_answer_gold_item_id_submitted_at"), "gold_answer", ["gold_item_id", "submitted_at"])
    op.create_index(
        op.f("ix_gold_answer_job_id_worker_id_submitted_at"), "gold_answer", ["job_id", "worker_id", "submitted_at"]
    )
    make_append_only(op, "gold_answer")
    op.create_table(
        "masked_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("gold_item_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(item_id IS NULL) <> (gold_item_id IS NULL)", name=op.f("ck_masked_item_one_of")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_masked_item_claim_id_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_masked_item")),
        sa.UniqueConstraint("claim_id", "place", name=op.f("uq_masked_item_claim_id_place")),
    )
    make_append_only(op, "masked_item")


def downgrade() -> None:
    """Drop them."""
    for table in ("masked_item", "gold_answer", "gold_draw", "gold_item"):
        op.drop_table(table)
    op.drop_column("claim", "shown_count")
    op.drop_column("job", "gold")
