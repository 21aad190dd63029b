"""The invariants of documents, for `piecework ledger check`, its sweep and every test that touches money."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.ledger.checking import Finding, check

_STATEMENTS = load(__file__, "checks.sql")


@check("N1", "the numbers of documents run without a gap in each series and year")
def numbers_run(session: Session) -> Iterator[Finding]:
    """Series whose numbers are not 1 to the last that was given out."""
    for row in session.execute(_STATEMENTS.number_missing):
        problem = f"{row.last} numbers were given out, {row.many} documents have one, the highest is {row.highest}"
        yield Finding(f"{row.series}-{row.year}", problem)


@check("N2", "a document adds up, and its journal moved what it says")
def documents_are_right(session: Session) -> Iterator[Finding]:
    """Documents whose lines, taxes or journal say something else."""
    for row in session.execute(_STATEMENTS.document_wrong):
        problem = f"its lines, taxes or journal are not {row.gross} with {row.tax} of tax (ledger units)"
        yield Finding(public("invoice", row.invoice_id), problem)


@check("N4", "a receipt whose journal was reversed is cancelled by exactly one credit note")
def reversed_receipts_are_cancelled(session: Session) -> Iterator[Finding]:
    """Receipts of money that was never the client's, which stand, or are credited otherwise."""
    for row in session.execute(_STATEMENTS.receipt_not_cancelled):
        problem = f"its journal was reversed, and {row.notes} credit notes name it; one of all of it should"
        yield Finding(public("invoice", row.invoice_id), problem)
