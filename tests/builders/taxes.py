"""Tax that is withheld from payees."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.payouts.tax_models import Withholding
from marketplace.payouts.withholding import TaxLine, decide_withholding, propose_withholding
from tests.builders.payouts import Finance


def withhold_from(
    session: Session, finance: Finance, payee: Actor, *lines: tuple[str, int], valid_from: dt.date | None = None
) -> Withholding:
    """From today on, unless another day is given, proposed by one finance person and approved by the other."""
    payee_id = payee.organization_id or payee.person
    day = valid_from or market_now(session).date()
    wanted = [TaxLine(authority, rate_ppm) for authority, rate_ppm in lines]
    proposed = propose_withholding(session, finance.preparer, payee_id, day, wanted)
    return decide_withholding(session, finance.approver, proposed.id, approve=True)
