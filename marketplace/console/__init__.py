"""The pages of staff and organizations: finance, review, contracts, operations."""
