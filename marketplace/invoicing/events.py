"""What documents for clients write into the log."""

from marketplace.audit.events import define_event

INVOICE_ISSUED = define_event(
    "invoice.issued",
    1,
    "Receipt, invoice or credit note issued",
    {
        "kind": "text: receipt, invoice or credit_note",
        "number": "text: series, year and number",
        "net": "money",
        "tax": "money: the sales tax inside",
        "gross": "money: net and tax",
        "month": "text or null: of fees, their month, as 2027-01",
        "journal": "journal id or null: what it documents; fees without tax have no journal of their own",
        "digest": "digest: of the whole document, with its lines and both sides, as canonical JSON",
    },
)
BILLING_DETAIL_SET = define_event(
    "billing_detail.set",
    1,
    "What documents say of an organization set",
    {"digest": "digest: of legal name, address and tax number as canonical JSON"},
)
SALES_TAX_RATE_SET = define_event(
    "sales_tax_rate.set",
    1,
    "Sales tax on fees of clients in a country set",
    {
        "country": "text: of the clients",
        "authority": "text: to which it is owed",
        "rate_ppm": "whole number: parts per million of the net; 0 ends it",
        "valid_from": "day",
    },
)
