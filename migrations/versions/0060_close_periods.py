"""Close months of the books: proposals, closed months with their totals, and the door that refuses what comes later."""

from alembic import op

from migrations.support import make_append_only

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE period_proposal (
    id UUID NOT NULL,
    month DATE NOT NULL,
    digest BYTEA NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_period_proposal PRIMARY KEY (id),
    CONSTRAINT ck_period_proposal_first_of_month CHECK (EXTRACT(day FROM month) = 1),
    CONSTRAINT ck_period_proposal_digest_length CHECK (octet_length(digest) = 32),
    CONSTRAINT fk_period_proposal_proposed_by_person FOREIGN KEY(proposed_by) REFERENCES person (id)
);
CREATE TABLE closed_period (
    month DATE NOT NULL,
    proposal_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    closed_by UUID NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_closed_period PRIMARY KEY (month),
    CONSTRAINT ck_closed_period_first_of_month CHECK (EXTRACT(day FROM month) = 1),
    CONSTRAINT ck_closed_period_digest_length CHECK (octet_length(digest) = 32),
    CONSTRAINT uq_closed_period_proposal_id UNIQUE (proposal_id),
    CONSTRAINT fk_closed_period_proposal_id_period_proposal FOREIGN KEY(proposal_id) REFERENCES period_proposal (id),
    CONSTRAINT fk_closed_period_closed_by_person FOREIGN KEY(closed_by) REFERENCES person (id)
);
CREATE TABLE closed_period_total (
    month DATE NOT NULL,
    account_id BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    CONSTRAINT pk_closed_period_total PRIMARY KEY (month, account_id),
    CONSTRAINT ck_closed_period_total_amounts CHECK (debits >= 0 AND credits >= 0),
    CONSTRAINT fk_closed_period_total_month_closed_period FOREIGN KEY(month) REFERENCES closed_period (month),
    CONSTRAINT fk_closed_period_total_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_journal_effective_on ON journal USING brin (effective_on);
"""

# The lock comes first and the look after it, in a statement of its own that sees what was committed meanwhile. The name
# of the lock is that of `marketplace.ledger.door.DOOR`.
IS_OPEN = """
CREATE FUNCTION ledger_is_open(effective_on date) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger.door', 0));
    RETURN NOT EXISTS (SELECT FROM closed_period WHERE month >= date_trunc('month', CAST(effective_on AS timestamp)));
END
$$
"""

TABLES = ("period_proposal", "closed_period", "closed_period_total")


def upgrade() -> None:
    """Add them; no month is closed by an upgrade."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in TABLES:
        make_append_only(op, table)
    op.execute(IS_OPEN)


def downgrade() -> None:
    """Drop them; months are open again."""
    op.execute("DROP FUNCTION ledger_is_open(date)")
    op.execute("DROP INDEX ix_journal_effective_on")
    for table in reversed(TABLES):
        op.drop_table(table)
