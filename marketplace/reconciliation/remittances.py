"""Tax that is paid to its authority by a line of the bank, or of a rail."""

import uuid

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.ledger.treasury import hold_own_money
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remitting import book_paid, lock_payable
from marketplace.reconciliation.own_lines import account_of, say_what_it_was, take_line


def pay_by_line(session: Session, actor: Actor, remittance_id: uuid.UUID, line_id: uuid.UUID) -> TaxRemittance:
    """Say that a line which took exactly its amount paid an approved remittance (J21).

    Needs tax.remit and reconciliation.match. Raises forbidden, not_found, state_conflict, remittance_short,
    line_explained_otherwise.
    """
    actor.require("tax.remit")
    hold_own_money(session)  # sales tax that leaves the wages is made good from 1010
    row = lock_payable(session, remittance_id)
    line = take_line(session, actor, line_id, -row.money)
    posted = book_paid(session, actor, row, account_of(line), line.reference)
    say_what_it_was(session, actor, line, "remittance", public("tax_remittance", row.id), posted.journal_id)
    return row
