"""Every model of the house, for the migrations and for grants, and what is declared of them.

Modules are found, not imported by name: `db` stands below the packages whose models it gathers. A package's tables
live in its `models.py`, or in a module beside it whose name ends so, and are known from then on; what is personal in
them stands in its `personal.py`, what has to end before a person is erased in its `leaving.py`.
"""

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

import marketplace
from marketplace.db.base import Base

OWN_MODULES = ("marketplace.db.clock", "marketplace.db.idempotency")


def model_modules() -> list[str]:
    """The names of all modules that declare tables."""
    # By file, without importing the packages: a face's package would bring the web framework with it.
    house = Path(marketplace.__path__[0])
    return [
        *OWN_MODULES,
        *(f"marketplace.{path.parent.name}.{path.stem}" for path in sorted(house.glob("*/*models.py"))),
    ]


def load_models() -> MetaData:
    """The metadata of all models."""
    for name in model_modules():
        import_module(name)
    return Base.metadata


def load_personal() -> None:
    """Make known what is personal in every table (`marketplace.db.personal`)."""
    _load("personal")


def load_leaving() -> None:
    """Make known what has to end before a person is erased, and what keeps them (`marketplace.identity.departures`)."""
    _load("leaving")


def _load(name: str) -> None:
    for path in sorted(Path(marketplace.__path__[0]).glob(f"*/{name}.py")):
        import_module(f"marketplace.{path.parent.name}.{name}")
