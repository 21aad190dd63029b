"""Who cannot be paid at all, and why: what falls due to them is held for that reason."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.rails.bank_refusals import stopped_everywhere
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.states import BANK_REFUSED, NO_PAYOUT_METHOD


def why_unpayable(session: Session, payee_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those of the payees who have no payout method, or none whose bank takes anything; each with the reason."""
    said = set(session.scalars(select(PayoutDestination.payee_id).where(PayoutDestination.payee_id.in_(payee_ids))))
    without = dict.fromkeys(set(payee_ids) - said, NO_PAYOUT_METHOD)
    stopped = session.scalars(stopped_everywhere().where(PayoutDestination.payee_id.in_(said)))
    return without | dict.fromkeys(stopped, BANK_REFUSED)
