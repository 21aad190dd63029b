from __future__ import annotations

import contextlib
import socket
import threading
import time
from ipaddress import ip_network

import pytest
from sqlalchemy import select

from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor
from marketplace.notifications import feed
from marketplace.notifications import webhooks as verbs
from marketplace.notifications.delivering import Courier
from marketplace.notifications.models import Notification
from marketplace.notifications.retrying import TRIES_MAX, seconds_of_rest, seconds_to_next_try
from marketplace.outbound.addresses import AddressPolicy
from tests.audit.parts import seal_all
from tests.builders.identity import Mailbox
from tests.builders.webhooks import (
    VAULT,
    Receiver,
    attempts,
    deliver_all,
    happen,
    let_pass,
    make_courier,
    make_webhook,
    only_webhook,
    start,
    states,
)


def test_what_fails_is_retried_with_the_same_id_and_a_new_time_while_later_events_go_on(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    secret = start(courier, owner, receiver, 1, 2, 3)
    receiver.answer = lambda received: 500 if received.number == 2 else 204
    deliver_all(courier)
    assert [received.number for received in receiver.requests] == [1, 2, 3]
    assert states(courier) == ["delivered", "retrying", "delivered"]
    receiver.answer = lambda _received: 200
    time.sleep(1.1)  # the times in the header are whole seconds
    let_pass(courier.transactions, seconds=60)
    assert deliver_all(courier) == 1
    first, again = receiver.requests[1], receiver.requests[3]
    assert (first.message, first.body) == (again.message, again.body)
    assert first.headers["webhook-timestamp"] < again.headers["webhook-timestamp"]
    again.verified_by(secret)
    assert states(courier) == ["delivered"] * 3
    assert (only_webhook(courier).failures, only_webhook(courier).failing_since) == (0, None)


def test_it_is_given_up_after_twelve_tries_within_a_day(courier: Courier, owner: Actor, receiver: Receiver) -> None:
    start(courier, owner, receiver, 1)
    receiver.answer = lambda _received: 503
    deliver_all(courier)
    hours = 0.0
    while states(courier) == ["retrying"]:
        assert deliver_all(courier) == 0, "nothing is tried before its time"
        let_pass(courier.transactions, hours=0.5)
        hours += 0.5
        deliver_all(courier)
    assert states(courier) == ["dead"]
    assert len(receiver.requests) == TRIES_MAX
    assert len({received.message for received in receiver.requests}) == 1
    assert hours <= 24.0
    assert attempts(courier) == [(503, None)] * TRIES_MAX


def test_the_tries_fill_a_day_with_jitter_and_are_not_hurried_when_they_are_late() -> None:
    for chance in (0.0, 0.5, 1.0):
        elapsed = 0.0
        for tries in range(1, TRIES_MAX):
            wait = seconds_to_next_try(tries, elapsed, chance)
            assert wait >= 0
            elapsed += wait
        assert elapsed <= 86_400
    assert seconds_to_next_try(1, 0, 0.0) == 5
    assert seconds_to_next_try(TRIES_MAX - 1, 0, 1.0) > 23 * 3600
    assert seconds_to_next_try(3, 80_000, 1.0) == seconds_to_next_try(3, 90_000, 1.0) == 168
    assert [seconds_of_rest(failures, 1.0) for failures in (1, 2, 5, 6, 100)] == [2, 4, 32, 60, 60]


def test_an_address_that_failed_rests_before_it_is_asked_for_other_events(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1, 2)
    receiver.answer = lambda _received: 500
    resting = make_courier(courier.transactions, chance=lambda: 1.0)
    assert deliver_all(resting) == 1
    assert deliver_all(resting) == 0
    let_pass(courier.transactions, seconds=3)
    assert deliver_all(resting) == 1
    assert [received.number for received in receiver.requests] == [1, 2]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_nothing_but_2xx_takes_it_and_redirects_are_not_followed(
    status: int, courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1)
    receiver.headers = {"Location": receiver.url + "/elsewhere"}
    receiver.answer = lambda _received: status
    deliver_all(courier)
    assert [received.path for received in receiver.requests] == ["/hook"]
    assert (states(courier), attempts(courier)) == (["retrying"], [(status, None)])


def test_a_receiver_that_is_gone_is_disabled_at_once_and_loses_nothing(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1, 2)
    receiver.answer = lambda _received: 410
    assert deliver_all(courier) == 1
    webhook = only_webhook(courier)
    assert (webhook.state, webhook.disabled_reason) == ("disabled", "gone")
    receiver.answer = lambda _received: 204
    let_pass(courier.transactions, hours=1)
    with courier.transactions() as session:
        happen(session, owner.organization_id, 3)
    assert deliver_all(courier) == 0
    with courier.transactions() as session:
        verbs.change_webhook(session, owner, courier.policy, webhook.id, webhook.version, {"state": "active"})
    deliver_all(courier)
    assert [received.number for received in receiver.requests] == [1, 1, 2, 3]


def test_after_five_days_of_failing_it_is_disabled_and_its_people_are_told(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    start(courier, owner, receiver, 1)
    receiver.answer = lambda _received: 500
    deliver_all(courier)
    with courier.transactions() as session:
        happen(session, owner.organization_id, 2)
        address = session.get_one(Person, owner.person).email
    deliver_all(courier)
    let_pass(courier.transactions, days=4, hours=23)
    deliver_all(courier)
    assert only_webhook(courier).state == "active"
    let_pass(courier.transactions, hours=3)
    deliver_all(courier)
    webhook = only_webhook(courier)
    assert (webhook.state, webhook.disabled_reason) == ("disabled", "failing")
    assert isinstance(courier.mailer, Mailbox)
    assert [message.to for message in courier.mailer.messages] == [address]
    with courier.transactions() as session:
        seal_all(session)
        while feed.sweep(session):
            pass
        told = session.scalars(select(Notification).where(Notification.kind == "webhook.disabled")).all()
        assert [(one.person_id, one.body) for one in told] == [
            (owner.person_id, {"host": "127.0.0.1", "reason": "failing"})
        ]


def test_a_receiver_that_drips_is_cut_off_in_time(courier: Courier, owner: Actor) -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.sendall(b"HTTP/1.1 200 OK\r\n")
                while not done.wait(0.05):
                    peer.sendall(b"X: y\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        start(courier, owner, Receiver(f"http://127.0.0.1:{listener.getsockname()[1]}/"), 1)
        begun = time.monotonic()
        deliver_all(make_courier(courier.transactions, seconds_max=0.5))
        took = time.monotonic() - begun
        done.set()
        thread.join()
    assert took < 3
    assert attempts(courier) == [(None, "No answer within 0.5 seconds.")]


def test_a_name_that_now_leads_into_a_private_network_is_not_connected_to(
    courier: Courier, owner: Actor, receiver: Receiver
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]])
    policy = AddressPolicy(networks_allowed=(ip_network("127.0.0.0/8"),), resolver=lambda _host, _port: next(answers))
    rebinding = make_courier(courier.transactions, policy=policy)
    url = receiver.url.replace("127.0.0.1", "hooks.example.org")
    with courier.transactions() as session:
        verbs.create_webhook(session, owner, VAULT, policy, url=url, kinds=["job.funded"])
        happen(session, owner.organization_id, 1, 2)
    deliver_all(rebinding)
    assert [received.number for received in receiver.requests] == [1], "it was resolved once, and connected to that"
    assert attempts(courier)[-1] == (None, "hooks.example.org leads into a private network.")


def test_a_webhook_at_which_we_break_keeps_no_other_waiting(courier: Courier, owner: Actor, receiver: Receiver) -> None:
    def resolver(host: str, _port: int) -> list[str]:
        if host == "broken.example.org":
            raise RuntimeError("a fault of ours")
        return ["127.0.0.1"]

    policy = AddressPolicy(networks_allowed=courier.policy.networks_allowed, resolver=resolver)
    with courier.transactions() as session:
        broken, _ = make_webhook(session, owner, receiver.url)
        broken.url = "http://broken.example.org/"
        make_webhook(session, owner, receiver.url)
        happen(session, owner.organization_id, 1)
    assert deliver_all(make_courier(courier.transactions, policy=policy)) == 2
    assert sorted(states(courier)) == ["delivered", "retrying"]
    assert (None, "The service met a fault of its own.") in attempts(courier)


def test_nothing_more_is_begun_once_the_service_stops(courier: Courier, owner: Actor, receiver: Receiver) -> None:
    start(courier, owner, receiver, 1, 2)
    stopping = make_courier(courier.transactions, stopping=lambda: len(receiver.requests) == 1)
    assert deliver_all(stopping) == 1
    assert deliver_all(courier) == 1
