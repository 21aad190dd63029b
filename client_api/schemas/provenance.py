from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Instant, MoneyField, PublicId, View
from marketplace.jobs.models import PRICE_VISIBILITIES
from marketplace.provenance.policy import PartKind
from marketplace.provenance.prices import PRICES, UNDER
from marketplace.settlement.extra_models import ALLOWANCE_KINDS, LAYER_KINDS
from marketplace.settlement.states import INSTALLMENT
from marketplace.work.states import ANSWER

KINDS = [kind.value for kind in PartKind]


class PaymentView(View):
    """One dated share of a part."""

    due_on = Day()
    amount = MoneyField()
    state = fields.String(validate=validate.OneOf(sorted(INSTALLMENT.states)))


class Paid(MoneyField):
    """What has arrived of a part; null of the fee and of hidden parts, whose payments are not shown."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        """The sum of the payments, where they are shown."""
        del attr, accessor, default
        return None if obj.part.kind in {PartKind.FEE, PartKind.HIDDEN} else obj.paid


class ChainPartView(View):
    """A part of the client price; `hidden` joins the neighbouring prices that the job's policy keeps from you."""

    kind = fields.String(attribute="part.kind.value", validate=validate.OneOf(KINDS))
    amount = MoneyField(attribute="part.amount", metadata={"description": "As planned, per accepted answer."})
    own = fields.Boolean(attribute="part.own", metadata={"description": "Whether it is yours."})
    layer = fields.Integer(attribute="part.layer", allow_none=True)
    contract_id = PublicId("contract", attribute="part.contract_id", allow_none=True)
    organization_id = PublicId("organization", attribute="part.organization_id", allow_none=True)
    buys = MoneyField(attribute="part.buys", allow_none=True)
    sells = MoneyField(attribute="part.sells", allow_none=True)
    includes_pay = fields.Boolean(
        attribute="part.includes_pay", metadata={"description": "Whether a hidden part holds the worker's pay too."}
    )
    shares_percent = fields.List(
        fields.Integer(),
        attribute="part.shares_percent",
        metadata={"description": "Of a hidden part: each share of the client price in whole percent, if shown."},
    )
    earned = MoneyField(metadata={"description": "Nothing until the answer is accepted."})
    paid = Paid(allow_none=True)
    payments = fields.List(fields.Nested(PaymentView))


class ExtraView(View):
    """What a worker is paid beside the price of answers: by the client's allowance, or by a layer."""

    id = PublicId("extra")
    kind = fields.String(validate=validate.OneOf([*ALLOWANCE_KINDS, *LAYER_KINDS]))
    job_id = PublicId("job")
    contract_id = PublicId("contract")
    claim_id = PublicId("claim", allow_none=True)
    amount = MoneyField(attribute="money")
    open = MoneyField(
        attribute="unpaid", metadata={"description": "What of it neither the layer nor the guarantee fund could pay."}
    )
    recourse = MoneyField(metadata={"description": "What the guarantee fund paid and the layer owes to it."})
    created_at = Instant()


class PriceOriginView(View):
    """Where a price of a chain comes from: who set it, when, and under which version."""

    price = fields.String(
        validate=validate.OneOf(PRICES),
        metadata={"description": "What a layer sells at is the `buying` price of the next one, or the pay."},
    )
    amount = MoneyField()
    under = fields.String(
        validate=validate.OneOf(UNDER),
        metadata={"description": "The job's publication, an accepted offer or amendment, or the opening of tasks."},
    )
    version = fields.Integer(metadata={"description": "Of the contract's prices: 1 is the offer."})
    set_at = Instant()
    set_by = PublicId(
        "organization",
        allow_none=True,
        metadata={"description": "Null for the platform, and for whom the job's policy does not show."},
    )
    agreed_at = Instant(allow_none=True)
    agreed_by = PublicId("organization", allow_none=True)
    layer = fields.Integer(allow_none=True, metadata={"description": "Which layer buys at it, or opened the tasks."})
    contract_id = PublicId("contract", allow_none=True)
    amendment_id = PublicId("amendment", allow_none=True)


class PriceChainView(View):
    """One answer's price, from the client to the worker; the parts sum to the client price."""

    answer_id = PublicId("answer")
    item_id = PublicId("item")
    job_id = PublicId("job")
    rate = fields.String(attribute="rate_code")
    state = fields.String(validate=validate.OneOf(sorted(ANSWER.states)))
    price_visibility = fields.String(attribute="policy", validate=validate.OneOf(PRICE_VISIBILITIES))
    client_price = MoneyField()
    parts = fields.List(fields.Nested(ChainPartView))
    origins = fields.List(
        fields.Nested(PriceOriginView),
        metadata={"description": "Who set the prices that you may know, from the client's down to the worker's pay."},
    )
    extras = fields.List(
        fields.Nested(ExtraView),
        metadata={"description": "Paid for the same claim beside the price of its answers, as far as you pay it."},
    )


class ExtrasQuery(ListQuery):
    """Filters of the list of extras."""

    job_id = PublicId("job")


class PriceChainsView(View):
    """The price chains of an item's answers, the oldest first."""

    data = fields.List(fields.Nested(PriceChainView))


class MarginLineView(View):
    """One part of all accepted answers together."""

    kind = fields.String(attribute="part.kind.value", validate=validate.OneOf(KINDS))
    layer = fields.Integer(attribute="part.layer", allow_none=True)
    contract_id = PublicId("contract", attribute="part.contract_id", allow_none=True)
    organization_id = PublicId("organization", attribute="part.organization_id", allow_none=True)
    includes_pay = fields.Boolean(attribute="part.includes_pay")
    amount = MoneyField()
    answers = fields.Integer()


class JobMarginsView(View):
    """Where the money of a job's accepted answers went; the lines sum to the total."""

    job_id = PublicId("job")
    price_visibility = fields.String(attribute="policy", validate=validate.OneOf(PRICE_VISIBILITIES))
    answers = fields.Integer()
    total = MoneyField()
    lines = fields.List(fields.Nested(MarginLineView))


class RateMarginView(View):
    """One pair of prices of a contract."""

    rate = fields.String(attribute="rate_code")
    buys = MoneyField()
    sells = MoneyField()
    margin = MoneyField()
    answers = fields.Integer(metadata={"description": "Accepted so far."})
    earned = MoneyField()


class ContractMarginView(View):
    """What a contract's seller earns by it."""

    contract_id = PublicId("contract")
    earned = MoneyField()
    paid = MoneyField()
    rates = fields.List(fields.Nested(RateMarginView))
    by_state = fields.Dict(
        keys=fields.String(), values=MoneyField(), metadata={"description": "Installments by their state."}
    )


def _share(of: str) -> fields.Float:
    return fields.Float(allow_none=True, metadata={"description": f"0 to 1, of {of}; null where there are none."})


class ScorecardWindowView(View):
    """Counts and shares of the last days of market time; nobody's prices."""

    days = fields.Integer()
    answers_decided = fields.Integer(metadata={"description": "Of claims decided in the window, as they stand now."})
    accepted_first = fields.Integer(metadata={"description": "Accepted at the first attempt."})
    accepted_first_share = _share("the answers decided")
    accepted_later = fields.Integer(metadata={"description": "Accepted after a redo."})
    redone = fields.Integer(metadata={"description": "Sent back at least once."})
    redone_share = _share("the answers decided")
    paid_not_used = fields.Integer()
    rejected = fields.Integer(metadata={"description": "Stand rejected, lapsed redos among them."})
    rejected_share = _share("the answers decided")
    overturned = fields.Integer(metadata={"description": "Rejected, and paid after a dispute."})
    overturned_share = _share("the answers decided")
    submitted_after_seconds = fields.Integer(
        allow_none=True, metadata={"description": "Median from the opening of tasks to the submission."}
    )
    claims_ended = fields.Integer(metadata={"description": "By a decision or by time."})
    claims_expired = fields.Integer()
    claims_expired_share = _share("the claims that ended")
    disputes_decided = fields.Integer()
    disputes_lost = fields.Integer(metadata={"description": "Decided for the worker."})
    disputes_lost_share = _share("the disputes decided")
    payments = fields.Integer(metadata={"description": "Workers' shares of answers that were paid."})
    days_to_pay_average = fields.Float(
        allow_none=True, metadata={"description": "From the day of acceptance to the day of payment."}
    )
    days_to_pay_most = fields.Integer(allow_none=True)


class ScorecardView(View):
    """How work went at and below a contract, or at and below all that an organization sold."""

    data = fields.List(fields.Nested(ScorecardWindowView), metadata={"description": "The shortest window first."})
