"""Putting the console into an application."""

from flask import Flask

from marketplace.console import (  # noqa: F401 - importing a page module registers its views
    auditing,
    books,
    chains,
    contracts,
    disputing,
    home,
    jobs,
    offers,
    operations,
    payouts,
    reviewing,
    splitting,
    team,
)
from marketplace.console.blueprint import blueprint


def register(app: Flask) -> None:
    """Add the console's pages."""
    app.register_blueprint(blueprint)
