"""The books must be right after every test that touched money: all invariants of all packages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal

names: list[str] | None = None
"""The checks to run; None is all. Tests of the ledger alone, which know no jobs, set it to the ledger's own."""


def books_hold(session: Session) -> None:
    """Raise AssertionError naming what is wrong; a test without a journal passes at the price of one query."""
    if session.execute(select(Journal.id).limit(1)).first() is None:
        return
    session.flush()
    wrong = [
        f"{result.check.name} ({result.check.title}): {finding.subject}: {finding.problem}"
        for result in run_checks(session, names).results
        for finding in result.findings
    ]
    assert not wrong, "the books are wrong after this test:\n" + "\n".join(wrong)
