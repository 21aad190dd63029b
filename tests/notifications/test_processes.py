"""Senders that are processes of their own, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.kernel.actor import Actor
from marketplace.notifications.delivering import Courier
from tests.builders.webhooks import (
    Received,
    Receiver,
    attempts,
    deliver_all,
    deliveries,
    happen,
    let_pass,
    make_webhook,
    start,
    states,
)
from tests.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database_address(server: Server, committing_database: str) -> str:
    return server.app_url(committing_database)


def sender(address: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.notifications.sender", address]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_process_killed_after_its_receiver_has_the_event_loses_and_hides_nothing(
    courier: Courier, owner: Actor, receiver: Receiver, database_address: str
) -> None:
    secret = start(courier, owner, receiver, 1, 2, 3)
    killed: list[subprocess.Popen[bytes]] = []

    def kill(received: Received) -> int:
        if received.number == 2:
            os.kill(killed[0].pid, signal.SIGKILL)
            killed[0].wait(20)
        return 204

    receiver.answer = kill
    killed.append(sender(database_address))
    assert killed[0].wait(60) == -signal.SIGKILL
    assert states(courier) == ["delivered", "pending", "pending"]
    receiver.answer = lambda _received: 204
    let_pass(courier.transactions, seconds=61)
    deliver_all(courier)
    assert [received.number for received in receiver.requests] == [1, 2, 2, 3]
    assert [received.verified_by(secret)["type"] for received in receiver.requests] == ["job.funded"] * 4
    assert receiver.requests[1].message == receiver.requests[2].message
    assert attempts(courier) == [(204, None), (None, None), (204, None), (204, None)]


@pytest.mark.slow
def test_four_processes_plan_and_send_each_event_once_and_in_order(
    courier: Courier, owner: Actor, receiver: Receiver, database_address: str
) -> None:
    start(courier, owner, receiver, *range(1, 61))
    with courier.transactions() as session:
        make_webhook(session, owner, receiver.url + "/second")
        happen(session, owner.organization_id, *range(61, 101))
    processes = [sender(database_address) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    deliver_all(courier)
    by_path: dict[str, list[int]] = {}
    for received in receiver.requests:
        by_path.setdefault(received.path, []).append(received.number)
    assert by_path == {"/hook": list(range(1, 101)), "/hook/second": list(range(61, 101))}
    assert len(deliveries(courier)) == 140
