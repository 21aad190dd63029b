"""Scenes of the tour: what the platform sets for the protection of workers."""

from __future__ import annotations

from client_api.schemas.protection import WAGE_FLOOR_EXAMPLE
from tests.client_api.conftest import Market
from tests.client_api.story import ok


def workers_are_protected(market: Market) -> None:
    """Operations set a wage floor, and end it."""
    operations = market.caller(market.organization("platform"), "operations")
    ok(operations.post("/wage-floors", WAGE_FLOOR_EXAMPLE))
    ok(operations.get("/wage-floors"))
