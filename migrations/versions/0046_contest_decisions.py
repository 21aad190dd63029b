"""Let workers contest decisions about them; give notice before a pre-label lowers a pay."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE decision_contest (
    event_id UUID NOT NULL,
    person_id UUID NOT NULL,
    reason TEXT NOT NULL,
    contested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    answered_by_person_id UUID,
    CONSTRAINT pk_decision_contest PRIMARY KEY (event_id, person_id),
    CONSTRAINT ck_decision_contest_answered CHECK ((outcome IS NULL) = (answered_at IS NULL)),
    CONSTRAINT fk_decision_contest_person_id_worker FOREIGN KEY(person_id) REFERENCES worker (person_id),
    CONSTRAINT fk_decision_contest_answered_by_person_id_person
        FOREIGN KEY(answered_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_decision_contest_waiting ON decision_contest (contested_at) WHERE outcome IS NULL;

CREATE TABLE batch_withdrawal (
    batch_id UUID NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_batch_withdrawal PRIMARY KEY (batch_id),
    CONSTRAINT fk_batch_withdrawal_batch_id_batch FOREIGN KEY(batch_id) REFERENCES batch (id)
);

CREATE TABLE rate_notice (
    id UUID NOT NULL,
    batch_id UUID NOT NULL,
    pay_amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rate_notice PRIMARY KEY (id),
    CONSTRAINT ck_rate_notice_pay CHECK (pay_amount > 0),
    CONSTRAINT ck_rate_notice_lies_ahead CHECK (effective_at > given_at),
    CONSTRAINT fk_rate_notice_batch_id_batch FOREIGN KEY(batch_id) REFERENCES batch (id)
);
CREATE INDEX ix_rate_notice_batch_id ON rate_notice (batch_id);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    for table in ("rate_notice", "batch_withdrawal", "decision_contest"):
        op.drop_table(table)
