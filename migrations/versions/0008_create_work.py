"""Create work: batches, tasks, seats, claims, answers, reviews, disputes."""

from alembic import op

from migrations.support import make_append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BATCH = """
CREATE TABLE batch (
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    rate_code TEXT NOT NULL,
    price_chain_id UUID NOT NULL,
    price_amount BIGINT NOT NULL,
    pay_amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    items_per_task BIGINT NOT NULL,
    item_count BIGINT NOT NULL,
    task_count BIGINT NOT NULL,
    seats_per_task BIGINT NOT NULL,
    seats_released BIGINT DEFAULT 0 NOT NULL,
    seats_withdrawn BIGINT DEFAULT 0 NOT NULL,
    lease_seconds BIGINT NOT NULL,
    settlement_terms JSONB NOT NULL,
    terms_hash BYTEA NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    claimable BOOLEAN DEFAULT true NOT NULL,
    opened_sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_batch PRIMARY KEY (id),
    CONSTRAINT ck_batch_state CHECK (state IN ('open', 'withdrawn', 'done')),
    CONSTRAINT ck_batch_pay_within_price CHECK (pay_amount > 0 AND pay_amount <= price_amount),
    CONSTRAINT ck_batch_not_empty CHECK (items_per_task > 0 AND task_count > 0 AND item_count > 0),
    CONSTRAINT ck_batch_seats_per_task CHECK (seats_per_task > 0),
    CONSTRAINT ck_batch_seats_released CHECK (seats_released BETWEEN 0 AND task_count * seats_per_task),
    CONSTRAINT ck_batch_seats_withdrawn CHECK (seats_withdrawn BETWEEN 0 AND seats_released),
    CONSTRAINT ck_batch_lease_seconds CHECK (lease_seconds > 0),
    CONSTRAINT fk_batch_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_batch_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_batch_price_chain_id_price_chain FOREIGN KEY(price_chain_id) REFERENCES price_chain (id),
    CONSTRAINT uq_batch_opened_sequence UNIQUE (opened_sequence)
);
CREATE INDEX ix_batch_claimable ON batch (opened_sequence) WHERE claimable AND state = 'open';
CREATE INDEX ix_batch_contract_id ON batch (contract_id);
CREATE INDEX ix_batch_job_id ON batch (job_id, opened_sequence);
"""

TASK = """
CREATE TABLE task (
    id UUID NOT NULL,
    batch_id UUID NOT NULL,
    job_id UUID NOT NULL,
    position BIGINT NOT NULL,
    ordinals INT8MULTIRANGE NOT NULL,
    item_count BIGINT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    CONSTRAINT pk_task PRIMARY KEY (id),
    CONSTRAINT ck_task_state CHECK (state IN ('open', 'done', 'withdrawn')),
    CONSTRAINT ck_task_item_count CHECK (item_count > 0),
    CONSTRAINT uq_task_batch_id_position UNIQUE (batch_id, position),
    CONSTRAINT fk_task_batch_id_batch FOREIGN KEY(batch_id) REFERENCES batch (id)
);
"""

SEAT = """
CREATE TABLE seat (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    batch_id UUID NOT NULL,
    task_id UUID NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    CONSTRAINT pk_seat PRIMARY KEY (id),
    CONSTRAINT ck_seat_state CHECK (state IN ('open', 'claimed', 'done', 'withdrawn')),
    CONSTRAINT fk_seat_task_id_task FOREIGN KEY(task_id) REFERENCES task (id)
);
CREATE INDEX ix_seat_open ON seat (batch_id, id) WHERE state = 'open';
"""

CLAIM = """
CREATE TABLE claim (
    id UUID NOT NULL,
    seat_id BIGINT NOT NULL,
    task_id UUID NOT NULL,
    batch_id UUID NOT NULL,
    job_id UUID NOT NULL,
    worker_id UUID NOT NULL,
    state TEXT DEFAULT 'claimed' NOT NULL,
    attempt SMALLINT DEFAULT 1 NOT NULL,
    price_chain_id UUID NOT NULL,
    guideline_version BIGINT NOT NULL,
    terms_hash BYTEA NOT NULL,
    item_count BIGINT NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    lease_extensions SMALLINT DEFAULT 0 NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    draft JSONB,
    CONSTRAINT pk_claim PRIMARY KEY (id),
    CONSTRAINT ck_claim_state CHECK (state IN ('claimed', 'submitted', 'decided', 'returned', 'expired', 'released')),
    CONSTRAINT ck_claim_lease_while_claimed CHECK ((state = 'claimed') = (lease_until IS NOT NULL)),
    CONSTRAINT ck_claim_attempt CHECK (attempt > 0),
    CONSTRAINT fk_claim_seat_id_seat FOREIGN KEY(seat_id) REFERENCES seat (id),
    CONSTRAINT fk_claim_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id)
);
CREATE INDEX ix_claim_lease ON claim (lease_until) WHERE state = 'claimed';
CREATE INDEX ix_claim_to_review ON claim (job_id, submitted_at, id) WHERE state = 'submitted';
CREATE INDEX ix_claim_worker_batch ON claim (worker_id, batch_id, id);
CREATE UNIQUE INDEX uq_claim_live_seat ON claim (seat_id) WHERE state IN ('claimed', 'submitted', 'decided');
CREATE UNIQUE INDEX uq_claim_live_task_worker ON claim (task_id, worker_id)
    WHERE state IN ('claimed', 'submitted', 'decided');
"""

ANSWER = """
CREATE TABLE answer (
    id UUID NOT NULL,
    claim_id UUID NOT NULL,
    item_id UUID NOT NULL,
    job_id UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    price_chain_id UUID NOT NULL,
    state TEXT DEFAULT 'submitted' NOT NULL,
    attempt SMALLINT DEFAULT 1 NOT NULL,
    content JSONB NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_answer PRIMARY KEY (id),
    CONSTRAINT ck_answer_state CHECK (state IN ('submitted', 'accepted', 'redo_requested', 'rejected',
        'paid_not_used', 'held', 'lapsed', 'accepted_on_appeal', 'rejection_final')),
    CONSTRAINT ck_answer_attempt CHECK (attempt > 0),
    CONSTRAINT uq_answer_claim_id_item_id UNIQUE (claim_id, item_id),
    CONSTRAINT fk_answer_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id)
);
CREATE INDEX ix_answer_contestable ON answer (decided_at) WHERE state IN ('rejected', 'lapsed');
CREATE INDEX ix_answer_item_id ON answer (item_id);
CREATE INDEX ix_answer_job_id ON answer (job_id, id);
"""

ANSWER_ATTEMPT = """
CREATE TABLE answer_attempt (
    answer_id UUID NOT NULL,
    attempt SMALLINT NOT NULL,
    content JSONB NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_answer_attempt PRIMARY KEY (answer_id, attempt),
    CONSTRAINT fk_answer_attempt_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id)
);
"""

REVIEW = """
CREATE TABLE review (
    id UUID NOT NULL,
    answer_id UUID NOT NULL,
    attempt SMALLINT NOT NULL,
    verdict TEXT NOT NULL,
    category TEXT,
    comment TEXT,
    rule TEXT,
    reviewer_person_id UUID,
    reviewer_organization_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review PRIMARY KEY (id),
    CONSTRAINT ck_review_verdict CHECK (verdict IN ('accept', 'redo', 'reject', 'pay_not_use')),
    CONSTRAINT ck_review_says_why CHECK (verdict = 'accept' OR (category IS NOT NULL AND comment IS NOT NULL)),
    CONSTRAINT ck_review_rejection_cites_rule CHECK (verdict <> 'reject' OR rule IS NOT NULL),
    CONSTRAINT fk_review_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id),
    CONSTRAINT fk_review_reviewer_person_id_person FOREIGN KEY(reviewer_person_id) REFERENCES person (id),
    CONSTRAINT fk_review_reviewer_organization_id_organization FOREIGN KEY(reviewer_organization_id)
        REFERENCES organization (id)
);
CREATE INDEX ix_review_answer_id ON review (answer_id, created_at);
"""

DISPUTE = """
CREATE TABLE dispute (
    id UUID NOT NULL,
    answer_id UUID NOT NULL,
    job_id UUID NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    opened_by_person_id UUID NOT NULL,
    reason TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    response TEXT,
    responded_by_person_id UUID,
    decided_by_person_id UUID,
    decision TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_state CHECK (state IN ('open', 'answered', 'upheld', 'overturned')),
    CONSTRAINT ck_dispute_decided CHECK ((state IN ('upheld', 'overturned')) = (decided_at IS NOT NULL)),
    CONSTRAINT uq_dispute_answer_id UNIQUE (answer_id),
    CONSTRAINT fk_dispute_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id),
    CONSTRAINT fk_dispute_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_dispute_opened_by_person_id_person FOREIGN KEY(opened_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_dispute_responded_by_person_id_person FOREIGN KEY(responded_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_dispute_decided_by_person_id_person FOREIGN KEY(decided_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_dispute_opened_by ON dispute (opened_by_person_id, id);
CREATE INDEX ix_dispute_waiting ON dispute (deadline_at) WHERE state IN ('open', 'answered');
"""

# The queue of seats is a partial index: claimed seats leave dead entries at its head, and claims are rewritten as they
# move on. Both are cleared by the number of rows changed, not by a share of a table that may hold a million.
STORAGE = """
ALTER TABLE seat SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE claim SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE answer SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
"""

# Claims refer to their batch for pay, lease and terms: what a claim froze must not move under it (rule 4).
FROZEN = """
CREATE FUNCTION batch_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{state,claimable,seats_released,seats_withdrawn}'::text[])
        IS DISTINCT FROM (to_jsonb(OLD) - '{state,claimable,seats_released,seats_withdrawn}'::text[]) THEN
        RAISE EXCEPTION 'batch % keeps its terms', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_frozen BEFORE UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION batch_keeps_its_terms();
"""

TABLES = ("batch", "task", "seat", "claim", "answer", "answer_attempt", "review", "dispute")
APPEND_ONLY = ("answer_attempt", "review")


def upgrade() -> None:
    for statements in (BATCH, TASK, SEAT, CLAIM, ANSWER, ANSWER_ATTEMPT, REVIEW, DISPUTE, STORAGE, FROZEN):
        op.execute(statements)
    for table in APPEND_ONLY:
        make_append_only(op, table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION batch_keeps_its_terms()")
