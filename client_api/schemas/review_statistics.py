"""How reviewers decide, as it is asked for and answered."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, PublicId, View
from marketplace.work.review_statistics import DAYS_DEFAULT, DAYS_MAX


class StatisticsQuery(Input):
    """How far back."""

    days = fields.Integer(
        load_default=DAYS_DEFAULT,
        validate=validate.Range(1, DAYS_MAX),
        metadata={"description": "Verdicts of the last days."},
    )


class ReviewerStatisticsView(View):
    """What one reviewer decided; counts of answers."""

    person_id = PublicId("person")
    name = fields.String()
    organization_id = PublicId("organization")
    decided = fields.Integer()
    accepted = fields.Integer()
    corrected = fields.Integer(metadata={"description": "Accepted with a corrected copy."})
    redo = fields.Integer()
    rejected = fields.Integer()
    paid_not_used = fields.Integer()
    rejected_share = fields.Float(metadata={"description": "Of what was decided, 0 to 1."})
    contested = fields.Integer(metadata={"description": "Verdicts whose dispute was decided."})
    overturned = fields.Integer(metadata={"description": "Of these, those the worker won, also after an appeal."})
    overturned_share = fields.Float(allow_none=True)
    median_seconds = fields.Integer(metadata={"description": "From submission to verdict."})


class StatisticsView(View):
    """Reviewers, most verdicts first."""

    data = fields.List(fields.Nested(ReviewerStatisticsView))
