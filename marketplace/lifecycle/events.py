"""Audit kinds: what ends of jobs do to their money; time moved."""

from typing import Final

from marketplace.audit.events import define_event

RESERVE_RELEASED: Final = define_event(
    "job.reserve_released",
    1,
    "Free reserve of a job returned to its client's deposit",
    {"amount": "money", "journal": "text; public id"},
)

CLOCK_ADVANCED: Final = define_event(
    "clock.advanced",
    1,
    "Market time was moved forward",
    {"from": "instant; market time before", "to": "instant; market time after"},
)
