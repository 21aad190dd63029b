"""What of the books waits for a second person when somebody leaves, and what the books still owe to them."""

import uuid

from sqlalchemy.orm import Session

from marketplace.identity.departures import open_act, owed
from marketplace.kernel.money import SCALE_EXTRA
from marketplace.kernel.texts import say
from marketplace.ledger.balances import balances
from marketplace.ledger.chart import Code
from marketplace.ledger.period_queries import undecided


@owed("pay that is due")
def _pay_due(session: Session, person_id: uuid.UUID) -> bool:
    """A minor unit or more; what is less than that no rail can pay."""
    held = balances(session, Code.PAY_DUE, owner_id=person_id)
    return any(money.amount >= 10**SCALE_EXTRA for money in held.values())


@open_act(say("the close of a month"))
def _proposals(session: Session, person_id: uuid.UUID) -> bool:
    """Only the newest proposal can still be approved."""
    found = undecided(session)
    return found is not None and found.proposal.proposed_by == person_id
