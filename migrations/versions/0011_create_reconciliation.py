"""Create reconciliation: lines of the outside world."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE external_line (
    id UUID NOT NULL,
    rail TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reference TEXT NOT NULL,
    state TEXT DEFAULT 'unmatched' NOT NULL,
    journal_id UUID,
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    matched_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_external_line PRIMARY KEY (id),
    CONSTRAINT uq_external_line_rail_external_id UNIQUE (rail, external_id),
    CONSTRAINT ck_external_line_not_nothing CHECK (amount <> 0),
    CONSTRAINT ck_external_line_state CHECK (state IN ('unmatched', 'matched')),
    CONSTRAINT ck_external_line_matched_has_journal CHECK ((state = 'matched') = (journal_id IS NOT NULL)),
    CONSTRAINT uq_external_line_journal_id UNIQUE (journal_id),
    CONSTRAINT fk_external_line_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_external_line_unmatched ON external_line (rail, reference) WHERE state = 'unmatched';
"""

TABLES = ("external_line",)


def upgrade() -> None:
    op.execute(CREATE)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
