"""The moves of an installment."""

from typing import Final

from marketplace.kernel.states import StateMachine

INSTALLMENT: Final = StateMachine(
    "installment",
    {
        "scheduled": {"due", "advanced", "held", "cancelled"},
        "due": {"in_payout", "held"},
        "in_payout": {"paid", "due", "held"},
        "held": {"due"},
    },
    "scheduled",
)

UNPAID: Final = ("scheduled", "due", "in_payout")
"""States in which an installment still waits for its payment in the ordinary way."""
