"""Create contracts: rates with allotments as sets of ordinals, and frozen price chains."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ORDINALS_COUNT = """
CREATE FUNCTION ordinals_count(ordinals int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(sum(upper(piece) - lower(piece)), 0)::bigint FROM unnest(ordinals) AS piece)
"""

# The first n of a set of ordinals. Its cost is that of its pieces, not of its members.
ORDINALS_FIRST = """
CREATE FUNCTION ordinals_first(ordinals int8multirange, wanted bigint) RETURNS int8multirange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(
        range_agg(int8range(lower(piece), least(upper(piece), lower(piece) + wanted - before))), '{}'::int8multirange)
    FROM (
        SELECT piece, (sum(upper(piece) - lower(piece)) OVER (ORDER BY piece) - (upper(piece) - lower(piece)))::bigint
            AS before
        FROM unnest(ordinals) AS piece
    ) AS pieces
    WHERE before < wanted
)
"""


def upgrade() -> None:
    op.execute(ORDINALS_COUNT)
    op.execute(ORDINALS_FIRST)
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("layer", sa.BigInteger(), nullable=False),
        sa.Column("buyer_organization_id", sa.Uuid(), nullable=False),
        sa.Column("seller_organization_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settlement_terms", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.Column("offered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'offered' OR expires_at IS NOT NULL", name=op.f("ck_contract_offer_expires")),
        sa.CheckConstraint(
            "state IN ('accepted', 'active', 'closed', 'declined', 'defaulted', 'draft', "
            "'exhausted', 'expired', 'frozen', 'offered', 'recalled', 'succeeded', 'withdrawn')",
            name=op.f("ck_contract_state"),
        ),
        sa.CheckConstraint("(layer = 0) = (parent_id IS NULL)", name=op.f("ck_contract_root")),
        sa.CheckConstraint("layer >= 0", name=op.f("ck_contract_layer")),
        sa.ForeignKeyConstraint(
            ["buyer_organization_id"], ["organization.id"], name=op.f("fk_contract_buyer_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_contract_job_id_job")),
        sa.ForeignKeyConstraint(
            ["parent_id", "job_id"],
            ["contract.id", "contract.job_id"],
            name=op.f("fk_contract_parent_id_job_id_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_organization_id"],
            ["organization.id"],
            name=op.f("fk_contract_seller_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("id", "job_id", name=op.f("uq_contract_id_job_id")),
    )
    op.create_index(op.f("ix_contract_buyer_organization_id"), "contract", ["buyer_organization_id"])
    op.create_index(op.f("ix_contract_job_id"), "contract", ["job_id"])
    op.create_index("ix_contract_offered", "contract", ["expires_at"], postgresql_where=sa.text("state = 'offered'"))
    op.create_index(op.f("ix_contract_parent_id"), "contract", ["parent_id"])
    op.create_index(op.f("ix_contract_seller_organization_id"), "contract", ["seller_organization_id"])
    op.create_index(
        "uq_contract_root", "contract", ["job_id"], unique=True, postgresql_where=sa.text("parent_id IS NULL")
    )
    op.create_table(
        "contract_rate",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.Column("allotment", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("free", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.CheckConstraint("free <@ allotment", name=op.f("ck_contract_rate_free_inside_allotment")),
        sa.CheckConstraint("price_amount >= 0", name=op.f("ck_contract_rate_price")),
        sa.ForeignKeyConstraint(
            ["contract_id", "job_id"],
            ["contract.id", "contract.job_id"],
            name=op.f("fk_contract_rate_contract_id_job_id_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id", "currency"], ["job.id", "job.currency"], name=op.f("fk_contract_rate_job_id_currency_job")
        ),
        sa.ForeignKeyConstraint(
            ["job_id", "rate_code"],
            ["job_rate.job_id", "job_rate.code"],
            name=op.f("fk_contract_rate_job_id_rate_code_job_rate"),
        ),
        sa.PrimaryKeyConstraint("contract_id", "rate_code", name=op.f("pk_contract_rate")),
    )
    op.create_index(op.f("ix_contract_rate_job_id_rate_code"), "contract_rate", ["job_id", "rate_code"])
    op.create_table(
        "price_chain",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("client_price_amount", sa.BigInteger(), nullable=False),
        sa.Column("fee_amount", sa.BigInteger(), nullable=False),
        sa.Column("pay_amount", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.CheckConstraint("fee_amount + pay_amount <= client_price_amount", name=op.f("ck_price_chain_within_price")),
        sa.CheckConstraint("fee_amount >= 0", name=op.f("ck_price_chain_fee")),
        sa.CheckConstraint("pay_amount >= 0", name=op.f("ck_price_chain_pay")),
        sa.ForeignKeyConstraint(
            ["contract_id", "job_id"],
            ["contract.id", "contract.job_id"],
            name=op.f("fk_price_chain_contract_id_job_id_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id", "rate_code"],
            ["job_rate.job_id", "job_rate.code"],
            name=op.f("fk_price_chain_job_id_rate_code_job_rate"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_chain")),
        sa.UniqueConstraint("digest", name=op.f("uq_price_chain_digest")),
    )
    op.create_index(op.f("ix_price_chain_job_id"), "price_chain", ["job_id"])
    op.create_table(
        "price_chain_line",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("buys_amount", sa.BigInteger(), nullable=False),
        sa.Column("sells_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_price_chain_line_position")),
        sa.CheckConstraint(
            "sells_amount >= 0 AND buys_amount >= sells_amount", name=op.f("ck_price_chain_line_margin")
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["price_chain.id"], name=op.f("fk_price_chain_line_chain_id_price_chain")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_price_chain_line_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_price_chain_line_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("chain_id", "position", name=op.f("pk_price_chain_line")),
    )
    make_append_only(op, "price_chain")
    make_append_only(op, "price_chain_line")


def downgrade() -> None:
    for table in ("price_chain_line", "price_chain", "contract_rate", "contract"):
        op.drop_table(table)
    op.execute("DROP FUNCTION ordinals_first(int8multirange, bigint)")
    op.execute("DROP FUNCTION ordinals_count(int8multirange)")
