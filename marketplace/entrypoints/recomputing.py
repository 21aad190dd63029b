"""Every module that can recompute events from the live rows; the verifier sees only what has been imported."""

from importlib import import_module
from typing import Final

MODULES: Final = (
    "marketplace.contracts.recomputing",
    "marketplace.invoicing.issuing",
    "marketplace.jobs.running",
    "marketplace.ledger.bodies",
    "marketplace.payouts.recomputing",
    "marketplace.settlement.extra_bodies",
    "marketplace.settlement.quality_collecting",
    "marketplace.settlement.recomputing",
    "marketplace.work.recomputing",
)


def load_recomputers() -> None:
    """Import them, so that a verification recomputes all that can be recomputed; a test holds the list complete."""
    for name in MODULES:
        import_module(name)
