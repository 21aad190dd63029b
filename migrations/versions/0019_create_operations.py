"""Create operations: long work that is queued, run with a lease, and followed by its id."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE operation (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_noun TEXT NOT NULL,
    subject_id UUID NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    parameters JSONB NOT NULL,
    result JSONB,
    problem_code TEXT,
    problem_detail TEXT,
    progress_done BIGINT DEFAULT 0 NOT NULL,
    progress_total BIGINT,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    lease_token UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_operation PRIMARY KEY (id),
    CONSTRAINT ck_operation_state CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT ck_operation_lease_while_running CHECK ((state = 'running') = (lease_token IS NOT NULL)),
    CONSTRAINT ck_operation_lease_has_an_end CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CONSTRAINT ck_operation_finished CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    CONSTRAINT ck_operation_expires_when_finished CHECK ((finished_at IS NULL) = (expires_at IS NULL)),
    CONSTRAINT ck_operation_result_of_success CHECK ((state = 'succeeded') = (result IS NOT NULL)),
    CONSTRAINT ck_operation_failure_has_a_problem CHECK ((state = 'failed') = (problem_code IS NOT NULL)),
    CONSTRAINT ck_operation_problem_in_words CHECK ((problem_code IS NULL) = (problem_detail IS NULL)),
    CONSTRAINT ck_operation_progress CHECK (progress_done >= 0 AND progress_total >= 0),
    CONSTRAINT ck_operation_attempts CHECK (attempts >= 0),
    CONSTRAINT fk_operation_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_operation_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_operation_expires_at ON operation (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_operation_organization_id ON operation (organization_id, id);
CREATE INDEX ix_operation_queued ON operation (due_at) WHERE state = 'queued';
CREATE INDEX ix_operation_running ON operation (lease_until) WHERE state = 'running';
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("operation")
