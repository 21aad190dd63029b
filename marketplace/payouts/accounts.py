"""Where the money of a payout comes from."""

from marketplace.ledger.chart import AccountRef
from marketplace.ledger.recipes.accounts import due_to
from marketplace.payouts.models import Payout


def payable(payout: Payout) -> AccountRef:
    """What is due to the payee: 2130 of a worker, 2140 of a layer's contract."""
    return due_to(payout.payee_kind, payout.payee_id, payout.contract_id, payout.currency)
