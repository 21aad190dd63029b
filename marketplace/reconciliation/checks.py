"""I9: the rails and the books say the same."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.checking import FINDINGS_MAX, Finding, check
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.unconfirmed import of_all_postings

GRACE = dt.timedelta(days=1)
"""What is younger, by real time, may still wait for its other side."""

_STATEMENTS = load(__file__, "matching.sql")


@check("I9", "each line of a rail's balance has one journal, and each journal on a rail one line")
def rails_and_books_agree(session: Session) -> Iterator[Finding]:
    """Pairs that differ, and whatever has waited for its other side for more than a day."""
    for row in session.execute(_STATEMENTS.matched_wrongly, {"most": FINDINGS_MAX}):
        says, moves = Money(row.amount, row.currency), Money(int(row.moved), row.currency)
        problem = f"it says {says}, its journal {public('journal', row.journal_id)} moves {moves}"
        yield Finding(public("external_line", row.line_id), problem)
    before = real_now(session) - GRACE
    lines = select(ExternalLine).where(ExternalLine.state == "unmatched", ExternalLine.imported_at < before)
    for line in session.scalars(lines.order_by(ExternalLine.id).limit(FINDINGS_MAX)):
        yield Finding(public("external_line", line.id), f"no journal says {line.money} at {line.rail}")
    for one in of_all_postings(session, before=before, most=FINDINGS_MAX):
        yield Finding(public("journal", one.journal_id), f"no line at {one.rail} confirms {one.money}")
