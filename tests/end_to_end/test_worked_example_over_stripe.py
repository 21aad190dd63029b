"""The worked example over the imitation of Stripe, with the real library and real webhooks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer
from marketplace.gateways.stripe_connect.fake.server import serving as fake_stripe
from tests.end_to_end.service import Service, serving
from tests.end_to_end.worked_example import Market, expect_books, prove, tell_the_story
from tests.server import Server

HOOK_SECRET = "whsec_imitation"


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with fake_stripe(webhook_secret=HOOK_SECRET) as running:
        running.state.fee_ppm = 29_000
        yield running


@pytest.fixture
def service_with_stripe(server: Server, tmp_path: Path, stripe_server: FakeStripeServer) -> Iterator[Service]:
    settings: dict[str, Any] = {
        "STRIPE_SECRET_KEY": "sk_test_imitation",
        "STRIPE_API_BASE": stripe_server.url,
        "STRIPE_WEBHOOK_SECRET": HOOK_SECRET,
    }
    with serving(server, tmp_path, **settings) as running:
        stripe_server.webhook_url = f"{running.url}/hooks/rails/stripe"
        yield running


@pytest.mark.campaign
def test_the_worked_example_over_stripe(service_with_stripe: Service, stripe_server: FakeStripeServer) -> None:
    service, market = service_with_stripe, Market(service_with_stripe, "stripe")
    by = ("--by", "finance_1@example.org")
    proposed = service.command("ledger", "capital", "100.00", "CNY", "What the rail's fees are paid from.", *by)
    service.command("ledger", "approve-money", proposed.split()[1], *by, code=1)
    service.command("ledger", "approve-money", proposed.split()[1], "--by", "finance_2@example.org")
    tell_the_story(market, service)
    told = stripe_server.send_events()
    assert stripe_server.send_events() == told  # each once more
    # The 2.9 % that Stripe kept of 900.00 are the platform's: as much of its own money lies with the wages.
    expect_books(
        market["auditor"],
        {1010: "73.90", 1020: "26.10", 1100: "18.90", 3000: "100.00", 4010: "45.00", 5010: "26.10"},
    )
    transfers = [one for one in stripe_server.state.objects.values() if one["object"] == "transfer"]
    assert sum(one["amount"] for one in transfers) == 855_00
    assert len(transfers) == len({one["transfer_group"] for one in transfers}) == 10
    prove(service)
