"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event("decision.answered", 1, "Operations answered a worker who contested a decision", {"outcome": "text"})
