"""Keep who made payment files and imported statements, what banks report, and which orders were never executed."""

from alembic import op

from migrations.support import make_append_only

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE bank_file ADD COLUMN made_by UUID;
ALTER TABLE bank_file ADD CONSTRAINT fk_bank_file_made_by_person FOREIGN KEY(made_by) REFERENCES person (id);
ALTER TABLE bank_statement ADD COLUMN imported_by UUID;
ALTER TABLE bank_statement
    ADD CONSTRAINT fk_bank_statement_imported_by_person FOREIGN KEY(imported_by) REFERENCES person (id);
CREATE INDEX ix_bank_statement_number ON bank_statement (number);
ALTER TABLE bank_instruction ADD COLUMN ended_code TEXT;
ALTER TABLE bank_instruction ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE bank_instruction ADD CONSTRAINT ck_bank_instruction_ended_whole
    CHECK ((ended_code IS NULL) = (ended_at IS NULL) AND (ended_code IS NULL OR file_id IS NOT NULL));
CREATE TABLE bank_report (
    id UUID NOT NULL,
    message_id TEXT NOT NULL,
    file_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    imported_by UUID,
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_bank_report PRIMARY KEY (id),
    CONSTRAINT uq_bank_report_message_id UNIQUE (message_id),
    CONSTRAINT fk_bank_report_file_id_bank_file FOREIGN KEY(file_id) REFERENCES bank_file (id),
    CONSTRAINT fk_bank_report_imported_by_person FOREIGN KEY(imported_by) REFERENCES person (id)
);
CREATE INDEX ix_bank_report_file_id ON bank_report (file_id);
CREATE TABLE bank_report_line (
    report_id UUID NOT NULL,
    instruction_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    effect TEXT NOT NULL,
    CONSTRAINT pk_bank_report_line PRIMARY KEY (report_id, instruction_id),
    CONSTRAINT fk_bank_report_line_report_id_bank_report FOREIGN KEY(report_id) REFERENCES bank_report (id),
    CONSTRAINT fk_bank_report_line_instruction_id_bank_instruction
        FOREIGN KEY(instruction_id) REFERENCES bank_instruction (id),
    CONSTRAINT ck_bank_report_line_effect CHECK (effect IN ('refused', 'noted', 'contradicted'))
);
CREATE INDEX ix_bank_report_line_instruction_id ON bank_report_line (instruction_id);
CREATE INDEX ix_payout_event_not_executed ON payout_event ((body ->> 'reference')) WHERE kind = 'not_executed';
"""

DROP = """
DROP INDEX ix_payout_event_not_executed;
DROP TABLE bank_report_line;
DROP TABLE bank_report;
ALTER TABLE bank_instruction DROP COLUMN ended_code, DROP COLUMN ended_at;
DROP INDEX ix_bank_statement_number;
ALTER TABLE bank_statement DROP COLUMN imported_by;
ALTER TABLE bank_file DROP COLUMN made_by;
"""


def upgrade() -> None:
    """Add the columns, create the tables."""
    op.execute(CREATE)
    make_append_only(op, "bank_report")
    make_append_only(op, "bank_report_line")


def downgrade() -> None:
    """Drop them."""
    op.execute(DROP)
