"""What this package writes into the log."""

from __future__ import annotations

from typing import Final

from marketplace.audit.events import define_event

JOB_CREATED: Final = define_event(
    "job.created",
    1,
    "Job created",
    {
        "client": "organization id: the client's id",
        "kind": "text: kind of labeling",
        "currency": "text: ISO 4217 code",
        "redundancy": "whole number: answers wanted per item",
        "terms_digest": "digest: of caps, rates, schema and settlement terms",
    },
)
JOB_CHANGED: Final = define_event(
    "job.changed",
    1,
    "Job changed before publication",
    {
        "changed": "list of text: names of the fields, sorted",
        "version": "whole number: the job's version after the change",
        "terms_digest": "digest: of caps, rates, schema and settlement terms",
    },
)
JOB_GUIDELINE_ADDED: Final = define_event(
    "job.guideline_added",
    1,
    "Guideline version added",
    {
        "version": "whole number: how many the guideline",
        "digest": "digest: of its text and rules",
        "rules": "list of text: ids of the rules",
    },
)
JOB_PRACTICE_CHANGED: Final = define_event(
    "job.practice_changed",
    1,
    "Practice items added or taken away",
    {
        "items": "whole number: how many there are now",
        "digest": "digest: of their names and right answers, one a line",
    },
)
JOB_ITEMS_ADDED: Final = define_event(
    "job.items_added",
    1,
    "Items added in one upload",
    {
        "added": "whole number: how many new items",
        "skipped": "whole number: how many rows that were already there",
        "refused": "whole number: how many bad rows left out",
        "rates": "record: per rate code: first and last ordinal, and the digest of these items",
    },
)
JOB_ITEMS_WITHDRAWN: Final = define_event(
    "job.items_withdrawn",
    2,
    "Items taken back by the client; nobody had begun them",
    {
        "rates": "record: per rate code: number of items, the SHA-256 of their ordinals as the text of a multirange "
        "(hex), and the first of these as [first, last] pairs, at most 100",
    },
)
JOB_REDUNDANCY_RAISED: Final = define_event(
    "job.redundancy_raised",
    1,
    "More answers wanted per item",
    {
        "from": "whole number: answers wanted per item before",
        "to": "whole number: answers wanted per item now",
        "tasks": "whole number: open tasks that get further seats",
        "version": "whole number: the job's version after the change",
    },
)
JOB_DUPLICATED: Final = define_event(
    "job.duplicated",
    1,
    "Job made as a copy of another",
    {"of": "job id: the other job's id", "items": "whole number: how many items copied"},
)
JOB_FUNDED: Final = define_event(
    "job.funded",
    1,
    "Money tied to a job",
    {"amount": "money: moved into the reserve", "journal": "journal id"},
)
JOB_PUBLISHED: Final = define_event(
    "job.published",
    1,
    "Job published: fees and items stand",
    {
        "rates": "record: per rate code: price, fee, number of items, and the digest of the items",
        "terms_digest": "digest: of caps, rates, schema and settlement terms",
    },
)
JOB_MOVED: Final = define_event(
    "job.moved",
    1,
    "Job changed its state",
    {"from": "text: state before", "to": "text: state after", "version": "whole number: after the move"},
)
MEDIA_PURGED: Final = define_event(
    "media.purged",
    1,
    "Media of a settled job purged after its retention",
    {
        "count": "whole number: how many images",
        "bytes": "whole number: their size together",
        "digest": "digest: of their SHA-256 one after the other, in the order of their ids",
        "rates": "record: per rate code: the ordinals of the job's items that named them, as a multirange",
    },
)
MEDIA_STORED: Final = define_event(
    "media.stored",
    2,
    "Image, sound or point cloud stored",
    {
        "sha256": "digest: of the bytes",
        "bytes": "whole number: their number",
        "content_type": "text: what they were found to be",
        "width": "whole number or null: pixels of an image, else null",
        "height": "whole number or null: pixels of an image, else null",
        "duration_ms": "whole number or null: of a sound in milliseconds, else null",
        "point_count": "whole number or null: of a point cloud, else null",
    },
)
BUSINESS_CALENDAR_ADDED: Final = define_event(
    "business_calendar.added",
    1,
    "A calendar of closed days was added",
    {
        "name": "text: its name, which begins with the country",
        "closed_days": "list of day: ascending",
        "source": "text",
    },
)
DEFERRAL_LIMIT_SET: Final = define_event(
    "deferral_limit.set",
    2,
    "The longest deferral of pay of a country's workers was set or ended",
    {
        "country": "text: ISO 3166 code",
        "length": "whole number or null: so many units after the day of acceptance; null when it ended",
        "unit": "text or null: days or months; null when it ended",
        "source": "text: why it was set",
        "statute": "text or null: the statute's name; null, as the three below, where none is named",
        "article": "text or null",
        "counted_from": "text or null: the moment from which the statute counts",
        "read_on": "day or null: when the statute was read",
    },
)
