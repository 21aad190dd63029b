"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "score.forgotten",
    1,
    "Operations found for a worker: what was known of their work of a kind counts no more",
    {
        "kind": "text: kind of labeling",
        "reason": "text",
    },
)
