"""Create jobs: rate cards, guidelines, media, items, and the committed part of the reserve."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("label_schema", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("redundancy", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fee_ppm", sa.BigInteger(), nullable=False),
        sa.Column("layers_max", sa.BigInteger(), nullable=False),
        sa.Column("worker_share_min_ppm", sa.BigInteger(), nullable=True),
        sa.Column("deferral_months_max", sa.BigInteger(), nullable=True),
        sa.Column("settlement_terms", postgresql.JSONB(), nullable=False),
        sa.Column("price_visibility", sa.Text(), nullable=False),
        sa.Column("acceptance_by", sa.Text(), nullable=False),
        sa.Column("auto_accept_seconds", sa.BigInteger(), nullable=False),
        sa.Column("redo_max", sa.BigInteger(), nullable=False),
        sa.Column("lease_seconds", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.BigInteger(), nullable=False),
        sa.Column("guideline_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("acceptance_by IN ('client', 'layer', 'parent')", name=op.f("ck_job_acceptance_by")),
        sa.CheckConstraint("kind IN ('image_boxes', 'text_classification')", name=op.f("ck_job_kind")),
        sa.CheckConstraint(
            "price_visibility IN ('finance_only', 'full', 'shares')", name=op.f("ck_job_price_visibility")
        ),
        sa.CheckConstraint(
            "state IN ('archived', 'cancelled', 'completed', 'draft', 'draining', 'funded', 'open', 'paused', "
            "'settled')",
            name=op.f("ck_job_state"),
        ),
        sa.CheckConstraint("fee_ppm BETWEEN 0 AND 1000000", name=op.f("ck_job_fee_ppm")),
        sa.CheckConstraint("redundancy BETWEEN 1 AND 100", name=op.f("ck_job_redundancy")),
        sa.CheckConstraint("severity BETWEEN 1 AND 5", name=op.f("ck_job_severity")),
        sa.CheckConstraint("worker_share_min_ppm BETWEEN 0 AND 1000000", name=op.f("ck_job_worker_share_min_ppm")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_job_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_job_id_currency")),
    )
    op.create_index(op.f("ix_job_organization_id_id"), "job", ["organization_id", "id"])
    op.create_table(
        "job_rate",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.Column("fee_amount", sa.BigInteger(), nullable=True),
        sa.Column("worker_pay_min_amount", sa.BigInteger(), nullable=True),
        sa.Column("item_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("fee_amount BETWEEN 0 AND price_amount", name=op.f("ck_job_rate_fee")),
        sa.CheckConstraint("item_count >= 0", name=op.f("ck_job_rate_item_count")),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_job_rate_price")),
        sa.CheckConstraint("worker_pay_min_amount BETWEEN 0 AND price_amount", name=op.f("ck_job_rate_worker_pay_min")),
        sa.ForeignKeyConstraint(
            ["job_id", "currency"], ["job.id", "job.currency"], name=op.f("fk_job_rate_job_id_currency_job")
        ),
        sa.PrimaryKeyConstraint("job_id", "code", name=op.f("pk_job_rate")),
    )
    op.create_table(
        "guideline",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_guideline_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "version", name=op.f("pk_guideline")),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.CheckConstraint("byte_count > 0", name=op.f("ck_media_byte_count")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_media_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("organization_id", "sha256", name=op.f("uq_media_organization_id_sha256")),
    )
    op.create_table(
        "remote_media",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("url_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_try_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'stored') = (media_id IS NOT NULL)", name=op.f("ck_remote_media_stored_has_media")
        ),
        sa.CheckConstraint("state IN ('pending', 'stored', 'failed')", name=op.f("ck_remote_media_state")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_remote_media_media_id_media")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_remote_media_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "url_sha256", name=op.f("pk_remote_media")),
    )
    op.create_index(
        "ix_remote_media_pending", "remote_media", ["next_try_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_item_ordinal")),
        sa.ForeignKeyConstraint(
            ["job_id", "rate_code"],
            ["job_rate.job_id", "job_rate.code"],
            name=op.f("fk_item_job_id_rate_code_job_rate"),
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_item_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("job_id", "external_id", name=op.f("uq_item_job_id_external_id")),
        sa.UniqueConstraint("job_id", "rate_code", "ordinal", name=op.f("uq_item_job_id_rate_code_ordinal")),
    )
    op.create_table(
        "job_reserve",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("committed_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("committed_amount >= 0", name=op.f("ck_job_reserve_committed")),
        sa.ForeignKeyConstraint(
            ["job_id", "currency"], ["job.id", "job.currency"], name=op.f("fk_job_reserve_job_id_currency_job")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_reserve")),
    )
    op.create_table(
        "job_party",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_party_job_id_job")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_job_party_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("job_id", "organization_id", name=op.f("pk_job_party")),
    )
    op.create_index(op.f("ix_job_party_organization_id"), "job_party", ["organization_id"])
    make_append_only(op, "guideline")
    make_append_only(op, "item")


def downgrade() -> None:
    for table in ("job_party", "job_reserve", "item", "remote_media", "media", "guideline", "job_rate", "job"):
        op.drop_table(table)
