"""Putting the console into an application."""

from flask import Flask

from marketplace.console import (  # noqa: F401 - importing a page module registers its views
    adjudicating,
    ageing,
    auditing,
    banking,
    book_files,
    books,
    chains,
    chargebacks,
    closing,
    contracts,
    currencies,
    defaulting,
    deferring,
    depositing,
    disputing,
    following,
    forecasting,
    freezing,
    handing_over,
    home,
    inspecting,
    invoicing,
    jobs,
    ledger_lines,
    looking,
    margins,
    mirroring,
    offers,
    operations,
    overseeing,
    own_money,
    pay_holds,
    payouts,
    people,
    practising,
    protecting,
    providers,
    reconciling,
    refused_by_banks,
    remittances,
    reviewing,
    signing_in,
    splitting,
    statements,
    taxes,
    team,
    unanswered,
)
from marketplace.console.blueprint import blueprint, frame_values
from marketplace.web.faces import CONSOLE
from marketplace.web.own_access import make_own_access
from marketplace.web.own_keys import make_own_keys


def register(app: Flask) -> None:
    """Add the console's pages."""
    app.register_blueprint(blueprint)
    for of_oneself in (make_own_keys(CONSOLE, "console/frame.html"), make_own_access(CONSOLE, "console/frame.html")):
        of_oneself.context_processor(frame_values)
        app.register_blueprint(of_oneself)
