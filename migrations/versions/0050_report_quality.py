"""Keep how good the answers of a job are, as the sweep last counted them."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE quality_line (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id UUID NOT NULL,
    contract_id UUID,
    scope TEXT NOT NULL,
    label TEXT,
    worker_id UUID,
    answers BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    redone BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    agreement DOUBLE PRECISION,
    alpha DOUBLE PRECISION,
    alpha_low DOUBLE PRECISION,
    alpha_high DOUBLE PRECISION,
    alpha_items BIGINT NOT NULL,
    CONSTRAINT pk_quality_line PRIMARY KEY (id),
    CONSTRAINT ck_quality_line_scope CHECK (scope IN ('job', 'contract', 'label', 'worker')),
    CONSTRAINT ck_quality_line_label CHECK ((scope = 'label') = (label IS NOT NULL)),
    CONSTRAINT ck_quality_line_worker CHECK ((scope = 'worker') = (worker_id IS NOT NULL)),
    CONSTRAINT fk_quality_line_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_quality_line_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_quality_line_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id)
);
CREATE INDEX ix_quality_line_job_id ON quality_line (job_id, contract_id, scope);

CREATE TABLE quality_confusion (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id UUID NOT NULL,
    contract_id UUID,
    given TEXT NOT NULL,
    together TEXT NOT NULL,
    answers BIGINT NOT NULL,
    CONSTRAINT pk_quality_confusion PRIMARY KEY (id),
    CONSTRAINT fk_quality_confusion_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_quality_confusion_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_quality_confusion_job_id ON quality_confusion (job_id, contract_id);

CREATE TABLE quality_report (
    job_id UUID NOT NULL,
    answers_seen BIGINT NOT NULL,
    computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_quality_report PRIMARY KEY (job_id),
    CONSTRAINT fk_quality_report_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);
"""


def upgrade() -> None:
    """Add them."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop them; they follow from the answers."""
    for table in ("quality_report", "quality_confusion", "quality_line"):
        op.drop_table(table)
