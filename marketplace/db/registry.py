"""Every model of the house, for the migrations and for grants.

Modules are named as text and loaded on demand: `db` stands below the packages whose models it gathers, and must not
import them. A package adds its line here with its first model.
"""

from importlib import import_module

from sqlalchemy import MetaData

from marketplace.db.base import Base

MODEL_MODULES = (
    "marketplace.db.clock",
    "marketplace.db.idempotency",
    "marketplace.audit.models",
    "marketplace.identity.models",
    "marketplace.ledger.models",
    "marketplace.rails.models",
    "marketplace.jobs.models",
    "marketplace.contracts.models",
    "marketplace.work.models",
    "marketplace.settlement.models",
    "marketplace.payouts.models",
    "marketplace.reconciliation.models",
    "marketplace.notifications.models",
    "marketplace.gateways.models",
)


def load_models() -> MetaData:
    """The metadata of all models."""
    for name in MODEL_MODULES:
        import_module(name)
    return Base.metadata
