"""Rests: what payouts left over of a worker's pay, paid alone where no installment would take it along."""

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.money import SCALE_EXTRA
from marketplace.ledger.chart import Code
from marketplace.payouts.minimums import Minimums
from marketplace.payouts.outcomes import DESTINATION_CODES
from marketplace.payouts.states import LIVE, PAID
from marketplace.payouts.ways import PayeeKey

_STATEMENTS = load(__file__, "rests.sql")

RESTS_MAX: Final = 20_000
"""Most payouts of rests alone in one run."""


def rests_alone(session: Session, rail: str, now: dt.datetime, minimums: Minimums) -> dict[PayeeKey, dt.date]:
    """Workers whose account 2130 holds a minor unit or more of rests only, with the day of the payout that left one.

    Only those of whom nothing more is scheduled, or whose rest has waited as long as anything may for a minimum, and
    whose pay finance does not hold. Who does not take what is sent to them, because a payout was refused for it or came
    back since they said where they are paid, has to say so anew first: there is no installment that could be held.
    """
    rows = session.execute(
        _STATEMENTS.rests_alone,
        {
            "rail": rail,
            "pay_due": int(Code.PAY_DUE),
            "minor_unit": 10**SCALE_EXTRA,
            "paid": list(PAID),
            "live": list(LIVE),
            "today": now.date(),
            "waited_since": now.date() - dt.timedelta(days=minimums.days_max),
            "codes": sorted(DESTINATION_CODES),
            "most": RESTS_MAX,
        },
    )
    return {PayeeKey(row.currency, "worker", row.payee_id, None): row.last_at.date() for row in rows}
