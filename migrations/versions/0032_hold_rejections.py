"""Hold rejections beyond a share, and have a sample of answers reviewed."""

from alembic import op

from migrations.support import make_append_only

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE sampling_seed (
    job_id UUID NOT NULL,
    seed BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sampling_seed PRIMARY KEY (job_id),
    CONSTRAINT fk_sampling_seed_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE TABLE sampling_count (
    job_id UUID NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    answers BIGINT NOT NULL,
    CONSTRAINT pk_sampling_count PRIMARY KEY (job_id, scope, key),
    CONSTRAINT ck_sampling_count_scope CHECK (scope IN ('worker', 'label')),
    CONSTRAINT ck_sampling_count_answers CHECK (answers > 0),
    CONSTRAINT fk_sampling_count_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE TABLE sampling (
    claim_id UUID NOT NULL,
    job_id UUID NOT NULL,
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    answers BIGINT NOT NULL,
    drawn JSONB NOT NULL,
    sampled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sampling PRIMARY KEY (claim_id),
    CONSTRAINT ck_sampling_answers CHECK (answers > 0),
    CONSTRAINT fk_sampling_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id),
    CONSTRAINT uq_sampling_sequence UNIQUE (sequence)
);
CREATE INDEX ix_sampling_job_id ON sampling (job_id, sequence);

CREATE TABLE answer_hold (
    id UUID NOT NULL,
    answer_id UUID NOT NULL,
    attempt SMALLINT NOT NULL,
    claim_id UUID NOT NULL,
    job_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    category TEXT NOT NULL,
    comment TEXT NOT NULL,
    rule TEXT NOT NULL,
    held_by_person_id UUID,
    held_by_organization_id UUID NOT NULL,
    for_organization_id UUID,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_answer_hold PRIMARY KEY (id),
    CONSTRAINT fk_answer_hold_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id),
    CONSTRAINT fk_answer_hold_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_answer_hold_held_by_person_id_person FOREIGN KEY(held_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_answer_hold_held_by_organization_id_organization
        FOREIGN KEY(held_by_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_answer_hold_for_organization_id_organization
        FOREIGN KEY(for_organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_answer_hold_claim_id ON answer_hold (claim_id);
CREATE INDEX ix_answer_hold_contract ON answer_hold (contract_id) WHERE ended_at IS NULL;
CREATE INDEX ix_answer_hold_deadline ON answer_hold (deadline_at) WHERE ended_at IS NULL;
CREATE INDEX ix_answer_hold_for ON answer_hold (for_organization_id, held_at);
CREATE UNIQUE INDEX uq_answer_hold_open ON answer_hold (answer_id) WHERE ended_at IS NULL;

CREATE TABLE review_count (
    contract_id UUID NOT NULL,
    minute TIMESTAMP WITH TIME ZONE NOT NULL,
    decided BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    CONSTRAINT pk_review_count PRIMARY KEY (contract_id, minute),
    CONSTRAINT ck_review_count_counts CHECK (rejected BETWEEN 0 AND decided AND decided > 0),
    CONSTRAINT fk_review_count_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id)
);

CREATE TABLE review_breaker (
    id UUID NOT NULL,
    contract_id UUID NOT NULL,
    job_id UUID NOT NULL,
    decided BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    tripped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_because TEXT,
    lifted_by_person_id UUID,
    lifted_by_organization_id UUID,
    reason TEXT,
    CONSTRAINT pk_review_breaker PRIMARY KEY (id),
    CONSTRAINT ck_review_breaker_ended CHECK ((ended_at IS NULL) = (ended_because IS NULL)),
    CONSTRAINT ck_review_breaker_ended_because CHECK (ended_because IN ('fell', 'lifted')),
    CONSTRAINT ck_review_breaker_lifted_says_why CHECK ((ended_because = 'lifted') = (reason IS NOT NULL)),
    CONSTRAINT fk_review_breaker_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_review_breaker_lifted_by_person_id_person FOREIGN KEY(lifted_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_review_breaker_lifted_by_organization_id_organization
        FOREIGN KEY(lifted_by_organization_id) REFERENCES organization (id)
);
CREATE UNIQUE INDEX uq_review_breaker_open ON review_breaker (contract_id) WHERE ended_at IS NULL;
"""

DROP = """
DROP TABLE review_breaker;
DROP TABLE review_count;
DROP TABLE answer_hold;
DROP TABLE sampling;
DROP TABLE sampling_count;
DROP TABLE sampling_seed;
ALTER TABLE review DROP CONSTRAINT ck_review_sampling_accepts;
ALTER TABLE review DROP COLUMN by_sampling;
ALTER TABLE job DROP COLUMN review_policy;
"""


def upgrade() -> None:
    """Create the tables and add the columns; jobs so far have every answer reviewed."""
    op.execute("ALTER TABLE job ADD COLUMN review_policy JSONB DEFAULT '{}' NOT NULL")
    op.execute("ALTER TABLE review ADD COLUMN by_sampling BOOLEAN DEFAULT false NOT NULL")
    op.execute(
        "ALTER TABLE review ADD CONSTRAINT ck_review_sampling_accepts CHECK (NOT by_sampling OR verdict = 'accept')"
    )
    op.execute(CREATE)
    make_append_only(op, "sampling_seed")
    make_append_only(op, "sampling")


def downgrade() -> None:
    """Drop them; what is held stays held, and nobody decides it any more."""
    op.execute(DROP)
