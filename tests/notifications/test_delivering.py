from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import WebhookVerificationError

from marketplace.kernel.actor import Actor
from marketplace.notifications import delivering, forgetting
from marketplace.notifications import webhooks as verbs
from marketplace.notifications.delivering import Courier, deliver_due
from marketplace.notifications.models import Webhook, WebhookAttempt
from marketplace.notifications.retrying import TRIES_MAX
from tests.builders.at_once import at_once
from tests.builders.webhooks import (
    VAULT,
    Receiver,
    attempts,
    deliver_all,
    deliveries,
    happen,
    let_pass,
    make_webhook,
    only_webhook,
    plan_all,
    start,
    states,
)


def test_events_arrive_in_the_order_of_the_log_signed_as_the_standard_says(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    secret = start(courier, owner, receiver, *range(1, 31))
    assert deliver_all(courier, threads=4) == 30
    assert [received.number for received in receiver.requests] == list(range(1, 31))
    assert len({received.message for received in receiver.requests}) == 30
    for received in receiver.requests:
        content = received.verified_by(secret)
        assert content.keys() == {"id", "type", "occurred_at", "organization_id", "data"}
        assert content["data"].keys() == {"job", "amount"}
        assert received.headers["content-type"] == "application/json"
    assert set(states(courier)) == {"delivered"}
    assert deliver_all(courier) == 0


def test_a_signature_by_another_secret_is_refused_by_the_library(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1)
    deliver_all(courier)
    with pytest.raises(WebhookVerificationError):
        receiver.requests[0].verified_by("whsec_" + "A" * 43 + "=")


def test_four_planners_and_four_senders_make_and_send_each_delivery_once(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    with courier.transactions() as session:
        for _ in range(3):
            make_webhook(session, owner, receiver.url)
        happen(session, owner.organization_id, *range(1, 101))

    def work() -> None:
        for _ in range(8):
            with courier.transactions() as session:
                plan_all(session)
            deliver_due(courier, threads=2)

    assert at_once(*[work] * 4)["done"] == 4
    deliver_all(courier)
    assert len(receiver.requests) == 300
    assert len({received.message for received in receiver.requests}) == 300
    by_webhook: dict[Any, list[int]] = {}
    for delivery in deliveries(courier):
        by_webhook.setdefault(delivery.webhook_id, []).append(delivery.leaf_number or 0)
    assert all(leaves == sorted(set(leaves)) and len(leaves) == 100 for leaves in by_webhook.values())


def test_a_sender_killed_between_sending_and_writing_sends_it_again_with_the_same_id(
    courier: Courier, owner: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(courier, owner, receiver, 1, 2)

    class KilledError(BaseException):
        """The process is gone."""

    def die(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "note", die)
        with pytest.raises(KilledError):
            deliver_all(courier)
    assert deliver_all(courier) == 0, "while the lease lasts nobody else sends to it"
    let_pass(courier.transactions, seconds=61)
    assert deliver_all(courier) == 2
    assert [received.number for received in receiver.requests] == [1, 1, 2]
    assert receiver.requests[0].message == receiver.requests[1].message
    assert states(courier) == ["delivered", "delivered"]
    assert (None, None) in attempts(courier), "the lost try is seen as one without an end"


def test_a_delivery_whose_senders_were_all_killed_is_given_up_in_the_end(
    courier: Courier, owner: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(courier, owner, receiver, 1)
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "note", lambda *_: None)
        for _ in range(TRIES_MAX + 1):
            deliver_all(courier)
            let_pass(courier.transactions, seconds=61)
    assert (len(receiver.requests), states(courier)) == (TRIES_MAX, ["dead"])


def test_whoever_comes_back_after_its_lease_changes_nothing_but_its_own_try(
    courier: Courier, owner: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(courier, owner, receiver, 1)
    late: list[tuple[Any, ...]] = []
    receiver.answer = lambda _received: 500
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "note", lambda *arguments: late.append(arguments))
        deliver_all(courier)
    let_pass(courier.transactions, seconds=61)
    receiver.answer = lambda _received: 204
    deliver_all(courier)
    delivering.note(*late[0])
    assert states(courier) == ["delivered"]
    assert only_webhook(courier).failures == 0
    assert attempts(courier) == [(500, None), (204, None)]


def test_both_secrets_sign_while_they_rotate_and_the_older_ends(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    old = start(courier, owner, receiver, 1)
    webhook = only_webhook(courier)
    with courier.transactions() as session:
        _, new = verbs.rotate_secret(session, owner, VAULT, webhook.id, verbs.OVERLAP_MAX)
    deliver_all(courier)
    both = receiver.requests[0]
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    assert both.verified_by(old) == both.verified_by(new)
    let_pass(courier.transactions, days=7, seconds=1)
    with courier.transactions() as session:
        happen(session, owner.organization_id, 2)
    deliver_all(courier)
    receiver.requests[1].verified_by(new)
    with pytest.raises(WebhookVerificationError):
        receiver.requests[1].verified_by(old)


def test_what_ended_is_sent_again_with_the_id_it_had_and_a_ping_is_sent_like_an_event(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    secret = start(courier, owner, receiver, 1)
    deliver_all(courier)
    (first,) = deliveries(courier)
    with courier.transactions() as session:
        verbs.redeliver(session, owner, first.id)
        verbs.ping(session, owner, first.webhook_id)
    assert deliver_all(courier) == 2
    before, again, ping = receiver.requests
    assert (before.message, before.body) == (again.message, again.body)
    assert ping.verified_by(secret)["type"] == "webhook.ping"
    assert states(courier) == ["delivered"] * 3


def test_two_who_send_a_dead_delivery_again_at_once_send_it_once(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1)
    receiver.answer = lambda _received: 500
    for _ in range(TRIES_MAX):
        deliver_all(courier)
        let_pass(courier.transactions, hours=9)
    (dead,) = deliveries(courier)
    assert dead.state == "dead"

    def again() -> None:
        with courier.transactions() as session:
            verbs.redeliver(session, owner, dead.id)

    assert at_once(again, again, again) == {"done": 1, "state_conflict": 2}
    assert states(courier) == ["redelivered", "pending"]


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1, 2)
    receiver.answer = lambda received: 204 if received.number == 1 else 500
    deliver_all(courier)
    let_pass(courier.transactions, days=31)
    with courier.transactions() as session:
        assert forgetting.forget(session, verbs.OVERLAP_MAX * 4) == 1
        assert session.scalar(select(func.count()).select_from(WebhookAttempt)) == 1
        verbs.delete_webhook(session, owner, session.scalars(select(Webhook.id)).one())
    assert states(courier) == ["dead"]
    with courier.transactions() as session:
        assert forgetting.forget(session, verbs.OVERLAP_MAX * 4) == 1
        assert forgetting.forget(session, verbs.OVERLAP_MAX * 4) == 0
        assert session.scalar(select(func.count()).select_from(Webhook)) == 0


def test_a_kind_that_is_added_begins_now(courier: Courier, owner: Actor, receiver: Receiver) -> None:
    with courier.transactions() as session:
        webhook, _ = make_webhook(session, owner, receiver.url, ["contract.offered"])
        happen(session, owner.organization_id, 1)
        plan_all(session)
        verbs.change_webhook(session, owner, courier.policy, webhook.id, 1, {"kinds": ["job.funded"]})
        happen(session, owner.organization_id, 2)
    deliver_all(courier)
    assert [received.number for received in receiver.requests] == [2]
