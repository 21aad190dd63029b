"""What the command line writes into the audit log."""

from marketplace.audit.events import define_event

CLOCK_ADVANCED = define_event(
    "clock.advanced",
    1,
    "Market time was moved forward",
    {"from": "instant; market time before", "to": "instant; market time after"},
)
