"""The moves of a payout run, of a payout, of a withholding and of a remittance of tax."""

from typing import Final

from marketplace.kernel.states import StateMachine
from marketplace.settlement.states import DESTINATION_REFUSED

PAYOUT_RUN: Final = StateMachine(
    "payout_run",
    {"prepared": {"approved", "cancelled"}, "approved": {"executing", "cancelled"}, "executing": {"done"}},
    "prepared",
)

PAYOUT: Final = StateMachine(
    "payout",
    {
        "draft": {"approved", "cancelled"},
        # draft: the rate has ended, and the new one is worse for the payee than what they were shown
        "approved": {"submitting", "draft", "cancelled"},
        # approved: the rail certainly did nothing, so the same attempt is asked again later
        "submitting": {"approved", "sent", "unknown", "refused"},
        "sent": {"unknown", "settled", "returned"},
        "unknown": {"sent", "refused"},
        "refused": {"approved", "cancelled"},
        # sent: the line that was taken for it is not its
        "settled": {"reconciled", "returned", "sent"},
        "reconciled": {"returned", "sent"},
    },
    "draft",
)

WITHHOLDING: Final = StateMachine("withholding", {"proposed": {"approved", "rejected"}}, "proposed")

TAX_REMITTANCE: Final = StateMachine(
    "tax_remittance", {"proposed": {"approved", "rejected"}, "approved": {"paid", "rejected"}}, "proposed"
)

REMITTED: Final = ("proposed", "approved", "paid")
"""States of a remittance in which no other may pay the same tax."""

IN_FLIGHT: Final = ("submitting", "sent", "unknown")
"""States in which 2300 of the payout holds its amount, and in no other."""

PAID: Final = ("settled", "reconciled")
"""States in which the payee has the money, and an authority what was withheld."""

LIVE: Final = ("draft", "approved", "submitting", "sent", "unknown", "refused")
"""States in which the payout's installments are `in_payout`."""

HOLD_REASONS: Final = (DESTINATION_REFUSED,)
"""For what people may hold the installments of a payout that they give up: only what the payee then can end."""

FINISHED: Final = ("settled", "reconciled", "returned", "cancelled")
"""States after which a run has nothing more to do for the payout."""
