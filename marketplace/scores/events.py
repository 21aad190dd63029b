"""What this package writes into the log. Nothing in it tells how many answers were gold, or how any was judged."""

from typing import Final

from marketplace.audit.events import define_event

SCORE_CHANGED: Final = define_event(
    "score.changed",
    1,
    "A worker's score for a kind of labeling is known, or another one",
    {
        "kind": "text: kind of labeling",
        "percent": "whole number: 0 to 100",
        "known_until": "moment",
        "words": "text: of how many answers at least",
    },
)
SCORE_FORGOTTEN: Final = define_event(
    "score.forgotten",
    2,
    "Operations found for a worker: what was known of their work of a kind counts no more",
    {"kind": "text: kind of labeling", "reason_commitment": "commitment"},
)
