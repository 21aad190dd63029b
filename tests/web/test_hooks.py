"""Messages of rails over HTTP: only what was signed a moment ago is kept, once, and in any order."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from stripe import WebhookSignature

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits
from marketplace.rails.deposits import collect, receive, start_deposit
from marketplace.rails.inbox import process_inbox
from marketplace.rails.models import Deposit, RailEvent
from marketplace.rails.port import Rails
from marketplace.web.hooks import BYTES_MAX
from tests.builders.identity import Mailbox, make_member, make_organization
from tests.builders.payouts import inside
from tests.builders.web import make_app

SECRET = "whsec_of_the_test"
PATH = "/hooks/rails/stripe"


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        server.state.pays_at_once = False
        yield server


@pytest.fixture
def rails(stripe_server: FakeStripeServer) -> Rails:
    return {"stripe": StripeRail("sk_test_imitation", stripe_server.url, SECRET)}


@pytest.fixture
def http(session: Session, rails: Rails) -> FlaskClient:
    return make_app(session, mailer=Mailbox(), rails=rails).test_client()


@pytest.fixture
def deposit(session: Session, rails: Rails) -> Deposit:
    client = make_member(session, make_organization(session, "client"), "requester")
    ordered = start_deposit(session, client, "stripe", Money.parse("900.00", "CNY"))
    return collect(inside(session), rails, ordered.id)


def cancelled(deposit: Deposit, event_id: str = "evt_1") -> dict[str, Any]:
    subject = {"id": deposit.reference, "metadata": {"deposit": public("deposit", deposit.id)}}
    return {"id": event_id, "type": "payment_intent.canceled", "data": {"object": subject}}


def sent(http: FlaskClient, event: object, *, secret: str = SECRET, seconds: int = 0, path: str = PATH) -> int:
    body = event if isinstance(event, str) else json.dumps(event)
    signature = WebhookSignature.generate_signature_header(body, secret, int(time.time()) + seconds)
    answer = http.post(path, data=body, headers={"Stripe-Signature": signature, "Content-Type": "application/json"})
    return answer.status_code


def kept(session: Session) -> int:
    return len(session.scalars(select(RailEvent.id)).all())


def test_a_signed_event_is_kept_and_acted_on_once(session: Session, http: FlaskClient, deposit: Deposit) -> None:
    assert [sent(http, cancelled(deposit)) for _ in range(3)] == [204, 204, 204]

    assert (kept(session), deposit.state) == (1, "pending"), "it is acted on later"
    assert [process_inbox(session, "stripe", 10), process_inbox(session, "stripe", 10)] == [1, 0]
    assert (deposit.state, deposit.reason) == ("refused", "canceled: The payment was cancelled at Stripe.")


@pytest.mark.parametrize(
    ("event", "options"),
    [
        ({"id": "evt_1", "type": "x", "data": {"object": {}}}, {"secret": "whsec_of_somebody_else"}),
        ({"id": "evt_1", "type": "x", "data": {"object": {}}}, {"seconds": -301}),
        ({"id": "evt_1", "type": "x", "data": {"object": {}}}, {"seconds": 320}),
        ("no json", {}),
        ("", {}),
        ("[]", {}),
        ({"id": 1, "type": "x", "data": {"object": {}}}, {}),
        ({"id": "evt_1", "type": "x", "data": []}, {}),
    ],
    ids=["forged", "old", "future-dated", "no json", "empty", "a list", "no id", "no object"],
)
def test_what_is_not_stripes_word_of_now_is_refused(
    session: Session, http: FlaskClient, event: object, options: dict[str, Any]
) -> None:
    assert sent(http, event, **options) == 422

    assert kept(session) == 0


def test_a_body_changed_on_its_way_or_without_signature_is_refused(session: Session, http: FlaskClient) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {}}})
    signature = WebhookSignature.generate_signature_header(body, SECRET)

    for headers in ({}, {"Stripe-Signature": "nonsense"}, {"Stripe-Signature": signature}):
        answer = http.post(PATH, data=body.replace("evt_1", "evt_2"), headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "hook_refused")
    assert kept(session) == 0


def test_what_is_too_long_is_not_read(http: FlaskClient) -> None:
    assert sent(http, "x" * (BYTES_MAX + 1)) == 413


@pytest.mark.parametrize("path", ["/hooks/rails/sandbox", "/hooks/rails/nowhere"])
def test_a_rail_that_sends_nothing_has_no_address(http: FlaskClient, path: str) -> None:
    assert sent(http, {"id": "evt_1", "type": "x", "data": {"object": {}}}, path=path) == 404


def test_without_a_secret_no_message_is_taken(session: Session, stripe_server: FakeStripeServer) -> None:
    rails: Rails = {"stripe": StripeRail("sk_test_imitation", stripe_server.url)}
    http = make_app(session, mailer=Mailbox(), rails=rails).test_client()

    assert sent(http, {"id": "evt_1", "type": "x", "data": {"object": {}}}, secret="") == 422


def test_a_cancellation_told_after_the_money_came_changes_nothing(
    session: Session, http: FlaskClient, rails: Rails, deposit: Deposit
) -> None:
    """Told out of order, or a day late: what the balance shows is what counts."""
    rail = rails["stripe"]
    assert isinstance(rail, StripeRail)
    rail._client.v1.payment_intents.confirm(deposit.reference or "")
    receive(inside(session), rails)
    session.expire_all()
    assert deposit.state == "available"

    assert sent(http, cancelled(deposit)) == 204
    process_inbox(session, "stripe", 10)

    assert deposit.state == "available"
    assert balance(session, client_deposits(deposit.organization_id, "CNY")) == Money.parse("900.00", "CNY")
