"""The pages of staff and organizations: finance, review, contracts, operations."""

from marketplace.console.registering import register

__all__ = ["register"]
