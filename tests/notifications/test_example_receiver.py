from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from marketplace.kernel.actor import Actor
from marketplace.notifications import webhooks as verbs
from marketplace.notifications.delivering import Courier
from tests.builders.webhooks import Receiver, deliver_all, deliveries, happen, only_webhook, start, states

PROGRAM = Path(__file__).parents[2] / "docs/examples/webhook_receiver.py"


@contextmanager
def running(secret: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The example as its user starts it: its address, and the process that prints events."""
    environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": "0"}
    process = subprocess.Popen([sys.executable, str(PROGRAM)], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().split()[-1]}/", process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def test_the_example_takes_what_is_delivered_once_and_refuses_what_is_not_signed(
    courier: Courier, owner: Actor
) -> None:
    secret = start(courier, owner, Receiver("http://127.0.0.1:9/"), 1)
    webhook = only_webhook(courier)
    with running(secret) as (url, process):
        with courier.transactions() as session:
            verbs.change_webhook(session, owner, courier.policy, webhook.id, webhook.version, {"url": url})
            happen(session, owner.organization_id, 2)
        deliver_all(courier)
        with courier.transactions() as session:
            verbs.redeliver(session, owner, deliveries(courier)[0].id)
            happen(session, owner.organization_id, 3)
        deliver_all(courier)
        assert states(courier) == ["delivered"] * 4
        forged = {"webhook-id": "whd_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        assert httpx.post(url, content=b"{}", headers=forged).status_code == 400
        assert httpx.post(url, content=b"{}").status_code == 400
        assert process.stdout is not None
        printed = [json.loads(process.stdout.readline()) for _ in range(3)]
    assert [event["data"]["amount"]["amount"] for event in printed] == ["1.00", "2.00", "3.00"]
    assert printed == [json.loads(one.payload) for one in deliveries(courier) if one.message_id == one.id]
