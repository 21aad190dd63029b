"""A scene of the tour: webhooks are made, tried, changed and asked again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.notifications import outbox
from tests.builders.webhooks import take_ping
from tests.client_api.story import Story, ok


def webhooks_are_tried_out(story: Story, session: Session) -> None:
    """Two webhooks, one of which goes again."""
    client = story.client
    webhook = {"url": "https://93.184.216.34/piecework", "kinds": ["job.funded", "claim.submitted"]}
    path = f"/webhooks/{ok(client.post('/webhooks', webhook)).json['id']}"
    etag = client.get(path).headers["ETag"]
    ok(client.patch(path, {"description": "Production"}, headers={"If-Match": etag}))
    ok(client.post(f"{path}/rotate-secret", {"overlap_seconds": 3600}))
    delivery = f"/webhook-deliveries/{ok(client.post(f'{path}/ping')).json['id']}"
    take_ping(session)
    ok(client.get(delivery))
    ok(client.post(f"{delivery}/redeliver"))
    ok(client.get("/webhook-deliveries?state=delivered"))
    ok(client.get("/webhooks"))
    spare = ok(client.post("/webhooks", webhook)).json["id"]
    assert client.send("DELETE", f"/webhooks/{spare}").status_code == 204
    while outbox.sweep(session):
        pass
    ok(client.get("/events?types=job.funded"))
