"""What this package writes into the log."""

from typing import Final

from marketplace.audit.events import define_event

WAGE_FLOOR_SET: Final = define_event(
    "wage_floor.set",
    1,
    "The wage floor of a country was set or ended",
    {
        "country": "text: ISO 3166 code",
        "amount": "money or null: for an hour, null when it ended",
        "minutes_min": "whole number or null: minutes of work at a batch that must be known, null when it ended",
    },
)
DECISION_CONTESTED: Final = define_event(
    "decision.contested",
    1,
    "A worker contests a decision that a rule made about them",
    {"decision": "text: kind of the event that is contested; the subject is that event"},
)
DECISION_ANSWERED: Final = define_event(
    "decision.answered",
    2,
    "Operations answered a worker who contested a decision",
    {"outcome_commitment": "commitment"},
)
