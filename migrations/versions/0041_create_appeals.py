"""Create appeals against how disputes were decided."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE appeal (
    id UUID NOT NULL,
    dispute_id UUID NOT NULL,
    job_id UUID NOT NULL,
    side TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    opened_by_person_id UUID,
    opened_by_organization_id UUID,
    reason TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by_person_id UUID,
    decision TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_appeal PRIMARY KEY (id),
    CONSTRAINT ck_appeal_side CHECK (side IN ('worker', 'rejecting')),
    CONSTRAINT ck_appeal_state CHECK (state IN ('open', 'granted', 'dismissed')),
    CONSTRAINT ck_appeal_decided CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT uq_appeal_dispute_id UNIQUE (dispute_id),
    CONSTRAINT fk_appeal_dispute_id_dispute FOREIGN KEY(dispute_id) REFERENCES dispute (id),
    CONSTRAINT fk_appeal_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_appeal_opened_by_person_id_person FOREIGN KEY(opened_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_appeal_opened_by_organization_id_organization
        FOREIGN KEY(opened_by_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_appeal_decided_by_person_id_person FOREIGN KEY(decided_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_appeal_waiting ON appeal (deadline_at) WHERE state = 'open';
"""


def upgrade() -> None:
    """Create the table; disputes decided so far are final as they are."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE appeal")
