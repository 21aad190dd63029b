"""The sweeps that tell people and organizations what sealed events mean for them."""

from marketplace.entrypoints import sweep_steps
from marketplace.entrypoints.sweeping import Sweep, in_transactions, once
from marketplace.notifications import delivering, feed, outbox, planning

NOTIFICATION_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "feed_notifications",
        3,
        "Tells people what sealed events mean for them.",
        in_transactions("events", feed.sweep),
    ),
    Sweep(
        "publish_events",
        2,
        "Notes which organizations are told of sealed events, at /v1/events and by webhook.",
        in_transactions("events", outbox.sweep),
    ),
    Sweep(
        "plan_deliveries",
        2,
        "Makes deliveries of the events that each webhook asks for.",
        in_transactions("deliveries", planning.sweep),
    ),
    Sweep(
        "deliver_webhooks",
        2,
        "Sends deliveries that are due to their webhooks, and disables webhooks that are gone or fail for days.",
        once("tries", lambda context: delivering.deliver_due(sweep_steps.courier(context))),
    ),
    Sweep(
        "forget_deliveries",
        3600,
        "Deletes deliveries of webhooks that ended longer ago than WEBHOOK_RETENTION_DAYS.",
        sweep_steps.forget_deliveries,
    ),
)
