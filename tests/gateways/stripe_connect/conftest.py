"""The imitation of Stripe over real HTTP, and the real adapter with the real library in front of it."""

from collections.abc import Iterator

import pytest

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.fake.state import Fault
from marketplace.gateways.stripe_connect.rail import StripeRail
from tests.rails.contract import Order

KINDS = {
    "refuse": "refuse",
    "not_executed": "rate_limit",
    "unknown_after_executing": "drop_after",
    "unknown_before_executing": "drop_before",
}
OPERATIONS = {"pay_out": "transfers", "collect": "payment_intents", "refund": "refunds"}


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        server.state.given = {"cny": 10**9, "jpy": 10**9, "kwd": 10**9, "isk": 10**9}
        for account_id in ("acct_1", "acct_2"):
            an_account(server, account_id)
        yield server


def an_account(server: FakeStripeServer, account_id: str, transfers: str = "active") -> None:
    made = server.state.make("acct", "account", capabilities={"transfers": transfers}, metadata={})
    server.state.objects[account_id] = server.state.objects.pop(made["id"])
    made["id"] = account_id


@pytest.fixture
def rail(stripe_server: FakeStripeServer) -> StripeRail:
    return StripeRail("sk_test_imitation", stripe_server.url)


@pytest.fixture
def order(stripe_server: FakeStripeServer) -> Order:
    def ordered(operation: str, kind: str, *, delay_seconds: int = 0) -> None:
        if kind == "delay":
            stripe_server.state.settles_after_seconds = delay_seconds
        else:
            stripe_server.state.faults.append(Fault(OPERATIONS[operation], KINDS[kind]))

    return ordered
