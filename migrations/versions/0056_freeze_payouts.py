"""Freeze payouts: one row that is asked before each is sent, and its history."""

from alembic import op

from migrations.support import make_append_only

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE payout_freeze (
    single BOOLEAN DEFAULT true NOT NULL,
    frozen BOOLEAN NOT NULL,
    reason TEXT,
    read_from TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payout_freeze PRIMARY KEY (single),
    CONSTRAINT ck_payout_freeze_single_row CHECK (single),
    CONSTRAINT ck_payout_freeze_frozen_says_why CHECK (frozen = (reason IS NOT NULL)),
    CONSTRAINT ck_payout_freeze_read_while_frozen CHECK (frozen OR read_from IS NULL)
);
INSERT INTO payout_freeze (frozen) VALUES (false);

CREATE TABLE payout_freeze_event (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    person_id UUID,
    body JSONB DEFAULT '{}'::jsonb NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    real_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_payout_freeze_event PRIMARY KEY (id),
    CONSTRAINT ck_payout_freeze_event_kind_known CHECK (kind IN ('frozen', 'acknowledged', 'lifted')),
    CONSTRAINT fk_payout_freeze_event_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_payout_freeze_event_acknowledged ON payout_freeze_event ((body ->> 'line'))
    WHERE kind = 'acknowledged';
"""


def upgrade() -> None:
    """Add them; nothing is frozen by an upgrade."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    make_append_only(op, "payout_freeze_event")


def downgrade() -> None:
    """Drop them; a freeze is forgotten with them."""
    op.drop_table("payout_freeze_event")
    op.drop_table("payout_freeze")
