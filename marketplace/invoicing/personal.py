"""What is personal in documents: nothing, they are between organizations."""

from marketplace.db.personal import impersonal
from marketplace.invoicing.models import BillingDetail, Invoice, InvoiceCounter, InvoiceLine, InvoiceTax, SalesTaxRate

impersonal(
    "documents of organizations, which law wants kept as they were issued",
    Invoice,
    InvoiceLine,
    InvoiceTax,
    InvoiceCounter,
    BillingDetail,
)
impersonal("rates of tax by country", SalesTaxRate)
