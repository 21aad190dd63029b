"""Sets of item ordinals, which `jobs` defines: its items carry them."""

from marketplace.jobs.ordinals import Ordinals, count, digest, ordinals, spans_of

__all__ = ["Ordinals", "count", "digest", "ordinals", "spans_of"]
