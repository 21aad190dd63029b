"""Lines that no reference explains, what they were taken for, and how much is explained, on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Day, Input, Instant, PublicId, SignedMoneyField, View
from client_api.schemas.treasury import REASON_MAX
from marketplace.reconciliation.by_hand import PAYOUTS_MAX
from marketplace.reconciliation.measuring import DAYS, DAYS_MAX, TIMELY_DAYS
from marketplace.reconciliation.queries import DISCREPANCIES
from marketplace.reconciliation.states import KINDS, LINE_MATCH, WAYS, WHY

_REASON = validate.Length(1, REASON_MAX)
_PPM = "in millionths, rounded down; null where there is none"


class LineMatchInput(Input):
    """What a line on 2900 was."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    reason = fields.String(required=True, validate=_REASON)
    payout_ids = fields.List(
        PublicId("payout"),
        validate=validate.Length(1, PAYOUTS_MAX),
        metadata={"description": "Of `payouts`: those that it paid, which sum to it exactly."},
    )
    organization_id = PublicId("organization", metadata={"description": "Of a `deposit`: the client whose it is."})
    deposit_id = PublicId("deposit", metadata={"description": "Of a `refund`: the deposit that was given back."})


class UndoInput(Input):
    """Why a match is not right."""

    reason = fields.String(required=True, validate=_REASON)


class OwnerInput(Input):
    """Who looks after a line."""

    owner_id = PublicId("person", required=True)


class LineMatchQuery(ListQuery):
    """Filters of the list."""

    state = fields.String(validate=validate.OneOf(sorted(LINE_MATCH.states)))
    line_id = PublicId("external_line")


class LineMatchView(View):
    """What a line without a reference was taken for, by itself or by people; undone it stays here."""

    id = PublicId("line_match")
    line_id = PublicId("external_line")
    way = fields.String(validate=validate.OneOf(WAYS))
    kind = fields.String(validate=validate.OneOf(KINDS))
    state = fields.String(validate=validate.OneOf(sorted(LINE_MATCH.states)))
    amount = SignedMoneyField(attribute="money", metadata={"description": "The line's: positive came in."})
    payout_ids = fields.List(PublicId("payout"))
    reason = fields.String()
    proposed_by = PublicId("person", allow_none=True, metadata={"description": "Null where nobody had to say so."})
    proposed_at = Instant()
    decided_by = PublicId("person", allow_none=True)
    decided_at = Instant(allow_none=True)
    journal_id = PublicId("journal", allow_none=True, metadata={"description": "Of payouts each has its own."})
    undo_reason = fields.String(allow_none=True)
    undo_asked_by = PublicId("person", allow_none=True)
    undo_asked_at = Instant(allow_none=True)
    undone_by = PublicId("person", allow_none=True)
    undone_at = Instant(allow_none=True)


class DiscrepancyView(View):
    """One thing that only one side knows: a line that no journal says, or a journal that no line confirms."""

    kind = fields.String(validate=validate.OneOf(DISCREPANCIES))
    rail = fields.String()
    amount = SignedMoneyField(metadata={"description": "Moved at the rail: positive came in, below nothing went out."})
    since = Instant(metadata={"description": "Market time of a line, real time of a journal."})
    line_id = PublicId("external_line", allow_none=True)
    journal_id = PublicId("journal", allow_none=True)
    reference = fields.String(allow_none=True, metadata={"description": "The rail's or the bank's own."})
    payout_id = PublicId(
        "payout", allow_none=True, metadata={"description": "That the line paid, though it counts as refused."}
    )
    why = fields.String(
        allow_none=True, validate=validate.OneOf(WHY), metadata={"description": "Why nothing explained the line."}
    )
    owner_id = PublicId("person", allow_none=True, metadata={"description": "Who of finance looks after it."})


class DiscrepanciesView(View):
    """Lines first, the oldest first of each."""

    data = fields.List(fields.Nested(DiscrepancyView))


class ReconciliationDaysQuery(Input):
    """Which days."""

    first = Day(metadata={"description": f"The first day, UTC; {DAYS} days unless given."})
    last = Day(metadata={"description": f"The last, at most {DAYS_MAX} days; today unless given."})


class ReconciliationDayView(View):
    """Of one day and one account, a rail's or the bank's in a currency: what there was to explain, and was."""

    day = Day()
    rail = fields.String()
    currency = fields.String()
    lines = fields.Integer()
    cleared = fields.Integer(metadata={"description": "Lines that are explained."})
    timely = fields.Integer(metadata={"description": f"Lines that were explained within {TIMELY_DAYS} days."})
    statements = fields.Integer(metadata={"description": "Statements of the bank that closed that day."})
    sound = fields.Integer(metadata={"description": "Of these, those that follow the one before and add up."})
    clearing_ppm = fields.Integer(allow_none=True, metadata={"description": f"Cleared of all lines, {_PPM}."})
    timeliness_ppm = fields.Integer(allow_none=True, metadata={"description": f"Timely of all lines, {_PPM}."})
    completeness_ppm = fields.Integer(allow_none=True, metadata={"description": f"Sound of all statements, {_PPM}."})


class ReconciliationDaysView(View):
    """The days, the newest first."""

    data = fields.List(fields.Nested(ReconciliationDayView))
