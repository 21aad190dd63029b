"""The states of a deposit and of a refund."""

from marketplace.kernel.states import StateMachine

DEPOSIT = StateMachine("deposit", {"pending": ("available", "refused")}, initial="pending")

REFUND = StateMachine("refund", {"pending": ("settled", "refused")}, initial="pending")
