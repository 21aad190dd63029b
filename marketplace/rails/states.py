"""The states of a deposit, of a refund and of a change of where a payee is paid."""

from marketplace.kernel.states import StateMachine

DEPOSIT = StateMachine("deposit", {"pending": ("available", "refused")}, initial="pending")

REFUND = StateMachine("refund", {"pending": ("settled", "refused")}, initial="pending")

DESTINATION_CHANGE = StateMachine("destination_change", {"waiting": ("effective", "cancelled")}, initial="waiting")
