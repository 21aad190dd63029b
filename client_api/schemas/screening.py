"""Which workers a job is for."""

from marshmallow import fields, validate

from client_api.schemas.fields import Input, PublicId, View, whole
from marketplace.jobs.screening import COUNTRIES_MAX, LANGUAGES_MAX, SCORE_UNKNOWN, SKILLS_MAX


class ScreeningInput(Input):
    """Which workers find and claim the tasks; an empty list asks for nothing."""

    countries = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.Length(max=COUNTRIES_MAX),
        metadata={"description": "ISO 3166, two letters: the worker lives in one of them.", "example": ["DE", "KE"]},
    )
    languages = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.Length(max=LANGUAGES_MAX),
        metadata={"description": "BCP 47, two letters: the worker knows every one of them.", "example": ["en"]},
    )
    skills = fields.List(
        PublicId("skill"),
        load_default=list,
        validate=validate.Length(max=SKILLS_MAX),
        metadata={"description": "Skills of your organization: the worker has every one of them, granted and live."},
    )
    score_min = whole(
        1,
        100,
        allow_none=True,
        load_default=None,
        metadata={"description": "The least score, of 100, at the job's kind of labeling; null asks for none."},
    )
    score_unknown = fields.String(
        load_default="admit",
        validate=validate.OneOf(SCORE_UNKNOWN),
        metadata={
            "description": "Whether workers are admitted or refused whose score is not known: as everybody's is "
            "before their first answers, and when they have not worked at this kind for long."
        },
    )


class ScreeningView(View):
    """Which workers find and claim the tasks; an empty list asks for nothing."""

    countries = fields.List(fields.String(), metadata={"description": "The worker lives in one of them."})
    languages = fields.List(fields.String(), metadata={"description": "The worker knows every one of them."})
    skills = fields.List(PublicId("skill"), metadata={"description": "Of the client; the worker has every one."})
    skill_names = fields.List(fields.String(), metadata={"description": "In the order of `skills`."})
    score_min = fields.Integer(
        allow_none=True, metadata={"description": "The worker's least score, of 100, at this kind of labeling."}
    )
    score_unknown = fields.String(
        validate=validate.OneOf(SCORE_UNKNOWN), metadata={"description": "What becomes of those without a known score."}
    )
