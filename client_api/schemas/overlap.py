from __future__ import annotations

from marshmallow import fields

from client_api.schemas.fields import Input, View, whole
from marketplace.jobs.overlap import ANSWERS_MAX, WAIT_SECONDS, WAIT_SECONDS_MAX


class OverlapInput(Input):
    """Items stop early where their answers agree, and get one more at a time where they do not.

    `redundancy` is the first number of answers; the cost counts `answers_max`, and what stops early is free again.
    """

    answers_max = whole(2, ANSWERS_MAX, required=True, metadata={"description": "At most so many answers an item."})
    agreement_min_ppm = whole(
        0,
        1_000_000,
        required=True,
        metadata={
            "description": "Accepted answers agree when their mean agreement is at least this, in parts per million."
        },
    )
    posterior_min_ppm = whole(
        0,
        1_000_000,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "They agree also when the most frequent choice is as likely as this to be right, if each "
            "worker is right 4 times of 5 and all else is equally likely; for kinds whose answers are a choice."
        },
    )
    wait_seconds = whole(
        0,
        WAIT_SECONDS_MAX,
        load_default=WAIT_SECONDS,
        metadata={"description": "Items that want one more answer are gathered into tasks at the latest after this."},
    )


class OverlapView(View):
    """Items stop early where their answers agree, and get one more at a time where they do not."""

    answers_max = fields.Integer()
    agreement_min_ppm = fields.Integer()
    posterior_min_ppm = fields.Integer(allow_none=True)
    wait_seconds = fields.Integer()
