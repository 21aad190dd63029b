"""The states of an operation."""

from typing import Final

from marketplace.kernel.states import StateMachine

OPERATION: Final = StateMachine(
    "operation",
    {
        "queued": {"running", "cancelled"},
        "running": {"queued", "succeeded", "failed", "cancelled"},
    },
    initial="queued",
)
"""A run that broke, crashed or was interrupted turns back to queued, as long as it has attempts left."""
