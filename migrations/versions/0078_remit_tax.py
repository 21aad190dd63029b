"""Pay withheld tax to its authorities: remittances, and of which payouts each is."""

from alembic import op

from migrations.support import make_append_only

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE tax_remittance (
    id UUID NOT NULL,
    authority TEXT NOT NULL,
    currency TEXT NOT NULL,
    first_on DATE NOT NULL,
    last_on DATE NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT DEFAULT 'proposed' NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    reference TEXT,
    journal_id UUID,
    CONSTRAINT pk_tax_remittance PRIMARY KEY (id),
    CONSTRAINT ck_tax_remittance_state_known CHECK (state IN ('proposed', 'approved', 'paid', 'rejected')),
    CONSTRAINT ck_tax_remittance_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_tax_remittance_period CHECK (first_on <= last_on),
    CONSTRAINT ck_tax_remittance_decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_tax_remittance_decided_at_a_moment CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_tax_remittance_two_people
        CHECK (state NOT IN ('approved', 'paid') OR decided_by <> proposed_by),
    CONSTRAINT ck_tax_remittance_paid_whole
        CHECK ((state = 'paid') = (journal_id IS NOT NULL) AND (state = 'paid') = (paid_at IS NOT NULL)
            AND (state = 'paid') = (reference IS NOT NULL)),
    CONSTRAINT uq_tax_remittance_journal_id UNIQUE (journal_id),
    CONSTRAINT fk_tax_remittance_proposed_by_person FOREIGN KEY(proposed_by) REFERENCES person (id),
    CONSTRAINT fk_tax_remittance_decided_by_person FOREIGN KEY(decided_by) REFERENCES person (id),
    CONSTRAINT fk_tax_remittance_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id)
);
CREATE INDEX ix_tax_remittance_authority_currency ON tax_remittance (authority, currency);

CREATE TABLE tax_remittance_line (
    remittance_id UUID NOT NULL,
    payout_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_tax_remittance_line PRIMARY KEY (remittance_id, payout_id),
    CONSTRAINT ck_tax_remittance_line_not_nothing CHECK (amount <> 0),
    CONSTRAINT fk_tax_remittance_line_remittance_id_tax_remittance
        FOREIGN KEY(remittance_id) REFERENCES tax_remittance (id),
    CONSTRAINT fk_tax_remittance_line_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id)
);
CREATE INDEX ix_tax_remittance_line_payout_id ON tax_remittance_line (payout_id);
"""


def upgrade() -> None:
    """Create the tables; nothing was paid to an authority until now."""
    op.execute(CREATE)
    make_append_only(op, "tax_remittance_line")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tax_remittance_line")
    op.drop_table("tax_remittance")
