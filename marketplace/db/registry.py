"""Every model of the house, for the migrations and for grants.

Modules are found, not imported by name: `db` stands below the packages whose models it gathers. A package's tables
live in its `models.py` (or `models/`), and are known from then on.
"""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import MetaData

import marketplace
from marketplace.db.base import Base

OWN_MODULES = ("marketplace.db.clock", "marketplace.db.idempotency")


def model_modules() -> list[str]:
    """The names of all modules that declare tables."""
    packages = (f"marketplace.{found.name}" for found in pkgutil.iter_modules(marketplace.__path__) if found.ispkg)
    return [*OWN_MODULES, *(f"{name}.models" for name in packages if find_spec(f"{name}.models") is not None)]


def load_models() -> MetaData:
    """The metadata of all models."""
    for name in model_modules():
        import_module(name)
    return Base.metadata
