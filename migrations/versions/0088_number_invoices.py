"""Number receipts, invoices of fees and credit notes; export one month of the books, and keep each."""

from alembic import op

from migrations.support import make_append_only

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE export ADD COLUMN month DATE;
ALTER TABLE export ADD CONSTRAINT ck_export_first_of_month CHECK (EXTRACT(day FROM month) = 1);

CREATE TABLE invoice_counter (
    series TEXT NOT NULL,
    year SMALLINT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_invoice_counter PRIMARY KEY (series, year),
    CONSTRAINT ck_invoice_counter_last_positive CHECK (last > 0)
);

CREATE TABLE invoice (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    series TEXT NOT NULL,
    year SMALLINT NOT NULL,
    number BIGINT NOT NULL,
    organization_id UUID NOT NULL,
    currency TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    month DATE,
    journal_id UUID,
    credits_id UUID,
    subject_noun TEXT NOT NULL,
    subject_id UUID NOT NULL,
    issuer JSONB NOT NULL,
    customer JSONB NOT NULL,
    issued_on DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_series_year_number UNIQUE (series, year, number),
    CONSTRAINT uq_invoice_journal_id UNIQUE (journal_id),
    CONSTRAINT ck_invoice_kind_known CHECK (kind IN ('receipt', 'invoice', 'credit_note')),
    CONSTRAINT ck_invoice_number_positive CHECK (number > 0),
    CONSTRAINT ck_invoice_adds_up CHECK (gross > 0 AND tax >= 0 AND net + tax = gross),
    CONSTRAINT ck_invoice_first_of_month CHECK (EXTRACT(day FROM month) = 1),
    CONSTRAINT ck_invoice_documents_a_journal CHECK (month IS NOT NULL OR (journal_id IS NOT NULL AND tax = 0)),
    CONSTRAINT ck_invoice_year_of_issue CHECK (EXTRACT(year FROM issued_on) = year),
    CONSTRAINT fk_invoice_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_invoice_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id),
    CONSTRAINT fk_invoice_credits_id_invoice FOREIGN KEY(credits_id) REFERENCES invoice (id)
);
CREATE INDEX ix_invoice_organization_id_id ON invoice (organization_id, id);
CREATE INDEX ix_invoice_subject_id ON invoice (subject_id);
CREATE UNIQUE INDEX uq_invoice_fees ON invoice (organization_id, currency, month) WHERE month IS NOT NULL;

CREATE TABLE invoice_line (
    invoice_id UUID NOT NULL,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    amount BIGINT NOT NULL,
    job_id UUID,
    CONSTRAINT pk_invoice_line PRIMARY KEY (invoice_id, position),
    CONSTRAINT fk_invoice_line_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id)
);

CREATE TABLE invoice_tax (
    invoice_id UUID NOT NULL,
    authority TEXT NOT NULL,
    rate_ppm BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_invoice_tax PRIMARY KEY (invoice_id, authority),
    CONSTRAINT ck_invoice_tax_rate_and_amount CHECK (rate_ppm > 0 AND amount >= 0),
    CONSTRAINT fk_invoice_tax_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id)
);

CREATE TABLE invoiced_month (
    month DATE NOT NULL,
    invoiced_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_invoiced_month PRIMARY KEY (month),
    CONSTRAINT ck_invoiced_month_first_of_month CHECK (EXTRACT(day FROM month) = 1)
);

CREATE TABLE billing_detail (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    legal_name TEXT NOT NULL,
    address TEXT NOT NULL,
    tax_number TEXT NOT NULL,
    set_by UUID NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_billing_detail PRIMARY KEY (id),
    CONSTRAINT fk_billing_detail_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_billing_detail_set_by_person FOREIGN KEY(set_by) REFERENCES person (id)
);
CREATE INDEX ix_billing_detail_organization_id_id ON billing_detail (organization_id, id);

CREATE TABLE sales_tax_rate (
    id UUID NOT NULL,
    country TEXT NOT NULL,
    authority TEXT NOT NULL,
    rate_ppm BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    set_by UUID NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_sales_tax_rate PRIMARY KEY (id),
    CONSTRAINT ck_sales_tax_rate_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_sales_tax_rate_rate CHECK (rate_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT fk_sales_tax_rate_set_by_person FOREIGN KEY(set_by) REFERENCES person (id)
);
CREATE INDEX ix_sales_tax_rate_country_valid_from ON sales_tax_rate (country, valid_from);

CREATE TABLE kept_book (
    id UUID NOT NULL,
    month DATE NOT NULL,
    name TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    byte_count BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_kept_book PRIMARY KEY (id),
    CONSTRAINT uq_kept_book_month_name UNIQUE (month, name),
    CONSTRAINT uq_kept_book_storage_key UNIQUE (storage_key),
    CONSTRAINT ck_kept_book_first_of_month CHECK (EXTRACT(day FROM month) = 1)
);
"""

APPEND_ONLY = (
    "invoice",
    "invoice_line",
    "invoice_tax",
    "invoiced_month",
    "billing_detail",
    "sales_tax_rate",
    "kept_book",
)


def upgrade() -> None:
    """Exports that there are have no month; what was paid in before has no receipt, and gets none."""
    op.execute(UPGRADE)
    for table in APPEND_ONLY:
        make_append_only(op, table)


def downgrade() -> None:
    """Take all of it away."""
    for table in (*reversed(APPEND_ONLY), "invoice_counter"):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE export DROP COLUMN month")
