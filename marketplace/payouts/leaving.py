"""What of payouts is under way when a person leaves, and the accounts in payouts that are over."""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.personal import ERASED
from marketplace.identity.departures import open_act, owed, paid_off
from marketplace.kernel.texts import say
from marketplace.payouts.models import DESTINATION, Payout, PayoutRun
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.states import FINISHED
from marketplace.payouts.tax_models import Withholding

MAY_COME_BACK: Final = dt.timedelta(days=60)
"""How long after a payout was settled, by market time, a bank may still give it back."""


@owed("payouts under way, or paid so lately that a bank may give them back")
def _payouts(session: Session, person_id: uuid.UUID) -> bool:
    fresh = select(Payout.id).where(
        Payout.payee_kind == "worker",
        Payout.payee_id == person_id,
        or_(Payout.state.not_in(FINISHED), Payout.settled_at > market_now(session) - MAY_COME_BACK),
    )
    return session.scalar(fresh.limit(1)) is not None


@open_act(say("a payout run"))
def _runs(session: Session, person_id: uuid.UUID) -> bool:
    prepared = select(PayoutRun.id).where(PayoutRun.prepared_by == person_id, PayoutRun.state == "prepared")
    return session.scalar(prepared.limit(1)) is not None


@open_act(say("a withholding of tax"))
def _withholdings(session: Session, person_id: uuid.UUID) -> bool:
    proposed = select(Withholding.id).where(Withholding.proposed_by == person_id, Withholding.state == "proposed")
    return session.scalar(proposed.limit(1)) is not None


@open_act(say("a remittance of tax"))
def _remittances(session: Session, person_id: uuid.UUID) -> bool:
    proposed = select(TaxRemittance.id).where(TaxRemittance.proposed_by == person_id, TaxRemittance.state == "proposed")
    return session.scalar(proposed.limit(1)) is not None


@paid_off("payout")
def _destinations(session: Session, person_id: uuid.UUID) -> int:
    """Where each payout went."""
    of_theirs = select(Payout).where(Payout.payee_kind == "worker", Payout.payee_id == person_id)
    payouts = session.scalars(of_theirs.order_by(Payout.id).with_for_update(key_share=True)).all()
    for payout in payouts:
        DESTINATION.put(session, payout, ERASED)
    session.flush()
    return len(payouts)
