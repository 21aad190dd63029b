"""Let a closed month be opened again by two people: the close stays with its totals, its digest and its checkpoint."""

from alembic import op

from migrations.support import make_append_only

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE period_proposal ADD COLUMN action TEXT DEFAULT 'close' NOT NULL;
ALTER TABLE period_proposal ADD COLUMN reason TEXT;
ALTER TABLE period_proposal ADD CONSTRAINT ck_period_proposal_action CHECK (action IN ('close', 'reopen'));
ALTER TABLE period_proposal ADD CONSTRAINT ck_period_proposal_reason_of_reopening
    CHECK ((action = 'reopen') = (reason IS NOT NULL));
CREATE INDEX ix_period_proposal_month ON period_proposal (month);

CREATE TABLE period_refusal (
    proposal_id UUID NOT NULL,
    refused_by UUID NOT NULL,
    reason TEXT NOT NULL,
    refused_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_period_refusal PRIMARY KEY (proposal_id),
    CONSTRAINT fk_period_refusal_proposal_id_period_proposal FOREIGN KEY(proposal_id) REFERENCES period_proposal (id),
    CONSTRAINT fk_period_refusal_refused_by_person FOREIGN KEY(refused_by) REFERENCES person (id)
);

ALTER TABLE closed_period_total DISABLE TRIGGER USER;
ALTER TABLE closed_period_total ADD COLUMN proposal_id UUID;
UPDATE closed_period_total SET proposal_id = closed_period.proposal_id
FROM closed_period WHERE closed_period.month = closed_period_total.month;
ALTER TABLE closed_period_total ENABLE TRIGGER USER;
ALTER TABLE closed_period_total DROP CONSTRAINT pk_closed_period_total;
ALTER TABLE closed_period_total DROP CONSTRAINT fk_closed_period_total_month_closed_period;
ALTER TABLE closed_period_total DROP COLUMN month;
ALTER TABLE closed_period DROP CONSTRAINT pk_closed_period;
ALTER TABLE closed_period DROP CONSTRAINT uq_closed_period_proposal_id;
ALTER TABLE closed_period ADD CONSTRAINT pk_closed_period PRIMARY KEY (proposal_id);
CREATE INDEX ix_closed_period_month ON closed_period (month);
ALTER TABLE closed_period ADD COLUMN tree_size BIGINT;
ALTER TABLE closed_period ADD CONSTRAINT fk_closed_period_tree_size_audit_checkpoint
    FOREIGN KEY(tree_size) REFERENCES audit_checkpoint (tree_size);
ALTER TABLE closed_period_total ADD CONSTRAINT pk_closed_period_total PRIMARY KEY (proposal_id, account_id);
ALTER TABLE closed_period_total ADD CONSTRAINT fk_closed_period_total_proposal_id_closed_period
    FOREIGN KEY(proposal_id) REFERENCES closed_period (proposal_id);

CREATE TABLE reopened_period (
    closed_id UUID NOT NULL,
    proposal_id UUID NOT NULL,
    reopened_by UUID NOT NULL,
    reopened_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_reopened_period PRIMARY KEY (closed_id),
    CONSTRAINT uq_reopened_period_proposal_id UNIQUE (proposal_id),
    CONSTRAINT fk_reopened_period_closed_id_closed_period FOREIGN KEY(closed_id)
        REFERENCES closed_period (proposal_id),
    CONSTRAINT fk_reopened_period_proposal_id_period_proposal FOREIGN KEY(proposal_id)
        REFERENCES period_proposal (id),
    CONSTRAINT fk_reopened_period_reopened_by_person FOREIGN KEY(reopened_by) REFERENCES person (id)
);
"""

DOWNGRADE = """
DROP FUNCTION ledger_is_open(date);
ALTER TABLE closed_period_total DISABLE TRIGGER USER;
ALTER TABLE closed_period DISABLE TRIGGER USER;
ALTER TABLE period_proposal DISABLE TRIGGER USER;
DELETE FROM closed_period_total WHERE proposal_id IN (SELECT closed_id FROM reopened_period);
DROP TABLE period_refusal;
ALTER TABLE closed_period_total ADD COLUMN month DATE;
UPDATE closed_period_total SET month = closed_period.month
FROM closed_period WHERE closed_period.proposal_id = closed_period_total.proposal_id;
ALTER TABLE closed_period_total DROP COLUMN proposal_id;
CREATE TEMPORARY TABLE reopened ON COMMIT DROP AS SELECT closed_id, proposal_id FROM reopened_period;
DROP TABLE reopened_period;
DELETE FROM closed_period WHERE proposal_id IN (SELECT closed_id FROM reopened);
DELETE FROM period_proposal WHERE action = 'reopen';
ALTER TABLE closed_period_total ENABLE TRIGGER USER;
ALTER TABLE closed_period ENABLE TRIGGER USER;
ALTER TABLE period_proposal ENABLE TRIGGER USER;
ALTER TABLE closed_period DROP COLUMN tree_size;
DROP INDEX ix_closed_period_month;
ALTER TABLE closed_period DROP CONSTRAINT pk_closed_period;
ALTER TABLE closed_period ADD CONSTRAINT pk_closed_period PRIMARY KEY (month);
ALTER TABLE closed_period ADD CONSTRAINT uq_closed_period_proposal_id UNIQUE (proposal_id);
ALTER TABLE closed_period_total ADD CONSTRAINT pk_closed_period_total PRIMARY KEY (month, account_id);
ALTER TABLE closed_period_total ADD CONSTRAINT fk_closed_period_total_month_closed_period
    FOREIGN KEY(month) REFERENCES closed_period (month);
DROP INDEX ix_period_proposal_month;
ALTER TABLE period_proposal DROP COLUMN reason;
ALTER TABLE period_proposal DROP COLUMN action;
"""

# As in 0060, but for closes that were ended. Who waited at the door while the month was opened again began when it was
# closed, and is refused: the moment at which a journal was recorded is that at which its statement began.
IS_OPEN = """
CREATE OR REPLACE FUNCTION ledger_is_open(effective_on date) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger.door', 0));
    RETURN NOT EXISTS (
        SELECT FROM closed_period
        LEFT JOIN reopened_period ON reopened_period.closed_id = closed_period.proposal_id
        WHERE closed_period.month >= date_trunc('month', CAST(effective_on AS timestamp))
            AND (reopened_period.reopened_at IS NULL OR reopened_period.reopened_at > market_now())
    );
END
$$
"""

WAS_OPEN = """
CREATE FUNCTION ledger_is_open(effective_on date) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger.door', 0));
    RETURN NOT EXISTS (SELECT FROM closed_period WHERE month >= date_trunc('month', CAST(effective_on AS timestamp)));
END
$$
"""


def upgrade() -> None:
    """Months that are closed stay closed; their closes have no checkpoint."""
    op.execute(UPGRADE)
    for table in ("period_refusal", "reopened_period"):
        make_append_only(op, table)
    op.execute(IS_OPEN)


def downgrade() -> None:
    """Forget the closes that were ended, and refusals."""
    op.execute(DOWNGRADE)
    op.execute(WAS_OPEN)
