"""What workers are told and can try before a claim: figures of the client, time for an item, practice items."""

from alembic import op

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE client_figure (
    organization_id UUID NOT NULL,
    answers BIGINT NOT NULL,
    rejected_ppm BIGINT,
    payments BIGINT NOT NULL,
    pay_days_average BIGINT,
    pay_days_most BIGINT,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_client_figure PRIMARY KEY (organization_id),
    CONSTRAINT fk_client_figure_organization_id_organization FOREIGN KEY (organization_id) REFERENCES organization (id),
    CONSTRAINT ck_client_figure_counted CHECK (answers >= 0 AND payments >= 0),
    CONSTRAINT ck_client_figure_rejected_ppm CHECK (rejected_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT ck_client_figure_pay_days CHECK ((pay_days_average IS NULL) = (pay_days_most IS NULL))
);
CREATE TABLE practice_item (
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    content JSONB NOT NULL,
    media_id UUID,
    expected JSONB NOT NULL,
    explanation TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_practice_item PRIMARY KEY (id),
    CONSTRAINT fk_practice_item_job_id_job FOREIGN KEY (job_id) REFERENCES job (id),
    CONSTRAINT fk_practice_item_media_id_media FOREIGN KEY (media_id) REFERENCES media (id)
);
CREATE UNIQUE INDEX uq_practice_item_named ON practice_item (job_id, external_id) WHERE removed_at IS NULL;
CREATE INDEX ix_practice_item_job_id ON practice_item (job_id);
CREATE INDEX ix_installment_worker_paid ON installment (contract_id, paid_at)
    WHERE payee_kind = 'worker' AND state = 'paid';
ALTER TABLE pay_figure ADD COLUMN item_ms_middle BIGINT;
"""

DOWNGRADE = """
ALTER TABLE pay_figure DROP COLUMN item_ms_middle;
DROP INDEX ix_installment_worker_paid;
DROP TABLE practice_item;
DROP TABLE client_figure;
"""


def upgrade() -> None:
    """Every figure is measured by the next sweep; the time for an item with the next claim that ends."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Forget the figures; they follow from what is kept elsewhere; practice items are lost."""
    op.execute(DOWNGRADE)
