"""Keep scores of workers by kind of labeling, and let jobs ask for them."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE score_due (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    worker_id UUID NOT NULL,
    day DATE NOT NULL,
    CONSTRAINT pk_score_due PRIMARY KEY (id)
);
CREATE INDEX ix_score_due_worker_id ON score_due (worker_id, day);

CREATE TABLE worker_score (
    worker_id UUID NOT NULL,
    kind TEXT NOT NULL,
    percent SMALLINT,
    answers BIGINT DEFAULT 0 NOT NULL,
    newest_at TIMESTAMP WITH TIME ZONE,
    computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    counts_from TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_worker_score PRIMARY KEY (worker_id, kind),
    CONSTRAINT ck_worker_score_percent CHECK (percent BETWEEN 0 AND 100),
    CONSTRAINT ck_worker_score_known_until CHECK ((percent IS NULL) = (expires_at IS NULL)),
    CONSTRAINT ck_worker_score_newest_at CHECK ((percent IS NULL) = (newest_at IS NULL)),
    CONSTRAINT ck_worker_score_answers CHECK ((percent IS NULL) = (answers = 0)),
    CONSTRAINT fk_worker_score_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id)
);

CREATE INDEX ix_gold_answer_worker_id_submitted_at ON gold_answer (worker_id, submitted_at);

ALTER TABLE job ADD COLUMN screening_score_min SMALLINT;
ALTER TABLE job ADD COLUMN screening_score_unknown TEXT DEFAULT 'admit' NOT NULL;
ALTER TABLE job ADD CONSTRAINT ck_job_screening_score_min CHECK (screening_score_min BETWEEN 1 AND 100);
ALTER TABLE job ADD CONSTRAINT ck_job_screening_score_unknown CHECK (screening_score_unknown IN ('admit', 'refuse'));

INSERT INTO score_due (worker_id, day) SELECT person_id, CAST(market_now() AT TIME ZONE 'UTC' AS date) FROM worker;
"""

# The consensus is written by a sweep that knows nothing of scores, and gold is paid by another: a trigger cannot be
# forgotten by any of them. Gold counts once it is paid, as other answers do, and not when it is given.
FALL_DUE = """
CREATE FUNCTION scores_fall_due_by_consensus() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today CONSTANT date := CAST(market_now() AT TIME ZONE 'UTC' AS date);
BEGIN
    INSERT INTO score_due (worker_id, day)
    SELECT DISTINCT claim.worker_id, today
    FROM changed JOIN answer ON answer.id = ANY (changed.answers) JOIN claim ON claim.id = answer.claim_id
    WHERE cardinality(changed.answers) >= 3
      AND NOT EXISTS (SELECT FROM score_due due WHERE due.worker_id = claim.worker_id AND due.day = today);
    RETURN NULL;
END
$$;
CREATE TRIGGER item_consensus_found_score_due AFTER INSERT ON item_consensus
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scores_fall_due_by_consensus();
CREATE TRIGGER item_consensus_changed_score_due AFTER UPDATE ON item_consensus
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scores_fall_due_by_consensus();
CREATE FUNCTION scores_fall_due_by_gold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today CONSTANT date := CAST(market_now() AT TIME ZONE 'UTC' AS date);
BEGIN
    INSERT INTO score_due (worker_id, day)
    SELECT NEW.worker_id, today
    WHERE NOT EXISTS (SELECT FROM score_due due WHERE due.worker_id = NEW.worker_id AND due.day = today);
    RETURN NULL;
END
$$;
CREATE TRIGGER gold_draw_score_due AFTER UPDATE OF state ON gold_draw FOR EACH ROW
    WHEN (NEW.state = 'paid') EXECUTE FUNCTION scores_fall_due_by_gold();
"""


def upgrade() -> None:
    """Add them; workers who did something already get their scores a day later."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(FALL_DUE)


def downgrade() -> None:
    """Drop them; scores follow from the answers, what jobs asked for is lost."""
    op.execute("DROP TRIGGER gold_draw_score_due ON gold_draw")
    op.execute("DROP TRIGGER item_consensus_changed_score_due ON item_consensus")
    op.execute("DROP TRIGGER item_consensus_found_score_due ON item_consensus")
    op.execute("DROP FUNCTION scores_fall_due_by_gold()")
    op.execute("DROP FUNCTION scores_fall_due_by_consensus()")
    op.execute("DROP INDEX ix_gold_answer_worker_id_submitted_at")
    op.drop_column("job", "screening_score_unknown")
    op.drop_column("job", "screening_score_min")
    for table in ("worker_score", "score_due"):
        op.drop_table(table)
