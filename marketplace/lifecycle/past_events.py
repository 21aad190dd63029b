"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "chargeback.covered",
    1,
    "What stands for a chargeback has changed",
    {
        "deposit": "deposit id",
        "amount": "money: what was charged back",
        "owed": "money: what the client owes of it now",
        "frozen": "money: what of the client's money is kept for it now",
        "topped_up": "money: what the platform has put in of its own now",
        "journal": "journal id or null: where money moved",
        "reason": "text or null: who decided otherwise than by the rail's balance says why",
    },
)
superseded_event(
    "chargeback.lost",
    1,
    "A chargeback was lost",
    {
        "deposit": "deposit id",
        "amount": "money: what was charged back",
        "owed": "money: what the client owes of it now",
        "frozen": "money: what of the client's money is kept for it now",
        "topped_up": "money: what the platform has put in of its own now",
        "journal": "journal id or null: where money moved",
        "reason": "text or null: who decided otherwise than by the rail's balance says why",
    },
)
superseded_event(
    "chargeback.opened",
    1,
    "A client's payment was charged back",
    {
        "deposit": "deposit id",
        "amount": "money: what was charged back",
        "owed": "money: what the client owes of it now",
        "frozen": "money: what of the client's money is kept for it now",
        "topped_up": "money: what the platform has put in of its own now",
        "journal": "journal id or null: where money moved",
        "reason": "text or null: who decided otherwise than by the rail's balance says why",
    },
)
superseded_event(
    "chargeback.won",
    1,
    "A chargeback was won: the money came back",
    {
        "deposit": "deposit id",
        "amount": "money: what was charged back",
        "owed": "money: what the client owes of it now",
        "frozen": "money: what of the client's money is kept for it now",
        "topped_up": "money: what the platform has put in of its own now",
        "journal": "journal id or null: where money moved",
        "reason": "text or null: who decided otherwise than by the rail's balance says why",
    },
)
superseded_event(
    "chargeback.written_off",
    1,
    "What a client owed of a lost chargeback is the platform's loss",
    {
        "deposit": "deposit id",
        "amount": "money: what was charged back",
        "owed": "money: what the client owes of it now",
        "frozen": "money: what of the client's money is kept for it now",
        "topped_up": "money: what the platform has put in of its own now",
        "journal": "journal id or null: where money moved",
        "reason": "text or null: who decided otherwise than by the rail's balance says why",
    },
)
