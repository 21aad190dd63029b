"""The invariants of chargebacks, for `piecework ledger check`, its sweep and every test that touches money."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.ledger.chart import Code
from marketplace.ledger.checking import Finding, check

_STATEMENTS = load(__file__, "checks.sql")


@check("C1", "what a client owes for a chargeback, and what is frozen for it, is in the books as its row says")
def chargebacks_stand(session: Session) -> Iterator[Finding]:
    """Chargebacks whose accounts 1230 and 2160, or whose top-up, differ from their rows, and accounts without one."""
    values = {"receivable": int(Code.CLIENT_RECEIVABLE), "frozen": int(Code.DISPUTE_FREEZE)}
    for row in session.execute(_STATEMENTS.chargeback_not_met, values):
        problem = (
            f"{row.receivable} owed and {row.frozen} frozen, of which the books have {row.booked_receivable} and "
            f"{row.booked_frozen} (ledger units)"
        )
        yield Finding(row.label if row.id is None else public("chargeback", row.id), problem)
    own = {"wages": int(Code.BANK_WAGES), "operating": int(Code.BANK_OPERATING), "loss": int(Code.CHARGEBACK_LOSS)}
    for row in session.execute(_STATEMENTS.top_up_not_met, {**own, "receivable": int(Code.CLIENT_RECEIVABLE)}):
        problem = f"{row.topped_up} put in by the platform, {row.booked} in its journals (ledger units)"
        yield Finding(public("chargeback", row.id), problem)
