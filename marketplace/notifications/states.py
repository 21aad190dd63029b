"""The states of webhooks and of their deliveries."""

from typing import Final

from marketplace.kernel.states import StateMachine

WEBHOOK: Final = StateMachine(
    "webhook",
    {"active": {"disabled", "deleted"}, "disabled": {"active", "deleted"}},
    initial="active",
)

DELIVERY: Final = StateMachine(
    "webhook_delivery",
    {
        "pending": {"delivered", "retrying", "dead"},
        "retrying": {"delivered", "dead"},
        "dead": {"redelivered"},
    },
    initial="pending",
)

OPEN_DELIVERY: Final = frozenset({"pending", "retrying"})
"""States in which a delivery is still to be sent."""
