"""The states of a deposit."""

from marketplace.kernel.states import StateMachine

DEPOSIT = StateMachine("deposit", {"pending": ("available", "refused")}, initial="pending")
