"""Pay sales tax to its authorities: which tax a remittance is of, and of which documents for clients it is."""

from alembic import op

from migrations.support import make_append_only

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE tax_remittance ADD COLUMN tax TEXT DEFAULT 'withheld' NOT NULL;
ALTER TABLE tax_remittance ALTER COLUMN tax DROP DEFAULT;
ALTER TABLE tax_remittance ADD CONSTRAINT ck_tax_remittance_tax_known CHECK (tax IN ('withheld', 'sales'));

CREATE TABLE tax_remittance_document (
    remittance_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_tax_remittance_document PRIMARY KEY (remittance_id, invoice_id),
    CONSTRAINT ck_tax_remittance_document_not_nothing CHECK (amount <> 0),
    CONSTRAINT fk_tax_remittance_document_remittance_id_tax_remittance
        FOREIGN KEY(remittance_id) REFERENCES tax_remittance (id),
    CONSTRAINT fk_tax_remittance_document_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id)
);
CREATE INDEX ix_tax_remittance_document_invoice_id ON tax_remittance_document (invoice_id);
"""


def upgrade() -> None:
    """Every remittance until now is of withheld tax."""
    op.execute(CREATE)
    make_append_only(op, "tax_remittance_document")


NONE_OF_SALES_TAX = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM tax_remittance WHERE tax = 'sales') THEN
        RAISE EXCEPTION 'There are remittances of sales tax: the release before would pay them out of withheld tax.';
    END IF;
END $$;
"""


def downgrade() -> None:
    """Refused once sales tax was remitted: the release before knows withheld tax alone."""
    op.execute(NONE_OF_SALES_TAX)
    op.drop_table("tax_remittance_document")
    op.drop_column("tax_remittance", "tax")
