"""The imitation over real HTTP on this machine, and the webhooks that it sends.

Beside Stripe's own paths there are some of ours: `POST /fake/faults` orders a failure, `POST /fake/settings` changes
how it behaves (`pays_at_once`, `settles_after_seconds`, `fee_ppm`, `opens_accounts`, `given` by currency,
`moved_seconds`), `POST /fake/accounts/<id>` sets an account's capability of transfers, `POST /fake/disputes` lets the
payer of a `payment_intent` take it back (`amount` and `fee` where they differ from all and nothing), and
`POST /fake/disputes/<id>` ends that with the `status` won or lost. `POST /fake/accounts/<id>/bank` gives an account a
bank account (in `currency`, cny by default) instead of the one before, `POST /fake/accounts/<id>/payouts` pays what the
account has of a `currency` (or an `amount`) on to it, and `POST /fake/payouts/<id>` has that fail (`failure_code`).
"""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields as fields_of
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from stripe import WebhookSignature

from marketplace.gateways.stripe_connect.fake.asked import check, decode
from marketplace.gateways.stripe_connect.fake.connected import fail, give_bank, pay_on
from marketplace.gateways.stripe_connect.fake.disputes import end_dispute, open_dispute
from marketplace.gateways.stripe_connect.fake.errors import FakeError
from marketplace.gateways.stripe_connect.fake.operations import CREATING, KINDS, read_list, read_one
from marketplace.gateways.stripe_connect.fake.state import KINDS_OF_FAULT, Fault, Kept, State

_SETTINGS: Final = ("pays_at_once", "settles_after_seconds", "fee_ppm", "opens_accounts", "given", "moved_seconds")
_PATH: Final = re.compile(r"/v1/([a-z_]+)(?:/([A-Za-z0-9_]+))?(?:/([a-z]+))?")


class _DroppedError(Exception):
    """The connection is closed without an answer."""


class FakeStripeServer(ThreadingHTTPServer):
    """Listens on loopback; `state` is open to tests."""

    daemon_threads = True

    def __init__(self, port: int = 0, *, webhook_url: str = "", webhook_secret: str = "") -> None:
        """Port 0 is any free one. With `webhook_url` each event is sent there, signed with `webhook_secret`."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.state = State()
        self.webhook_url, self.webhook_secret = webhook_url, webhook_secret

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def send_events(self, since: int = 0) -> int:
        """Send the events from the `since`-th on to the webhook, oldest first; returns how many there are now."""
        with self.state.lock:
            events = list(self.state.all_of("event"))[::-1]
        for event in events[since:]:
            body = json.dumps(event)
            signature = WebhookSignature.generate_signature_header(body, self.webhook_secret)
            request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
                self.webhook_url,
                body.encode(),
                {"Content-Type": "application/json", "Stripe-Signature": signature},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                answer.read()
        return len(events)

    def deliver_forever(self, pause_seconds: float = 0.5) -> None:
        """Send each event once as it comes to be; what the receiver does not take is tried again."""
        sent = 0
        while True:
            try:
                sent = self.send_events(sent)
            except OSError:
                time.sleep(2)
            time.sleep(pause_seconds)


@contextmanager
def serving(**options: Any) -> Iterator[FakeStripeServer]:
    """The imitation in a thread of this process."""
    server = FakeStripeServer(**options)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeStripeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing; who tries it sees the product's own log."""

    def do_GET(self) -> None:
        """Read one object or a list."""
        self._answer("GET", parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def do_POST(self) -> None:
        """Do something, once for a key."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if urlsplit(self.path).path.startswith("/fake/"):
            self._send(*self._told(json.loads(body or "{}")))
        else:
            self._answer("POST", parse_qsl(body, keep_blank_values=True), body)

    def _answer(self, method: str, pairs: list[tuple[str, str]], text: str = "") -> None:
        match = _PATH.fullmatch(urlsplit(self.path).path)
        try:
            if match is None:
                raise FakeError(404, None, "Unrecognized request URL.")
            if "_test_" not in self.headers.get("Authorization", ""):
                raise FakeError(401, None, "Invalid API key provided: the imitation takes any test key.")
            collection, object_id, verb = match[1], match[2] or "", match[3]
            operation = f"{collection}/{verb}" if verb else collection
            fields = decode(pairs)
            check(method, operation if method == "POST" or not object_id else "", fields)
            if method == "GET":
                self._send(200, self._read(collection, object_id, fields))
            else:
                self._send(*self._done(operation, object_id, fields, text))
        except FakeError as error:
            self._send(error.status, error.body)
        except _DroppedError:
            self.close_connection = True

    def _read(self, collection: str, object_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        state = self.server.state
        with state.lock:
            if collection not in KINDS:
                raise FakeError(404, None, "Unrecognized request URL.")
            fault = state.next_fault(f"GET {collection}", object_id or json.dumps(fields))
            if fault is not None:
                _before(fault)
            if object_id:
                return read_one(state, collection, object_id, fields)
            return read_list(state, collection, fields, self.headers.get("Stripe-Account"))

    def _done(self, operation: str, object_id: str, fields: dict[str, Any], text: str) -> tuple[int, dict[str, Any]]:
        """Do it once for its key; the same key gives the same answer, with other fields an error."""
        state, key = self.server.state, self.headers.get("Idempotency-Key", "")
        if operation not in CREATING:
            raise FakeError(404, None, "Unrecognized request URL.")
        fingerprint = f"{operation} {object_id} {text}"
        with state.lock:
            kept = state.kept.get(key) if key else None
            if kept is not None and kept.fingerprint != fingerprint:
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise FakeError(400, None, message, kind="idempotency_error")
            fault = state.next_fault(operation, f"{key} {text}")
            if fault is not None and fault.kind in {"drop_before", "rate_limit"}:
                _before(fault)
            if kept is None:
                kept = Kept(fingerprint, *self._work(operation, object_id, fields, fault))
                if key:
                    state.kept[key] = kept
        if fault is not None and fault.kind == "hang_after":
            time.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop_after":
            raise _DroppedError
        return kept.status, kept.body

    def _work(
        self, operation: str, object_id: str, fields: dict[str, Any], fault: Fault | None
    ) -> tuple[int, dict[str, Any]]:
        broken = FakeError(500, None, "An unknown error occurred.")
        if fault is not None and fault.kind == "refuse":
            return 400, FakeError(400, fault.code, "The imitation was told to refuse this.").body
        if fault is not None and fault.kind == "error_before":
            return 500, broken.body
        try:
            made = dict(CREATING[operation](self.server.state, object_id, fields))
        except FakeError as error:
            return error.status, error.body
        return (500, broken.body) if fault is not None and fault.kind == "error_after" else (200, made)

    def _told(self, wanted: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        state, path = self.server.state, urlsplit(self.path).path
        with state.lock:
            if path == "/fake/faults" and wanted.get("kind") in KINDS_OF_FAULT:
                known = {one.name for one in fields_of(Fault)}
                state.faults.append(Fault(**{name: value for name, value in wanted.items() if name in known}))
                return 200, {"ordered": len(state.faults)}
            if path == "/fake/settings" and set(wanted) <= set(_SETTINGS):
                for name, value in wanted.items():
                    setattr(state, name, value)
                return 200, wanted
            if path == "/fake/disputes":
                return 200, open_dispute(state, wanted)
            if path.startswith("/fake/disputes/"):
                return 200, end_dispute(state, path.rsplit("/", 1)[1], wanted["status"])
            if path.startswith("/fake/payouts/"):
                return 200, fail(state, path.rsplit("/", 1)[1], wanted.get("failure_code", "account_closed"))
            if path.startswith("/fake/accounts/") and path.endswith(("/bank", "/payouts")):
                account_id, verb = path.split("/")[-2:]
                return 200, (give_bank if verb == "bank" else pay_on)(state, account_id, wanted)
            if path.startswith("/fake/accounts/"):
                account = state.get(path.rsplit("/", 1)[1], "account")
                account["capabilities"]["transfers"] = wanted["transfers"]
                state.tell("account.updated", account)
                return 200, account
        return 400, {"error": {"message": "Nothing like that can be ordered."}}

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Request-Id", f"req_{time.monotonic_ns():x}")
        self.end_headers()
        self.wfile.write(data)


def _before(fault: Fault) -> None:
    if fault.kind == "rate_limit":
        raise FakeError(429, "rate_limit", "Too many requests.")
    if fault.kind in {"drop_before", "drop_after"}:
        raise _DroppedError
    raise FakeError(500, None, "An unknown error occurred.")
