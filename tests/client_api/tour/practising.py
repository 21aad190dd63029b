"""A scene of the tour: a client gives items to practise on."""

from __future__ import annotations

from tests.client_api.examples import job
from tests.client_api.story import Story, ok

_ITEM = {
    "external_id": "p-1",
    "content": {"text": "What a waste of an evening."},
    "expected": {"label": "bad"},
    "explanation": "Nothing good is said of it.",
}


def workers_can_practise(story: Story) -> None:
    """One practice item comes and goes."""
    client = story.client
    path = f"/jobs/{ok(client.post('/jobs', job())).json['id']}"
    assert ok(client.post(f"{path}/practice-items", {"items": [_ITEM]})).json["added"] == 1
    (item,) = ok(client.get(f"{path}/practice-items")).json["data"]
    ok(client.post(f"/practice-items/{item['id']}/remove"))
