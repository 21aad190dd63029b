"""The states of a deposit, of a refund, of a chargeback and of a change of where a payee is paid."""

from marketplace.kernel.states import StateMachine

DEPOSIT = StateMachine("deposit", {"pending": ("available", "refused")}, initial="pending")

REFUND = StateMachine("refund", {"pending": ("settled", "refused")}, initial="pending")

DESTINATION_CHANGE = StateMachine("destination_change", {"waiting": ("effective", "cancelled")}, initial="waiting")

CHARGEBACK = StateMachine(
    "chargeback",
    # a rail may bring money back that it had called lost
    {"open": ("won", "lost"), "lost": ("won",)},
    initial="open",
)
