"""Let what a quality claim brings be a published share of the claimant's own price, never what another layer earned."""

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE job ADD COLUMN quality_share_ppm BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE job ADD CONSTRAINT ck_job_quality_share_ppm CHECK (quality_share_ppm BETWEEN 0 AND 1000000);

ALTER TABLE quality_claim ADD COLUMN written_off_amount BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE quality_claim DROP CONSTRAINT ck_quality_claim_not_more_than_asked;
ALTER TABLE quality_claim DROP CONSTRAINT ck_quality_claim_uncollected;
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_all_or_nothing CHECK (amount IN (0, asked_amount));
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_uncollected CHECK (uncollected_amount IN (0, amount));
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_written_off CHECK (written_off_amount BETWEEN 0 AND amount);
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_written_off_ends_it
    CHECK (written_off_amount = 0 OR uncollected_amount = 0);
ALTER TABLE quality_claim_answer DROP COLUMN margin_amount;
"""

DOWNGRADE = """
ALTER TABLE quality_claim_answer ADD COLUMN margin_amount BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE quality_claim_answer ALTER COLUMN margin_amount DROP DEFAULT;
ALTER TABLE quality_claim_answer ADD CONSTRAINT ck_quality_claim_answer_margin CHECK (margin_amount >= 0);
ALTER TABLE quality_claim DROP CONSTRAINT ck_quality_claim_written_off_ends_it;
ALTER TABLE quality_claim DROP CONSTRAINT ck_quality_claim_all_or_nothing;
ALTER TABLE quality_claim DROP CONSTRAINT ck_quality_claim_uncollected;
ALTER TABLE quality_claim DROP COLUMN written_off_amount;
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_not_more_than_asked CHECK (amount BETWEEN 0 AND asked_amount);
ALTER TABLE quality_claim ADD CONSTRAINT ck_quality_claim_uncollected CHECK (uncollected_amount BETWEEN 0 AND amount);
ALTER TABLE job DROP COLUMN quality_share_ppm;
"""


def upgrade() -> None:
    """The jobs there are have no share: their layers agreed to none, so that nothing more can be claimed from them."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Take the share back."""
    op.execute(DOWNGRADE)
