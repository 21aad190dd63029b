"""Disputes at Stripe: what their balance transactions and events mean for us."""

from marketplace.gateways.stripe_connect.fake.disputes import end_dispute, open_dispute
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.money import Money
from marketplace.rails.port import Accepted, RailLine
from tests.rails.contract import a_charge


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


def disputed(rail: StripeRail, server: FakeStripeServer) -> tuple[str, str]:
    """A payment of 900.00 that its payer took back: the PaymentIntent and the dispute."""
    outcome = rail.collect(a_charge())
    assert isinstance(outcome, Accepted)
    wanted = {"payment_intent": outcome.reference, "fee": 1500}
    return outcome.reference, open_dispute(server.state, wanted)["id"]


def lines(rail: StripeRail) -> list[RailLine]:
    return [line for line in rail.lines() if line.kind == "dispute"]


def test_a_dispute_is_a_line_that_names_the_payment_with_its_fee(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    intent, dispute = disputed(rail, stripe_server)

    (line,) = lines(rail)

    assert (line.amount, line.fee, line.reference, line.charge) == (cny("-915"), cny("15"), dispute, intent)


def test_won_brings_the_payment_again_and_lost_is_told(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    (_, won), (_, lost) = disputed(rail, stripe_server), disputed(rail, stripe_server)
    assert [event for event in rail.events() if event.kind == "dispute.lost"] == []

    end_dispute(stripe_server.state, won, "won")
    end_dispute(stripe_server.state, lost, "lost")

    assert sorted((line.amount, line.reference) for line in lines(rail) if line.amount.amount > 0) == [
        (cny("900"), won)
    ]
    assert [event.payload for event in rail.events() if event.kind == "dispute.lost"] == [{"dispute": lost}]


def test_another_adjustment_is_no_dispute(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    made = stripe_server.state.make("ch", "charge", metadata={})
    stripe_server.state.moved("adjustment", made["id"], -500, "cny")

    assert [(line.kind, line.amount) for line in rail.lines()] == [("other", cny("-5"))]
