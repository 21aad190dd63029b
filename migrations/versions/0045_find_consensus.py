"""Keep what the accepted answers to each item say together, and which items it is to be found for."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE job ADD COLUMN consensus_policy JSONB DEFAULT '{}' NOT NULL;

CREATE TABLE consensus_due (
    job_id UUID NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    item_id UUID NOT NULL,
    CONSTRAINT pk_consensus_due PRIMARY KEY (job_id, id)
);

CREATE TABLE item_consensus (
    item_id UUID NOT NULL,
    job_id UUID NOT NULL,
    method TEXT NOT NULL,
    value JSONB,
    confidence DOUBLE PRECISION,
    agreement DOUBLE PRECISION,
    answers UUID[] NOT NULL,
    weights DOUBLE PRECISION[] NOT NULL,
    agreements DOUBLE PRECISION[] NOT NULL,
    guideline_version BIGINT NOT NULL,
    model_version BIGINT,
    version BIGINT NOT NULL,
    computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_item_consensus PRIMARY KEY (item_id),
    CONSTRAINT uq_item_consensus_job_id_item_id UNIQUE (job_id, item_id),
    CONSTRAINT ck_item_consensus_answers CHECK (cardinality(answers) > 0),
    CONSTRAINT ck_item_consensus_weights CHECK (cardinality(weights) = cardinality(answers)),
    CONSTRAINT ck_item_consensus_confidence CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT ck_item_consensus_agreement CHECK (agreement BETWEEN 0 AND 1),
    CONSTRAINT ck_item_consensus_version CHECK (version > 0),
    CONSTRAINT fk_item_consensus_item_id_item FOREIGN KEY(item_id) REFERENCES item (id)
);

CREATE TABLE consensus_model (
    job_id UUID NOT NULL,
    version BIGINT NOT NULL,
    method TEXT NOT NULL,
    labels TEXT[] NOT NULL,
    priors DOUBLE PRECISION[] NOT NULL,
    average DOUBLE PRECISION NOT NULL,
    answers_seen BIGINT NOT NULL,
    answers_fitted BIGINT NOT NULL,
    items_fitted BIGINT NOT NULL,
    converged BOOLEAN,
    fitted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_consensus_model PRIMARY KEY (job_id),
    CONSTRAINT ck_consensus_model_counts CHECK (version >= 0 AND answers_fitted <= answers_seen),
    CONSTRAINT fk_consensus_model_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE TABLE consensus_worker (
    job_id UUID NOT NULL,
    worker_id UUID NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    confusion DOUBLE PRECISION[],
    CONSTRAINT pk_consensus_worker PRIMARY KEY (job_id, worker_id),
    CONSTRAINT fk_consensus_worker_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_consensus_worker_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id)
);

INSERT INTO consensus_due (job_id, item_id)
SELECT DISTINCT job_id, item_id FROM answer WHERE state IN ('accepted', 'accepted_on_appeal');
"""

# Answers are accepted by reviewers, by a timer, by sampling and by disputes, one by one and in bulk; a trigger cannot
# be forgotten by any of them.
FALL_DUE = """
CREATE FUNCTION consensus_falls_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consensus_due (job_id, item_id) VALUES (NEW.job_id, NEW.item_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER answer_consensus_due AFTER UPDATE OF state ON answer FOR EACH ROW
    WHEN (NEW.state IN ('accepted', 'accepted_on_appeal') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION consensus_falls_due();
CREATE TRIGGER adjudication_consensus_due AFTER INSERT ON adjudication FOR EACH ROW
    EXECUTE FUNCTION consensus_falls_due();
"""


def upgrade() -> None:
    """Add them; the consensus of what was accepted before is found by the next sweep."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(FALL_DUE)


def downgrade() -> None:
    """Drop them; they follow from the answers."""
    op.execute("DROP TRIGGER adjudication_consensus_due ON adjudication")
    op.execute("DROP TRIGGER answer_consensus_due ON answer")
    op.execute("DROP FUNCTION consensus_falls_due()")
    for table in ("consensus_worker", "consensus_model", "item_consensus", "consensus_due"):
        op.drop_table(table)
    op.drop_column("job", "consensus_policy")
