"""Audit kinds: moves of the platform's own money, by two people of finance."""

from typing import Final

from marketplace.audit.events import define_event

_MOVE: Final = {
    "kind": "text: capital, fees, contribution, extra, quality_claim",
    "amount": "money: what was proposed",
    "extra": "extra id or null: whose debt to the guarantee fund is given up",
    "quality_claim": "quality claim id or null: whose rest is given up",
}
OWN_MONEY_PROPOSED: Final = define_event(
    "own_money.proposed",
    1,
    "It was proposed to move the platform's own money, or to give up at its cost what a layer owes",
    {**_MOVE, "reason_commitment": "commitment"},
)
OWN_MONEY_DONE: Final = define_event(
    "own_money.done",
    1,
    "A second person approved it, and it was done",
    {**_MOVE, "done": "money: what was booked or given up: less where some of a debt came back meanwhile"},
)
OWN_MONEY_REJECTED: Final = define_event(
    "own_money.rejected", 1, "A proposal to move the platform's own money was given up", _MOVE
)
CAPITAL_PUT_IN_ALONE: Final = define_event(
    "own_money.put_in_alone",
    1,
    "Capital was booked by command while nobody was of finance yet: no second person saw it",
    {"amount": "money", "reason_commitment": "commitment"},
)
