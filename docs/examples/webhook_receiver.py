"""A small receiver of Piecework's webhooks: it verifies each one, knows what it has already, and prints the rest.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... PORT=9100 python webhook_receiver.py

The secret is shown once, when the webhook is made (POST /v1/webhooks). Put this behind a server that speaks HTTPS;
Piecework sends to https:// only, outside of development. To try both on one machine, start it with
`WEBHOOK_NETWORKS_ALLOWED=127.0.0.0/8 make run` and make a webhook to http://127.0.0.1:9100/.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

SECRETS = os.environ["WEBHOOK_SECRET"].split(",")  # two while you rotate
BODY_BYTES_MAX = 1_000_000
seen: set[str] = set()  # a real receiver keeps these with what it did, in one transaction


def verified(body: bytes, headers: dict[str, str]) -> dict | None:
    """The event, if one of the secrets signed it less than five minutes ago."""
    for secret in SECRETS:
        try:
            return Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            continue
    return None


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            return self.answer(400)
        event = verified(self.rfile.read(int(length)), dict(self.headers.items()))
        if event is None:
            return self.answer(400)
        # Delivery is at least once: the same webhook-id is the same event, however often it comes.
        if self.headers["webhook-id"] not in seen:
            print(json.dumps(event), flush=True)  # what you do with it; keep it short, or put it into a queue
            seen.add(self.headers["webhook-id"])
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9100"))), Receiver)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
