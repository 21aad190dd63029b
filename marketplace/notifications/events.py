"""Audit kinds: what happens to an organization's webhooks."""

from typing import Final

from marketplace.audit.events import define_event

_WEBHOOK: Final = {"host": "text: the host that events are sent to, without the rest of the address"}

WEBHOOK_CREATED: Final = define_event(
    "webhook.created", 1, "Webhook created", {**_WEBHOOK, "kinds": "list of text: kinds of events, ascending"}
)
WEBHOOK_CHANGED: Final = define_event(
    "webhook.changed",
    1,
    "Webhook changed",
    {
        **_WEBHOOK,
        "changed": "list of text: names of the fields, ascending",
        "kinds": "list of text: kinds of events after the change, ascending",
        "state": "text: active or disabled, after the change",
        "version": "whole number: after the change",
    },
)
WEBHOOK_SECRET_ROTATED: Final = define_event(
    "webhook.secret_rotated",
    1,
    "Webhook got a new signing secret",
    {**_WEBHOOK, "older_until": "moment: real time until which the older secret signs too"},
)
WEBHOOK_DISABLED: Final = define_event(
    "webhook.disabled",
    1,
    "Webhook was disabled by the service",
    {
        **_WEBHOOK,
        "reason": "text: gone (the receiver answered 410) or failing (nothing was taken for days)",
        "failing_since": "moment or null: real time of the first failure since the last success",
    },
)
WEBHOOK_DELETED: Final = define_event("webhook.deleted", 1, "Webhook deleted", dict(_WEBHOOK))
