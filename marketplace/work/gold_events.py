"""What gold items write into the log. Which claim got one is in no event: its worker reads the claim's events."""

from typing import Final

from marketplace.audit.events import define_event

GOLD_ADDED: Final = define_event(
    "gold.added",
    1,
    "Gold items were added to a job",
    {
        "items": "whole number",
        "digest": "digest: over the lines `external_id, space, expected answer as JSON with sorted keys`",
    },
)
GOLD_RETIRED: Final = define_event(
    "gold.retired",
    1,
    "A gold item is drawn no more",
    {
        "job": "job id",
        "external_id": "text",
        "automatic": "boolean: true when too many of its last workers failed it",
    },
)
