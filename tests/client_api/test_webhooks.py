from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id, parse, public
from marketplace.notifications.delivering import deliver_due
from marketplace.notifications.vault import load_vault
from marketplace.rails.port import Transactions
from marketplace.web.context import KEY
from tests.builders.webhooks import Receiver, happen, make_courier, plan_all, receiving
from tests.client_api.conftest import Caller, Market
from tests.client_api.story import ok

URL = "https://93.184.216.34/hook"


@pytest.fixture
def client(market: Market) -> Caller:
    return market.requester()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def create(caller: Caller, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(caller.post("/webhooks", {"url": URL, "kinds": ["job.funded"], **more})).json
    return made


def test_a_webhook_is_made_read_changed_and_deleted(client: Caller) -> None:
    made = create(client, description="Production")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    read = client.get(f"/webhooks/{made['id']}")
    assert (read.json, read.headers["ETag"]) == (made, '"1"')
    assert made["state"] == "active"
    changed = client.patch(
        f"/webhooks/{made['id']}", {"state": "disabled", "kinds": ["claim.submitted"]}, headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json["disabled_reason"], changed.json["version"]) == (200, "owner", 2)
    stale = client.patch(f"/webhooks/{made['id']}", {"state": "active"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json["code"]) == (412, "stale")
    assert client.patch(f"/webhooks/{made['id']}", {"state": "active"}).status_code == 428
    assert [one["id"] for one in ok(client.get("/webhooks")).json["data"]] == [made["id"]]
    gone = client.send("DELETE", f"/webhooks/{made['id']}")
    assert (gone.status_code, gone.text, gone.headers.get("Content-Type")) == (204, "", None)
    for method in ("GET", "DELETE"):
        assert client.send(method, f"/webhooks/{made['id']}").status_code == 404
    assert ok(client.get("/webhooks")).json["data"] == []


def test_a_secret_is_shown_once_and_not_kept_for_replay(client: Caller, session: Session) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"url": URL, "kinds": ["job.funded"]}
    first = client.post("/webhooks", body, headers=headers)
    again = client.post("/webhooks", body, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == {**first.json, "secret": None}
    rotated = ok(client.post(f"/webhooks/{first.json['id']}/rotate-secret", {"overlap_seconds": 60})).json
    assert rotated["secret"] not in {None, first.json["secret"]}
    assert rotated["older_secret_until"] is not None
    assert "secret" not in ok(client.get(f"/webhooks/{first.json['id']}")).json
    kept = session.execute(text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM idempotency_key")).scalar_one()
    assert "whsec_" not in kept


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "http://93.184.216.34/", "kinds": ["job.funded"]}, "/url", "webhook_address_refused"),
        ({"url": "https://127.0.0.1/", "kinds": ["job.funded"]}, "/url", "webhook_address_refused"),
        ({"url": URL, "kinds": ["payout.returned"]}, "/kinds/0", "unknown_choice"),
        ({"url": URL, "kinds": []}, "/kinds", "length"),
        ({"url": URL}, "/kinds", "required"),
        ({"url": URL, "kinds": ["job.funded"], "secret": "whsec_mine"}, "/secret", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named(client: Caller, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = client.post("/webhooks", body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


def test_a_ping_arrives_and_its_tries_stand_in_the_log(
    client: Caller, session: Session, receiver: Receiver, transactions: Transactions, market: Market
) -> None:
    made = create(client)
    ping = ok(client.post(f"/webhooks/{made['id']}/ping")).json
    assert (ping["type"], ping["state"], ping["attempts"], ping["event_id"]) == ("webhook.ping", "pending", [], None)
    deliver(market, session, transactions, made["id"], receiver)
    assert receiver.requests[0].verified_by(made["secret"]) == ping["payload"]
    assert receiver.requests[0].message == ping["message_id"] == ping["id"]
    read = ok(client.get(f"/webhook-deliveries/{ping['id']}")).json
    assert read["state"] == "delivered"
    assert [(attempt["number"], attempt["status"], attempt["error"]) for attempt in read["attempts"]] == [
        (1, 204, None)
    ]
    again = ok(client.post(f"/webhook-deliveries/{ping['id']}/redeliver")).json
    assert (again["message_id"], again["state"]) == (ping["id"], "pending")
    waiting = client.post(f"/webhook-deliveries/{again['id']}/redeliver")
    assert (waiting.status_code, waiting.json["code"]) == (409, "state_conflict")


def deliver(market: Market, session: Session, transactions: Transactions, webhook_id: str, receiver: Receiver) -> None:
    """Deliver to a receiver on this machine what was meant for the webhook's address."""
    session.execute(
        text("UPDATE webhook SET url = :url WHERE id = :id"), {"url": receiver.url, "id": parse("webhook", webhook_id)}
    )
    plan_all(session)
    vault = load_vault(market.app.extensions[KEY].settings)
    deliver_due(make_courier(transactions, vault=vault), threads=1)
    session.expire_all()


def test_events_are_the_bodies_that_webhooks_get_and_can_be_caught_up_with(
    client: Caller, session: Session, receiver: Receiver, transactions: Transactions, market: Market
) -> None:
    made = create(client)
    happen(session, client.organization_id, 1, 2, 3)
    deliver(market, session, transactions, made["id"], receiver)
    listed = ok(client.get("/events?types=job.funded,claim.submitted")).json["data"]
    assert listed == [received.content for received in receiver.requests]
    assert [event["data"]["amount"]["amount"] for event in listed] == ["1.00", "2.00", "3.00"]
    after = ok(client.get(f"/events?after={listed[0]['id']}&limit=1")).json
    assert (after["data"], after["has_more"]) == ([listed[1]], True)
    assert ok(client.get(f"/events?after={listed[2]['id']}")).json["data"] == []
    assert ok(client.get("/events?types=contract.offered")).json["data"] == []
    for query in ("types=payout.returned", "kind=job.funded", f"after={public('event', new_id())}"):
        assert client.get(f"/events?{query}").status_code == 400, query
    found = ok(client.get(f"/webhook-deliveries?webhook_id={made['id']}&state=delivered")).json["data"]
    assert [one["event_id"] for one in reversed(found)] == [event["id"] for event in listed]


def test_the_auditor_sees_webhooks_without_their_secrets_and_changes_none(client: Caller, market: Market) -> None:
    made = create(client)
    auditor = market.caller(market.organization("platform"), "auditor")
    seen = ok(auditor.get(f"/webhooks/{made['id']}")).json
    assert "secret" not in seen
    assert auditor.post(f"/webhooks/{made['id']}/ping").status_code == 403
