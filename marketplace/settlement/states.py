"""The moves of an installment."""

from typing import Final

from marketplace.kernel.states import StateMachine

INSTALLMENT: Final = StateMachine(
    "installment",
    {
        # kept: the margin of a client or of the platform as caretaker, which took a defaulted layer's contract over
        "scheduled": {"due", "advanced", "held", "cancelled", "kept"},
        # the worker took it early
        "advanced": {"in_payout", "held"},
        # cancelled: a layer's, of which an extra for a worker (J18) took all
        "due": {"in_payout", "held", "cancelled"},
        "in_payout": {"paid", "due", "held"},
        # the rail gave the money of its payout back; in_payout: the line that was taken for its payout is not its
        "paid": {"held", "in_payout"},
        # unclaimed: held for years, and still the payee's
        # kept: who took a contract over was in default with it in turn, and what was held is released
        "held": {"due", "cancelled", "unclaimed", "kept"},
        "unclaimed": {"due"},
    },
    "scheduled",
)

OWN_MONEY_MOVE: Final = StateMachine("own_money_move", {"proposed": {"done", "rejected"}}, "proposed")
"""The moves of a proposal to move the platform's own money."""

NO_PAYOUT_METHOD: Final = "no_payout_method"
"""Held because the payee has not said where to pay to."""

DESTINATION_REFUSED: Final = "destination_refused"
"""Held because the rail refused the payee's destination for certain."""

PAYOUT_RETURNED: Final = "payout_returned"
"""Held because the rail gave the payout back: the payee's account there did not take it."""

BANK_REFUSED: Final = "bank_refused"
"""Held because the payee's own bank did not take what the rail had paid on to it."""

HELD_BY_FINANCE: Final = "held_by_finance"
"""Held because a person in finance holds it, for a reason in words and for a time."""

MAY_BE_SHORT: Final = (PAYOUT_RETURNED, BANK_REFUSED, HELD_BY_FINANCE)
"""Reasons of a hold of which 2150 may have less than the installments: a later payout may have paid a part of one."""

LAYER_DEFAULT: Final = "layer_default"
"""Held because the layer is in default: its workers and the guarantee fund come first."""

PAYEE_CURABLE: Final = (NO_PAYOUT_METHOD, DESTINATION_REFUSED, PAYOUT_RETURNED, BANK_REFUSED)
"""Reasons of a hold that only the payee can cure, by setting another payout method, or another bank at the rail."""

PAYABLE: Final = ("due", "advanced")
"""States in which the next payout run takes an installment up: its money stands on 2130 or 2140."""

PAYEE_NOUNS: Final = {"worker": "person", "layer": "organization"}
"""The noun of a payee's public id, by payee kind."""

FINISHED: Final = ("paid", "cancelled", "kept")
"""States after which nothing more is to be done for an installment."""
