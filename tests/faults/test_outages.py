"""Webhooks that do not come for days, and those that come very late."""

import datetime as dt
import json
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stripe import WebhookSignature

from marketplace.db.clock import market_now
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import client_deposits
from marketplace.rails.deposits import collect, receive, start_deposit
from marketplace.rails.inbox import process_inbox
from marketplace.rails.models import Deposit
from tests.builders.identity import Mailbox, make_member, make_organization
from tests.builders.payouts import inside
from tests.builders.settlement import move_clock_to
from tests.builders.web import make_app

SECRET = "whsec_of_the_test"
AMOUNT = Money.parse("900.00", "CNY")


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        server.state.pays_at_once = False
        yield server


@pytest.fixture
def rail(stripe_server: FakeStripeServer) -> StripeRail:
    return StripeRail("sk_test_imitation", stripe_server.url, SECRET)


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client"), "requester")


def ordered(session: Session, client: Actor, rail: StripeRail) -> Deposit:
    deposit = start_deposit(session, client, "stripe", AMOUNT)
    return collect(inside(session), {"stripe": rail}, deposit.id)


def days_pass(session: Session, server: FakeStripeServer, days: int) -> None:
    server.state.moved_seconds += days * 86_400
    move_clock_to(session, market_now(session) + dt.timedelta(days=days))


@pytest.mark.parametrize("days", [4, 31])
def test_what_was_paid_during_a_webhook_outage_of_4_and_of_31_days_is_booked_once(
    session: Session, stripe_server: FakeStripeServer, rail: StripeRail, client: Actor, days: int
) -> None:
    earlier, later = ordered(session, client, rail), ordered(session, client, rail)
    rail._client.v1.payment_intents.confirm(earlier.reference or "")
    receive(inside(session), {"stripe": rail})
    # From here on nothing is told; the other client's payment comes the moment after.
    rail._client.v1.payment_intents.confirm(later.reference or "")
    days_pass(session, stripe_server, days)
    anew = StripeRail("sk_test_imitation", stripe_server.url, SECRET)
    for asked in (anew, rail, anew):
        receive(inside(session), {"stripe": asked})
    session.expire_all()
    assert [earlier.state, later.state] == ["available", "available"]
    assert balance(session, client_deposits(client.organization, "CNY")) == AMOUNT * 2
    # Gross, fee and availability of each, and no more.
    assert session.scalar(select(func.count()).where(Journal.kind == "J1")) == 2


@pytest.mark.parametrize("days", [4, 31])
def test_very_late_webhooks_change_nothing_that_is_known_already(
    session: Session, stripe_server: FakeStripeServer, rail: StripeRail, client: Actor, days: int
) -> None:
    deposit = ordered(session, client, rail)
    rail._client.v1.payment_intents.confirm(deposit.reference or "")
    receive(inside(session), {"stripe": rail})
    days_pass(session, stripe_server, days)
    http = make_app(session, mailer=Mailbox(), rails={"stripe": rail}).test_client()
    subject = {"id": deposit.reference, "metadata": {"deposit": public("deposit", deposit.id)}}
    for kind in ("payment_intent.succeeded", "payment_intent.canceled"):
        # Stripe signs each delivery anew, however old the event is.
        body = json.dumps({"id": f"evt_{kind}", "type": kind, "data": {"object": subject}})
        signature = WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        assert http.post("/hooks/rails/stripe", data=body, headers=headers).status_code == 204
    process_inbox(session, "stripe", 10)
    receive(inside(session), {"stripe": rail})
    session.expire_all()
    assert deposit.state == "available"
    assert balance(session, client_deposits(client.organization, "CNY")) == AMOUNT
