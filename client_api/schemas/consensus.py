"""How answers are made into one, and what they say together."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.schemas.fields import Input, Instant, PublicId, View
from marketplace.jobs.consensus import METHODS, ConsensusPolicy

_METHOD = (
    "`majority`: each answer weighs the same. `weighted`: as much as its worker agrees with the majority in the job. "
    "`dawid_skene_one_coin`, `dawid_skene`: by a model of how often each worker is right, or of which label they give "
    "for which; for answers that are one choice."
)


class ConsensusPolicyInput(Input):
    """How the accepted answers to an item are made into one."""

    method = fields.String(
        load_default=ConsensusPolicy().method,
        validate=validate.OneOf(METHODS),
        metadata={"description": _METHOD},
    )


class ConsensusPolicyView(View):
    """How the accepted answers to an item are made into one."""

    method = fields.String(validate=validate.OneOf(METHODS), metadata={"description": _METHOD})


class ConsensusAnswerView(View):
    """One of the answers a consensus is made of."""

    answer_id = PublicId("answer")
    weight = fields.Float(metadata={"description": "What it weighs."})
    agreement = fields.Float(allow_none=True, metadata={"description": "With the value, 0 to 1; null without a value."})


class ItemConsensusView(View):
    """What the accepted answers to an item say together."""

    item_id = PublicId("item")
    external_id = fields.String()
    rate = fields.String(attribute="rate_code")
    ordinal = fields.Integer()
    value = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata={
            "description": "As an answer of the job's kind; null where no side won. Of boxes, texts and the like it is "
            "the answer closest to the others."
        },
    )
    confidence = fields.Float(
        allow_none=True,
        metadata={
            "description": "0 to 1: the share of the weight or the probability of the value, or how well the others "
            "agree with it; null for a single answer without a model, and for what a third person decided."
        },
    )
    agreement = fields.Float(
        allow_none=True, metadata={"description": "Of the answers with one another, 0 to 1; null for a single answer."}
    )
    method = fields.String(
        validate=validate.OneOf((*METHODS, "adjudicated")),
        metadata={"description": "How it was found; `majority` also while there is too little to learn from."},
    )
    answers = fields.List(fields.Nested(ConsensusAnswerView))
    guideline_version = fields.Integer(metadata={"description": "The newest that one of the answers was given under."})
    model_version = fields.Integer(
        allow_none=True, metadata={"description": "Which fit of the method's model found it."}
    )
    version = fields.Integer(metadata={"description": "Grows with each change."})
    computed_at = Instant(metadata={"description": "When it last changed."})
