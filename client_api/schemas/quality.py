"""How good the answers of a job are."""

from __future__ import annotations

from marshmallow import fields

from client_api.schemas.fields import Instant, PublicId, View


class QualityCountsView(View):
    """Answers counted together."""

    answers = fields.Integer(metadata={"description": "Submitted; of a label those accepted."})
    accepted = fields.Integer(metadata={"description": "Or paid and not used."})
    redone = fields.Integer(metadata={"description": "Sent back at least once."})
    rejected = fields.Integer()
    acceptance_rate = fields.Float(allow_none=True, metadata={"description": "Accepted of those accepted or rejected."})
    compared = fields.Integer(
        metadata={"description": "Accepted answers whose item has a consensus of two answers or more."}
    )
    agreement = fields.Float(allow_none=True, metadata={"description": "Of these with the consensus, on average."})


class QualityAlphaView(QualityCountsView):
    """Answers counted together, with how far they agree beyond chance."""

    alpha = fields.Float(
        allow_none=True,
        metadata={"description": "Krippendorff's: 1 is full agreement, 0 is chance; null where it says nothing."},
    )
    alpha_low = fields.Float(allow_none=True, metadata={"description": "Of its 95 % bootstrap interval."})
    alpha_high = fields.Float(allow_none=True, metadata={"description": "Of its 95 % bootstrap interval."})
    alpha_items = fields.Integer(metadata={"description": "Items with two answers or more."})


class QualityContractView(QualityAlphaView):
    """What came of a contract, with all that was passed on below it."""

    contract_id = PublicId("contract")


class QualityLabelView(QualityAlphaView):
    """What was labelled so; alpha is of this label against all others."""

    label = fields.String()


class QualityWorkerView(QualityCountsView):
    """What a worker did."""

    worker = fields.String(metadata={"description": "The pseudonym that exports of the job give the worker."})


class QualityConfusionView(View):
    """How many answers gave a label where the consensus is this one."""

    given = fields.String()
    consensus = fields.String(attribute="together")
    answers = fields.Integer()


class QualityView(View):
    """How good the answers of a job are, as far as you may see: a layer sees its own contracts."""

    computed_at = Instant(allow_none=True, metadata={"description": "Real time; null before the first report."})
    job = fields.Nested(QualityAlphaView, allow_none=True, metadata={"description": "Null for a layer."})
    contracts = fields.List(fields.Nested(QualityContractView))
    labels = fields.List(fields.Nested(QualityLabelView))
    workers = fields.List(fields.Nested(QualityWorkerView), metadata={"description": "At most 500, the busiest."})
    confusion = fields.List(fields.Nested(QualityConfusionView), metadata={"description": "The most frequent 1,000."})
