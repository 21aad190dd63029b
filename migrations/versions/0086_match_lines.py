"""Match lines by amount, day and sums, and by hand; say whose a line is; read a bank's CSV by a saved layout."""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE external_line ADD COLUMN why TEXT;
ALTER TABLE external_line ADD COLUMN owner_id UUID;
ALTER TABLE external_line ADD CONSTRAINT fk_external_line_owner_id_person FOREIGN KEY(owner_id) REFERENCES person (id);
CREATE INDEX ix_external_line_occurred_at ON external_line (occurred_at);
CREATE INDEX ix_external_line_open ON external_line (rail, currency, amount) WHERE state <> 'matched';

CREATE TABLE line_match (
    id UUID NOT NULL,
    line_id UUID NOT NULL,
    way TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    target_id UUID,
    two_people BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    proposed_by UUID,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    journal_id UUID,
    undo_reason TEXT,
    undo_asked_by UUID,
    undo_asked_at TIMESTAMP WITH TIME ZONE,
    undo_two_people BOOLEAN DEFAULT false NOT NULL,
    undone_by UUID,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_line_match PRIMARY KEY (id),
    CONSTRAINT ck_line_match_way CHECK (way IN ('amount_and_date', 'many_to_one', 'by_hand')),
    CONSTRAINT ck_line_match_kind
        CHECK (kind IN ('payouts', 'transit', 'fee', 'deposit', 'refund', 'moved_already')),
    CONSTRAINT ck_line_match_state CHECK (state IN ('proposed', 'done', 'rejected', 'undo_asked', 'undone')),
    CONSTRAINT ck_line_match_target CHECK ((kind IN ('deposit', 'refund')) = (target_id IS NOT NULL)),
    CONSTRAINT ck_line_match_by_somebody CHECK ((way = 'by_hand') = (proposed_by IS NOT NULL)),
    CONSTRAINT ck_line_match_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT ck_line_match_two_people
        CHECK (NOT two_people OR state IN ('proposed', 'rejected')
            OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM proposed_by)),
    CONSTRAINT ck_line_match_undo_asked
        CHECK ((state IN ('undo_asked', 'undone')) = (undo_asked_by IS NOT NULL)
            AND (undo_asked_by IS NULL) = (undo_reason IS NULL) AND (undo_asked_by IS NULL) = (undo_asked_at IS NULL)),
    CONSTRAINT ck_line_match_undone
        CHECK ((state = 'undone') = (undone_by IS NOT NULL) AND (undone_by IS NULL) = (undone_at IS NULL)),
    CONSTRAINT ck_line_match_undone_by_two CHECK (NOT undo_two_people OR undone_by <> undo_asked_by),
    CONSTRAINT uq_line_match_journal_id UNIQUE (journal_id),
    CONSTRAINT fk_line_match_line_id_external_line FOREIGN KEY(line_id) REFERENCES external_line (id),
    CONSTRAINT fk_line_match_proposed_by_person FOREIGN KEY(proposed_by) REFERENCES person (id),
    CONSTRAINT fk_line_match_decided_by_person FOREIGN KEY(decided_by) REFERENCES person (id),
    CONSTRAINT fk_line_match_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id),
    CONSTRAINT fk_line_match_undo_asked_by_person FOREIGN KEY(undo_asked_by) REFERENCES person (id),
    CONSTRAINT fk_line_match_undone_by_person FOREIGN KEY(undone_by) REFERENCES person (id)
);
CREATE INDEX ix_line_match_line_id ON line_match (line_id);
CREATE INDEX ix_line_match_waiting ON line_match (id) WHERE state IN ('proposed', 'undo_asked');
CREATE UNIQUE INDEX uq_line_match_live ON line_match (line_id) WHERE state IN ('proposed', 'done', 'undo_asked');

CREATE TABLE line_match_payout (
    match_id UUID NOT NULL,
    payout_id UUID NOT NULL,
    journal_id UUID,
    CONSTRAINT pk_line_match_payout PRIMARY KEY (match_id, payout_id),
    CONSTRAINT uq_line_match_payout_journal_id UNIQUE (journal_id),
    CONSTRAINT fk_line_match_payout_match_id_line_match FOREIGN KEY(match_id) REFERENCES line_match (id),
    CONSTRAINT fk_line_match_payout_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id),
    CONSTRAINT fk_line_match_payout_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_line_match_payout_payout_id ON line_match_payout (payout_id);

CREATE TABLE line_match_transfer (
    match_id UUID NOT NULL,
    line_id UUID NOT NULL,
    CONSTRAINT pk_line_match_transfer PRIMARY KEY (match_id, line_id),
    CONSTRAINT fk_line_match_transfer_match_id_line_match FOREIGN KEY(match_id) REFERENCES line_match (id),
    CONSTRAINT fk_line_match_transfer_line_id_external_line FOREIGN KEY(line_id) REFERENCES external_line (id)
);
CREATE INDEX ix_line_match_transfer_line_id ON line_match_transfer (line_id);

CREATE TABLE bank_csv_layout (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    body JSONB NOT NULL,
    saved_by UUID,
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_csv_layout PRIMARY KEY (id),
    CONSTRAINT uq_bank_csv_layout_name UNIQUE (name),
    CONSTRAINT fk_bank_csv_layout_saved_by_person FOREIGN KEY(saved_by) REFERENCES person (id)
);
"""

DROP = """
DROP TABLE bank_csv_layout;
DROP TABLE line_match_transfer;
DROP TABLE line_match_payout;
DROP TABLE line_match;
DROP INDEX ix_external_line_open;
DROP INDEX ix_external_line_occurred_at;
ALTER TABLE external_line DROP CONSTRAINT fk_external_line_owner_id_person;
ALTER TABLE external_line DROP COLUMN owner_id;
ALTER TABLE external_line DROP COLUMN why;
"""


def upgrade() -> None:
    """Create the tables; lines that stand on 2900 today have no reason and no owner yet."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute(DROP)
