"""Finance holds what is due to a payee, and releases it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.pay_holds import PayHoldInput, PayHoldQuery, PayHoldReleaseInput, PayHoldView
from client_api.views import With
from marketplace.db.clock import market_now
from marketplace.db.paging import Page
from marketplace.kernel.ids import parse
from marketplace.payouts.approving import hold_installment, hold_payout
from marketplace.settlement import pay_hold_queries
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.pay_holds import confirm_hold, hold_payee, release_hold
from marketplace.web.context import get_context

pay_holds = Theme("pay_holds", "What finance holds of what is due to a payee, for a reason in words and for a time.")


@pay_holds.operation(
    "POST",
    "/pay-holds",
    permission="pay.hold",
    body=PayHoldInput,
    example={
        "payee_id": "per_01h455vb4pex5vsknk084sn02q",
        "reason": "Two accounts share one bank account; we are asking both.",
        "ends_on": "2027-03-05",
    },
    returns=PayHoldView,
    status=201,
    idempotent=True,
    location="/pay-holds/{id}",
)
def place_pay_hold(body: dict[str, Any]) -> With:
    """Hold what is due to a payee, one installment, or a payout that is not on its way, for a reason and a time.

    It counts at once: no run takes up what is held, and a payout of a run that is not sent yet is given up when its
    turn comes. What was handed to a rail is not stopped, and no installment in it is held. The payee reads reason and
    end. A worker's holds together take at most HOLD_WORKER_DAYS_MAX days in any 90, what one person alone holds seven:
    a longer one ends then unless another person confirms it. Nobody holds what is due to them or to their organization.
    """
    payee, reason, ends_on = body["payee_id"], body["reason"], body["ends_on"]
    days_max = get_context().settings.hold_worker_days_max
    if payee is not None:
        payee_id = parse("organization" if payee.startswith("org_") else "person", payee)
        return _view(hold_payee(session(), actor(), payee_id, reason, ends_on, days_max=days_max))
    if body["payout_id"] is not None:
        return _view(hold_payout(session(), actor(), body["payout_id"], reason, ends_on, days_max=days_max))
    return _view(hold_installment(session(), actor(), body["installment_id"], reason, ends_on, days_max=days_max))


@pay_holds.operation(
    "GET", "/pay-holds", permission="payout_run.read", query=PayHoldQuery, returns=PayHoldView, page=True
)
def list_pay_holds(query: dict[str, Any]) -> Page[With]:
    """List what finance holds and held, the newest first."""
    page = pay_hold_queries.pay_holds(session(), actor(), **query)
    return Page([_view(row) for row in page.data], page.next_cursor)


@pay_holds.operation("GET", "/pay-holds/{pay_hold_id}", permission="payout_run.read", returns=PayHoldView)
def read_pay_hold(pay_hold_id: UUID) -> With:
    """Read one hold."""
    return _view(pay_hold_queries.pay_hold(session(), actor(), pay_hold_id))


@pay_holds.operation(
    "POST", "/pay-holds/{pay_hold_id}/confirm", permission="pay.hold", returns=PayHoldView, idempotent=True
)
def confirm_pay_hold(pay_hold_id: UUID) -> With:
    """Confirm somebody else's hold of a worker's pay for longer than they alone may, as long as it still holds."""
    return _view(confirm_hold(session(), actor(), pay_hold_id))


@pay_holds.operation(
    "POST",
    "/pay-holds/{pay_hold_id}/release",
    permission="pay.hold",
    body=PayHoldReleaseInput,
    example={"reason": "They are two people: one bank account of a couple."},
    returns=PayHoldView,
    idempotent=True,
)
def release_pay_hold(body: dict[str, Any], pay_hold_id: UUID) -> With:
    """End a hold early, also one of your own, for a reason that the payee reads; what it held falls due again."""
    return _view(release_hold(session(), actor(), pay_hold_id, body["reason"]))


def _view(row: PayHold) -> With:
    return With(row, state=row.state_on(market_now(session()).date()))
