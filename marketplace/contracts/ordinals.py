"""Sets of item ordinals, which `jobs` defines: its items carry them."""

from marketplace.jobs.ordinals import Ordinals, count, ordinals, spans_of

__all__ = ["Ordinals", "count", "ordinals", "spans_of"]
