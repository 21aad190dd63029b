"""Let lines be set aside that nothing explains, paid installments come back, and the sandbox show more lines."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

KINDS = "'charge', 'transfer', 'transfer_return', 'refund', 'dispute', 'to_bank', 'from_bank', 'fee', 'other'"


def upgrade() -> None:
    """Widen the tables."""
    op.execute("ALTER TABLE external_line ADD COLUMN set_aside_count BIGINT DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE external_line DROP CONSTRAINT ck_external_line_state")
    op.execute("ALTER TABLE external_line DROP CONSTRAINT ck_external_line_matched_has_journal")
    op.execute(
        "ALTER TABLE external_line ADD CONSTRAINT ck_external_line_state "
        "CHECK (state IN ('unmatched', 'matched', 'set_aside'))"
    )
    op.execute(
        "ALTER TABLE external_line ADD CONSTRAINT ck_external_line_matched_has_journal "
        "CHECK ((state = 'unmatched') = (journal_id IS NULL))"
    )
    op.execute("ALTER TABLE installment DROP CONSTRAINT ck_installment_paid_has_its_moment")
    op.execute(
        "ALTER TABLE installment ADD CONSTRAINT ck_installment_paid_has_its_moment "
        "CHECK (state <> 'paid' OR paid_at IS NOT NULL)"
    )
    op.execute("ALTER TABLE sandbox_balance_line DROP CONSTRAINT ck_sandbox_balance_line_kind")
    op.execute(
        f"ALTER TABLE sandbox_balance_line ADD CONSTRAINT ck_sandbox_balance_line_kind CHECK (kind IN ({KINDS}))"
    )


def downgrade() -> None:
    """Narrow them; refused while a line is set aside or of a newer kind, or an installment came back."""
    op.execute("ALTER TABLE installment DROP CONSTRAINT ck_installment_paid_has_its_moment")
    op.execute(
        "ALTER TABLE installment ADD CONSTRAINT ck_installment_paid_has_its_moment "
        "CHECK ((state = 'paid') = (paid_at IS NOT NULL))"
    )
    op.execute("ALTER TABLE sandbox_balance_line DROP CONSTRAINT ck_sandbox_balance_line_kind")
    op.execute(
        "ALTER TABLE sandbox_balance_line ADD CONSTRAINT ck_sandbox_balance_line_kind "
        "CHECK (kind IN ('charge', 'transfer'))"
    )
    op.execute("ALTER TABLE external_line DROP CONSTRAINT ck_external_line_matched_has_journal")
    op.execute("ALTER TABLE external_line DROP CONSTRAINT ck_external_line_state")
    op.execute(
        "ALTER TABLE external_line ADD CONSTRAINT ck_external_line_state CHECK (state IN ('unmatched', 'matched'))"
    )
    op.execute(
        "ALTER TABLE external_line ADD CONSTRAINT ck_external_line_matched_has_journal "
        "CHECK ((state = 'matched') = (journal_id IS NOT NULL))"
    )
    op.execute("ALTER TABLE external_line DROP COLUMN set_aside_count")
