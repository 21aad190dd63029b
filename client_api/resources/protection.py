"""What the platform sets for the protection of workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.protection import (
    RATE_NOTICE_EXAMPLE,
    WAGE_FLOOR_EXAMPLE,
    RateNoticeInput,
    RateNoticeView,
    WageFloorInput,
    WageFloorsView,
)
from marketplace.protection import wages
from marketplace.work.noticing import give_notice
from marketplace.work.protection_models import RateNotice

protection = Theme("protection", "Wage floors by country, and notice of lower pay for items with pre-labels.")


@protection.operation("GET", "/wage-floors", permission="protection.read", returns=WageFloorsView)
def list_wage_floors() -> dict[str, Any]:
    """List the wage floors of all countries that have one."""
    return {"data": wages.floors(session(), actor())}


@protection.operation(
    "POST",
    "/wage-floors",
    permission="protection.manage",
    body=WageFloorInput,
    example=WAGE_FLOOR_EXAMPLE,
    returns=WageFloorsView,
    idempotent=True,
    refusals=[404],
)
def set_wage_floor(body: dict[str, Any]) -> dict[str, Any]:
    """Set the wage floor of a country, or end it; answers with all of them.

    A batch whose workers of that country are found to earn less is paused, and the work already done is topped up from
    the layer that set the pay.
    """
    if body["amount"] is None:
        wages.remove_floor(session(), actor(), body["country"])
    else:
        wages.set_floor(session(), actor(), body["country"], body["amount"], body["minutes_min"])
    return {"data": wages.floors(session(), actor())}


@protection.operation(
    "POST",
    "/batches/{batch_id}/rate-notices",
    permission="task.open",
    body=RateNoticeInput,
    example=RATE_NOTICE_EXAMPLE,
    returns=RateNoticeView,
    status=201,
    idempotent=True,
    refusals=[409],
)
def give_rate_notice(body: dict[str, Any], batch_id: UUID) -> RateNotice:
    """Give workers fourteen days' notice that items with pre-labels may be opened anew at a lower pay.

    Nothing changes by it. After the time you may withdraw what nobody claimed and open it anew at that pay; without it
    that is refused. What is claimed keeps its pay.
    """
    return give_notice(session(), actor(), batch_id, body["pay"], body["reason"])
