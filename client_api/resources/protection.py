"""What the platform sets for the protection of workers."""

from __future__ import annotations

from typing import Any

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.protection import WAGE_FLOOR_EXAMPLE, WageFloorInput, WageFloorsView
from marketplace.protection import wages

protection = Theme("protection", "Wage floors by country, set by the platform's operations.")


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
