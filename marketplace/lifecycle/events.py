"""Audit kinds: what ends of jobs do to their money."""

from typing import Final

from marketplace.audit.events import define_event

RESERVE_RELEASED: Final = define_event(
    "job.reserve_released",
    1,
    "Free reserve of a job returned to its client's deposit",
    {"amount": "money", "journal": "text; public id"},
)
