"""What is personal in the tables of rails: where people are paid."""

from typing import Final

from marketplace.db.personal import Personal, by, by_step, impersonal, personal
from marketplace.rails.bank_refusal_models import BankRefusal
from marketplace.rails.change_models import PayoutDestinationChange
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.freeze_models import PayoutFreeze, PayoutFreezeEvent
from marketplace.rails.models import Deposit, PayoutDestination, RailEvent, Refund, RefundEvent

SEALED: Final = "sealed; its page shows it masked, for an export may end up with somebody else"

personal(
    Personal(
        PayoutDestination,
        by(PayoutDestination.payee_id),
        why="to pay them; sealed",
        removed=True,
        when="when nothing is owed",
        hidden={"destination_sealed": SEALED, "destination_digest": SEALED},
    )
)
personal(
    Personal(
        PayoutDestinationChange,
        by(PayoutDestinationChange.payee_id),
        why="to let them notice a change that they did not ask for; sealed",
        removed=True,
        when="when nothing is owed",
        hidden={"destination_sealed": SEALED, "destination_digest": SEALED},
    )
)
personal(
    Personal(
        RailEvent,
        by_step,
        why="what a rail told us, once",
        kept={
            "payload": "amounts and ids of the rail; where it names the person's destination it is emptied when "
            "nothing is owed"
        },
        codes=("provider", "event_id"),
        not_exported="it says nothing of a person but that a destination is ready",
    )
)
personal(
    Personal(
        BankRefusal,
        by(BankRefusal.payee_id),
        why="to tell them that their bank did not take what was paid on to it",
        removed=True,
        when="when nothing is owed",
        money={"amount": "currency"},
        codes=("payee_kind", "rail", "reference", "currency", "code", "bank_account"),
    )
)
impersonal("money of organizations, in and back out", Deposit, Refund, RefundEvent, Chargeback)
impersonal("why payouts were frozen, in the words of whoever runs the market", PayoutFreeze, PayoutFreezeEvent)
