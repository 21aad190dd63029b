"""Create uploads and the rows of them that became no items."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE upload (
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    actor TEXT NOT NULL,
    form TEXT NOT NULL,
    packed BOOLEAN NOT NULL,
    on_error TEXT NOT NULL,
    state TEXT NOT NULL,
    received_bytes BIGINT,
    sha256 BYTEA,
    added BIGINT DEFAULT 0 NOT NULL,
    skipped_existing BIGINT DEFAULT 0 NOT NULL,
    error_count BIGINT DEFAULT 0 NOT NULL,
    kept_error_count BIGINT DEFAULT 0 NOT NULL,
    refusal_code TEXT,
    refusal_detail TEXT,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_upload PRIMARY KEY (id),
    CONSTRAINT ck_upload_state CHECK (state IN ('added', 'broken', 'receiving', 'refused')),
    CONSTRAINT ck_upload_form CHECK (form IN ('json', 'ndjson', 'csv', 'label_studio', 'mturk')),
    CONSTRAINT ck_upload_on_error CHECK (on_error IN ('abort', 'skip')),
    CONSTRAINT ck_upload_ended CHECK ((state = 'receiving') = (ended_at IS NULL)),
    CONSTRAINT fk_upload_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_upload_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_upload_job_id_id ON upload (job_id, id);
CREATE INDEX ix_upload_receiving ON upload (id) WHERE state = 'receiving';

CREATE TABLE upload_error (
    upload_id UUID NOT NULL,
    number BIGINT NOT NULL,
    line BIGINT NOT NULL,
    external_id TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    pointer TEXT NOT NULL,
    CONSTRAINT pk_upload_error PRIMARY KEY (upload_id, number),
    CONSTRAINT fk_upload_error_upload_id_upload FOREIGN KEY(upload_id) REFERENCES upload (id)
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("upload_error")
    op.drop_table("upload")
