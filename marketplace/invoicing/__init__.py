"""Numbered documents for clients: receipts of what they paid in, invoices of fees, and credit notes."""
