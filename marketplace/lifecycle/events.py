"""Audit kinds: what ends of jobs do to their money; time moved."""

from typing import Final

from marketplace.audit.events import define_event

RESERVE_RELEASED: Final = define_event(
    "job.reserve_released",
    1,
    "Free reserve of a job returned to its client's deposit",
    {"amount": "money", "journal": "journal id"},
)

CLOCK_ADVANCED: Final = define_event(
    "clock.advanced",
    1,
    "Market time was moved forward",
    {"from": "moment: market time before", "to": "moment: market time after"},
)

_CHARGEBACK: Final = {
    "deposit": "deposit id",
    "amount": "money: what was charged back",
    "owed": "money: what the client owes of it now",
    "frozen": "money: what of the client's money is kept for it now",
    "topped_up": "money: what the platform has put in of its own now",
    "journal": "journal id or null: where money moved",
    "reason_commitment": "commitment or null: who decided otherwise than by the rail's balance says why",
}
CHARGEBACK_OPENED: Final = define_event("chargeback.opened", 2, "A client's payment was charged back", _CHARGEBACK)
CHARGEBACK_COVERED: Final = define_event(
    "chargeback.covered", 2, "What stands for a chargeback has changed", _CHARGEBACK
)
CHARGEBACK_WON: Final = define_event("chargeback.won", 2, "A chargeback was won: the money came back", _CHARGEBACK)
CHARGEBACK_LOST: Final = define_event("chargeback.lost", 2, "A chargeback was lost", _CHARGEBACK)
CHARGEBACK_WRITTEN_OFF: Final = define_event(
    "chargeback.written_off", 2, "What a client owed of a lost chargeback is the platform's loss", _CHARGEBACK
)
