"""What the log says of the protection of workers: exposure, pauses, notice."""

from typing import Final

from marketplace.audit.events import define_event

EXPOSURE_CONSENT: Final = define_event(
    "exposure.consent",
    1,
    "A worker agreed, or no longer agrees, to see content of one severity",
    {"severity": "whole number: 3 to 5", "given": "boolean"},
)
EXPOSURE_LIMITS: Final = define_event(
    "exposure.limits",
    2,
    "A worker set daily limits of their own for hard content",
    {
        "items_max": "whole number or null: null for the platform's limit",
        "minutes_max": "whole number or null: null for the platform's limit",
        "time_zone_commitment": "commitment or null: to the name of the zone of the worker's day, null for UTC",
    },
)
BATCH_PAUSED: Final = define_event(
    "batch.paused",
    1,
    "A batch stands still to protect its workers",
    {
        "job": "job id",
        "opener": "organization id: which opened it",
        "reason": "text: wage_floor or recovery_unfunded",
        "country": "text or null: ISO 3166 code of the wage floor",
        "words": "text: what was found, and what the opener can do",
    },
)
BATCH_PAUSE_ENDED: Final = define_event(
    "batch.pause_ended",
    1,
    "A batch can be claimed from again, as far as its job and contracts let it",
    {
        "job": "job id",
        "opener": "organization id: which opened it",
        "reason": "text: wage_floor or recovery_unfunded",
        "country": "text or null: ISO 3166 code of the wage floor",
    },
)
RATE_NOTICE_GIVEN: Final = define_event(
    "tasks.notice_given",
    2,
    "Workers were given notice of a lower pay for items with pre-labels",
    {
        "job": "job id",
        "pay": "money: for an accepted answer, then",
        "reason_commitment": "commitment",
        "effective_at": "moment: fourteen days on",
    },
)
