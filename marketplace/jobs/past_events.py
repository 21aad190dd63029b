"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "deferral_limit.set",
    1,
    "The longest deferral of pay of a country's workers was set or ended",
    {
        "country": "text: ISO 3166 code",
        "length": "whole number or null: so many units after the day of acceptance; null when it ended",
        "unit": "text or null: days or months; null when it ended",
        "source": "text: the rule that it follows",
    },
)
superseded_event(
    "job.items_withdrawn",
    1,
    "Items taken back by the client; nobody had begun them",
    {
        "rates": "record: per rate code: number of items, and the first of their ordinals as [first, last] pairs, at "
        "most 100",
    },
)
superseded_event(
    "media.stored",
    1,
    "Image stored",
    {
        "sha256": "digest: of the bytes",
        "bytes": "whole number: their number",
        "width": "whole number: pixels",
        "height": "whole number: pixels",
    },
)
