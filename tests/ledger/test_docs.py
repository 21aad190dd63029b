"""docs/ledger.md says what the program does."""

from pathlib import Path

from marketplace.ledger.chart import CHART
from marketplace.ledger.checking import load_checks
from marketplace.ledger.routes import ROUTES

DOCS = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")


def test_every_account_is_in_the_page() -> None:
    for code, definition in CHART.items():
        mark = " ◆" if code.controlled else ""
        assert f"| {code:d}{mark} | {definition.name} |" in DOCS


def test_every_journal_and_its_routes_are_in_the_page() -> None:
    rows = {line.split("|")[1].strip(): line for line in DOCS.splitlines() if line.startswith("| J")}
    for kind, routes in ROUTES.items():
        for debit, credit in routes:
            assert f"{debit:d} / {credit:d}" in rows[kind], kind


def test_every_check_is_in_the_page() -> None:
    listed = {line.split("|")[1].strip() for line in DOCS.splitlines() if line.startswith("| ")}
    assert set(load_checks()) <= listed
