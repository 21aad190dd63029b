"""Who cannot be paid, and why: what falls due to them is held for that reason."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.sql import among
from marketplace.rails.bank_refusals import stopped_everywhere
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_holds import covered, held_payees
from marketplace.settlement.states import BANK_REFUSED, HELD_BY_FINANCE, NO_PAYOUT_METHOD


def why_unpayable(session: Session, payee_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those of the payees who have no payout method, or none whose bank takes anything; each with the reason."""
    said = set(session.scalars(select(PayoutDestination.payee_id).where(PayoutDestination.payee_id.in_(payee_ids))))
    without = dict.fromkeys(set(payee_ids) - said, NO_PAYOUT_METHOD)
    stopped = session.scalars(stopped_everywhere().where(PayoutDestination.payee_id.in_(said)))
    return without | dict.fromkeys(stopped, BANK_REFUSED)


def why_held(session: Session, rows: Sequence[Installment]) -> dict[uuid.UUID, str]:
    """Those of the installments that cannot be paid, by id, each with the reason: the payee's own before a hold."""
    payees = {row.payee_id for row in rows}
    unpayable = why_unpayable(session, payees)
    reasons = {row.id: unpayable[row.payee_id] for row in rows if row.payee_id in unpayable}
    today = market_now(session).date()
    if payees.isdisjoint(held_payees(session, today)):
        return reasons
    wanted = select(Installment.id).where(among(Installment.id, [row.id for row in rows]), covered(today))
    return dict.fromkeys(session.scalars(wanted), HELD_BY_FINANCE) | reasons
