"""What is due and cannot be paid is held meanwhile: the payee's bank takes nothing, or finance holds it.

Held for the payee's bank it keeps no margin waiting (rule 8); held by finance it does.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.sql import among
from marketplace.kernel.actor import system_actor
from marketplace.ledger.balances import balance
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.posting import hold as hold_accounts
from marketplace.ledger.recipes.accounts import due_to, held
from marketplace.rails.bank_refusals import stopped_everywhere
from marketplace.settlement import holding
from marketplace.settlement.maturing import BATCH, digest
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_holds import covered, held_payees
from marketplace.settlement.states import BANK_REFUSED, HELD_BY_FINANCE, PAYABLE, PAYEE_NOUNS


def hold_stopped(session: Session, limit: int = BATCH) -> int:
    """Sweep: hold up to `limit` installments that are due, or were taken early, to payees who can be paid nowhere.

    Else as many that finance holds. They fall due again once the payee's account pays on or they say another way, and
    once the hold of finance ends.
    """
    stopped = session.scalars(stopped_everywhere()).all()
    if count := _hold(session, stopped, true(), BANK_REFUSED, limit):
        return count
    today = market_now(session).date()
    return _hold(session, held_payees(session, today), covered(today), HELD_BY_FINANCE, limit)


def _hold(session: Session, payees: Sequence[uuid.UUID], wanted: ColumnElement[bool], reason: str, limit: int) -> int:
    """Hold up to `limit` of what is due to these payees for the reason, by one journal J4 for all of it."""
    if not payees:
        return 0
    # The kind is named so that they are looked up in the index.
    theirs = and_(Installment.payee_kind.in_(PAYEE_NOUNS), among(Installment.payee_id, payees))
    payable = and_(Installment.state.in_(PAYABLE), theirs, wanted)
    rows = holding.lock_installments(session, payable, limit=limit, skip_locked=True)
    if not rows:
        return 0
    actor = system_actor("hold_stopped")
    accounts = {
        row.id: (
            due_to(row.payee_kind, row.payee_id, row.contract_id, row.currency),
            held(row.payee_id, reason, row.currency),
        )
        for row in rows
    }
    hold_accounts(session, [account for pair in accounts.values() for account in pair])
    # Less than all of it may be there: a later payout may have paid a part of what came back.
    left = {due: balance(session, due) for due, _ in accounts.values()}
    pairs = []
    for row in rows:
        due, aside = accounts[row.id]
        amount = min(row.money, left[due], key=lambda money: money.amount)
        left[due] -= amount
        pairs.append(Pair(due, aside, amount))
    posted = post(
        session,
        actor,
        kind="J4",
        key=f"J4:{reason}:{digest(rows)}:{market_now(session):%Y%m%d%H%M%S%f}",
        pairs=pairs,
        subject=("installment", rows[0].id),
    )
    for source in PAYABLE:
        of_state = [row for row in rows if row.state == source]
        holding.hold(session, actor, of_state, source=source, reason=reason, journal_id=posted.journal_id)
    return len(rows)
