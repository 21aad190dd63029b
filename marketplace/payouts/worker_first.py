"""Worker first (rule 8 of the domain): a layer's margin is sent only when the workers below are paid."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.money import SCALE_EXTRA
from marketplace.ledger.chart import Code
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.settlement.models import Installment
from marketplace.settlement.states import PAYEE_CURABLE

_STATEMENTS = load(__file__, "worker_first.sql")
_MINOR_UNIT = 10**SCALE_EXTRA


def workers_below_are_paid(session: Session, payout: Payout) -> bool:
    """Whether this payout of a margin may be sent as far as workers go; always true for a worker's own payout.

    Looks at every worker's installment of the contract and of those below it that is due by the latest day that the
    payout pays for.
    """
    if payout.payee_kind == "worker":
        return True
    due_by = session.scalar(
        select(func.max(Installment.due_on))
        .join(PayoutLine, PayoutLine.installment_id == Installment.id)
        .where(PayoutLine.payout_id == payout.id)
    )
    waiting = session.scalar(
        _STATEMENTS.worker_is_waiting,
        {
            "contract_id": payout.contract_id,
            "due_by": due_by,
            "curable": list(PAYEE_CURABLE),
            "pay_due": int(Code.PAY_DUE),
            "minor_unit": _MINOR_UNIT,
        },
    )
    return not waiting


def broken(session: Session) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """I15: (margin payout, worker installment) pairs in the wrong order; at most 100."""
    rows = session.execute(_STATEMENTS.broken, {"curable": list(PAYEE_CURABLE), "minor_unit": _MINOR_UNIT})
    return [(row.payout_id, row.installment_id) for row in rows]
