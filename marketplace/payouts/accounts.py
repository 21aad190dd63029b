"""Where the money of a payout comes from."""

from marketplace.ledger.chart import AccountRef
from marketplace.ledger.recipes.accounts import margin_due, pay_due
from marketplace.payouts.models import Payout


def payable(payout: Payout) -> AccountRef:
    """What is due to the payee: 2130 of a worker, 2140 of a layer's contract."""
    if payout.contract_id is None:
        return pay_due(payout.payee_id, payout.currency)
    return margin_due(payout.payee_id, payout.contract_id, payout.currency)
