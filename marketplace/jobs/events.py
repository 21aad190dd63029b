"""What this package writes into the log."""

from __future__ import annotations

from typing import Final

from marketplace.audit.events import define_event

JOB_CREATED: Final = define_event(
    "job.created",
    1,
    "Job created",
    {
        "client": "the client's id",
        "kind": "kind of labeling",
        "currency": "ISO 4217 code",
        "redundancy": "answers wanted per item",
        "terms_digest": "SHA-256, hex, of caps, rates, schema and settlement terms",
    },
)
JOB_CHANGED: Final = define_event(
    "job.changed",
    1,
    "Job changed before publication",
    {
        "changed": "names of the fields, sorted",
        "version": "the job's version after the change",
        "terms_digest": "SHA-256, hex, of caps, rates, schema and settlement terms",
    },
)
JOB_GUIDELINE_ADDED: Final = define_event(
    "job.guideline_added",
    1,
    "Guideline version added",
    {
        "version": "number of the guideline",
        "digest": "SHA-256, hex, of its text and rules",
        "rules": "ids of the rules",
    },
)
JOB_ITEMS_ADDED: Final = define_event(
    "job.items_added",
    1,
    "Items added in one upload",
    {
        "added": "number of new items",
        "skipped": "number of rows that were already there",
        "refused": "number of bad rows left out",
        "rates": "per rate code: first and last ordinal, and the digest of these items, hex",
    },
)
JOB_ITEMS_WITHDRAWN: Final = define_event(
    "job.items_withdrawn",
    1,
    "Items taken back by the client; nobody had begun them",
    {"rates": "per rate code: number of items, and the first of their ordinals as [first, last] pairs, at most 100"},
)
JOB_REDUNDANCY_RAISED: Final = define_event(
    "job.redundancy_raised",
    1,
    "More answers wanted per item",
    {
        "from": "answers wanted per item before",
        "to": "answers wanted per item now",
        "tasks": "open tasks that get further seats",
        "version": "the job's version after the change",
    },
)
JOB_DUPLICATED: Final = define_event(
    "job.duplicated",
    1,
    "Job made as a copy of another",
    {"of": "the other job's id", "items": "number of items copied"},
)
JOB_FUNDED: Final = define_event(
    "job.funded", 1, "Money tied to a job", {"amount": "money; moved into the reserve", "journal": "the journal's id"}
)
JOB_PUBLISHED: Final = define_event(
    "job.published",
    1,
    "Job published: fees and items stand",
    {
        "rates": "per rate code: price, fee, number of items, and the digest of the items, hex",
        "terms_digest": "SHA-256, hex, of caps, rates, schema and settlement terms",
    },
)
JOB_MOVED: Final = define_event(
    "job.moved", 1, "Job changed its state", {"from": "state before", "to": "state after", "version": "after the move"}
)
MEDIA_PURGED: Final = define_event(
    "media.purged",
    1,
    "Media of a settled job purged after its retention",
    {
        "count": "number of images",
        "bytes": "their size together",
        "digest": "SHA-256, hex, of their SHA-256 one after the other, in the order of their ids",
        "rates": "per rate code: the ordinals of the job's items that named them, as a multirange",
    },
)
MEDIA_STORED: Final = define_event(
    "media.stored",
    2,
    "Image, sound or point cloud stored",
    {
        "sha256": "of the bytes, hex",
        "bytes": "their number",
        "content_type": "what they were found to be",
        "width": "pixels of an image, else null",
        "height": "pixels of an image, else null",
        "duration_ms": "of a sound in milliseconds, else null",
        "point_count": "of a point cloud, else null",
    },
)
BUSINESS_CALENDAR_ADDED: Final = define_event(
    "business_calendar.added",
    1,
    "A calendar of closed days was added",
    {"name": "its name, which begins with the country", "closed_days": "days, ascending", "source": "text"},
)
DEFERRAL_LIMIT_SET: Final = define_event(
    "deferral_limit.set",
    1,
    "The longest deferral of pay of a country's workers was set or ended",
    {
        "country": "ISO 3166 code",
        "length": "so many units after the day of acceptance; null when it ended",
        "unit": "days or months; null when it ended",
        "source": "text: the rule that it follows",
    },
)
