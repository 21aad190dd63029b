"""Create exports, and the files written for them."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE export (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    format TEXT NOT NULL,
    job_id UUID,
    answers TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    storage_key TEXT,
    byte_count BIGINT,
    row_count BIGINT,
    sha256 BYTEA,
    ready_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_export PRIMARY KEY (id),
    CONSTRAINT ck_export_answers CHECK (answers IN ('used', 'not_used')),
    CONSTRAINT ck_export_file_has_a_digest CHECK ((storage_key IS NULL) = (sha256 IS NULL)),
    CONSTRAINT ck_export_file_expires CHECK ((storage_key IS NULL) = (expires_at IS NULL)),
    CONSTRAINT ck_export_deleted_was_there CHECK (deleted_at IS NULL OR storage_key IS NOT NULL),
    CONSTRAINT fk_export_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_export_operation_id_operation FOREIGN KEY(operation_id) REFERENCES operation (id) ON DELETE CASCADE,
    CONSTRAINT fk_export_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);
CREATE UNIQUE INDEX ix_export_operation_id ON export (operation_id);
CREATE INDEX ix_export_organization_id ON export (organization_id, id);

CREATE TABLE export_file (
    storage_key TEXT NOT NULL,
    export_id UUID NOT NULL,
    token UUID NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_export_file PRIMARY KEY (storage_key)
);
CREATE INDEX ix_export_file_written_at ON export_file (written_at);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("export_file")
    op.drop_table("export")
