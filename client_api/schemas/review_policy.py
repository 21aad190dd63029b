"""What of a job's answers is reviewed, as it is asked for and answered."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, View, whole
from marketplace.jobs.review_policy import EVERY_MAX, MODES, ReviewPolicy

_REVIEW = ReviewPolicy()


class ReviewPolicyInput(Input):
    """What of the answers is reviewed, and how; what is left out has its default."""

    mode = fields.String(
        load_default=_REVIEW.mode,
        validate=validate.OneOf(MODES),
        metadata={"description": "`all`, or `sample`: what is not drawn is accepted at once, and says so."},
    )
    first_every = whole(
        1,
        EVERY_MAX,
        load_default=_REVIEW.first_every,
        metadata={"description": "One of so many of a worker's first answers in the job is drawn."},
    )
    first_count = whole(
        0, 1_000_000, load_default=_REVIEW.first_count, metadata={"description": "How many answers are the first."}
    )
    then_every = whole(
        1, EVERY_MAX, load_default=_REVIEW.then_every, metadata={"description": "One of so many is drawn after them."}
    )
    label_every = whole(
        1, EVERY_MAX, load_default=_REVIEW.label_every, metadata={"description": "Of each label one of so many."}
    )
    floor_ppm = whole(
        0,
        1_000_000,
        load_default=_REVIEW.floor_ppm,
        metadata={"description": "Never fewer than so many parts per million of a worker's answers."},
    )
    agreement_min_ppm = whole(
        0,
        1_000_000,
        load_default=_REVIEW.agreement_min_ppm,
        metadata={"description": "Answers to an item that agree less than this are always reviewed; 0: none for that."},
    )
    blind = fields.Boolean(
        load_default=_REVIEW.blind,
        truthy={True},
        falsy={False},
        metadata={"description": "Reviewers see neither other verdicts nor agreement before they decide."},
    )


class ReviewPolicyView(View):
    """What of the answers is reviewed, and how."""

    mode = fields.String(validate=validate.OneOf(MODES))
    first_every = fields.Integer()
    first_count = fields.Integer()
    then_every = fields.Integer()
    label_every = fields.Integer()
    floor_ppm = fields.Integer()
    agreement_min_ppm = fields.Integer()
    blind = fields.Boolean()
