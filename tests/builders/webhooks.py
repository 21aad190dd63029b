"""A receiver of webhooks on this machine, and what sends to it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Verifier

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.jobs.events import JOB_FUNDED
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import new_id, public
from marketplace.notifications import delivering, outbox, planning
from marketplace.notifications.delivering import Courier, Transactions, deliver_due
from marketplace.notifications.models import Webhook, WebhookAttempt, WebhookDelivery
from marketplace.notifications.sending import Outcome
from marketplace.notifications.vault import Vault
from marketplace.notifications.webhooks import create_webhook
from marketplace.outbound.addresses import AddressPolicy
from tests.audit.parts import seal_all
from tests.builders.identity import Mailbox
from tests.builders.payouts import inside

VAULT = Vault(bytes(range(32)))
LOOPBACK = AddressPolicy(networks_allowed=(ip_network("127.0.0.0/8"),))


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def number(self) -> int:
        """The number that `happen` gave the event."""
        return int(self.content["data"]["amount"]["amount"].split(".")[0])

    def verified_by(self, secret: str) -> Any:
        """What the published library reads; raises WebhookVerificationError."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Keeps what it gets; `answer` says with which status, 204 unless told otherwise."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answer: Callable[[Received], int] = lambda _received: 204
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, body)
            receiver.requests.append(received)
            self.send_response(receiver.answer(received))
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_courier(transactions: Transactions, **overrides: Any) -> Courier:
    """Sends to this machine, without rests and with the shortest waits, unless `chance` says otherwise."""
    values: dict[str, Any] = {
        "transactions": transactions,
        "vault": VAULT,
        "policy": LOOPBACK,
        "failing_max": dt.timedelta(days=5),
        "mailer": Mailbox(),
        "seconds_max": 3.0,
        "chance": lambda: 0.0,
    }
    return Courier(**{**values, **overrides})


def make_webhook(
    session: Session, actor: Actor, url: str, kinds: Sequence[str] = ("job.funded",), **more: Any
) -> tuple[Webhook, str]:
    return create_webhook(session, actor, VAULT, LOOPBACK, url=url, kinds=kinds, **more)


def happen(session: Session, organization_id: Any, *numbers: int, kind: EventKind = JOB_FUNDED) -> None:
    """Record an event for each number, and seal them."""
    for number in numbers:
        body = {"amount": {"amount": f"{number}.00", "currency": "CNY"}, "journal": public("journal", new_id())}
        record(
            session,
            kind,
            system_actor("tests"),
            subject=("job", new_id()),
            organizations=[organization_id],
            body=body,
        )
    seal_all(session)


def plan_all(session: Session) -> int:
    """Read the log and plan until nothing is left; how many deliveries were planned."""
    while outbox.sweep(session):
        pass
    planned = 0
    while count := planning.sweep(session):
        planned += count
    return planned


def deliver_all(courier: Courier, threads: int = 1) -> int:
    """Plan and deliver what is due now; how many tries were made."""
    with courier.transactions() as session:
        plan_all(session)
    return deliver_due(courier, threads=threads)


def let_pass(transactions: Transactions, **time: float) -> None:
    """Move everything that webhooks wait for, and their history, that much into the past."""
    with transactions() as session:
        ago = {"seconds": dt.timedelta(**time).total_seconds()}
        for table, columns in (
            ("webhook", ("lease_until", "rest_until", "failing_since", "secret_before_until")),
            ("webhook_delivery", ("first_tried_at", "next_try_at", "created_at", "ended_at")),
        ):
            for column in columns:
                moved = f"UPDATE {table} SET {column} = {column} - make_interval(secs => :seconds)"
                session.execute(text(moved), ago)


def deliveries(courier: Courier) -> list[WebhookDelivery]:
    with courier.transactions() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.position)))


def attempts(courier: Courier) -> list[tuple[int | None, str | None]]:
    with courier.transactions() as session:
        found = session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.delivery_id, WebhookAttempt.number))
        return [(attempt.status, attempt.error) for attempt in found]


def states(courier: Courier) -> list[str]:
    return [delivery.state for delivery in deliveries(courier)]


def only_webhook(courier: Courier) -> Webhook:
    with courier.transactions() as session:
        return session.scalars(select(Webhook)).one()


def start(courier: Courier, owner: Actor, receiver: Receiver, *numbers: int) -> str:
    """A webhook, and events after it; returns its secret."""
    with courier.transactions() as session:
        _, secret = make_webhook(session, owner, receiver.url)
        happen(session, owner.organization_id, *numbers)
    return secret


def take_ping(session: Session) -> None:
    """One try that is due, as if its receiver had taken it; nothing is sent."""
    courier = make_courier(inside(session))
    webhook = delivering.take(session)
    assert webhook is not None
    call = delivering.begin(session, webhook)
    assert call is not None
    delivering.note(courier, call, Outcome(204, None, 87))
