"""Audit kinds: what acceptance and time do to what people are owed."""

from typing import Final

from marketplace.audit.events import define_event

EARNINGS_BOOKED: Final = define_event(
    "earnings.booked",
    1,
    "What accepted answers earn was booked and dated",
    {
        "job": "job id",
        "claim": "claim id",
        "answers": "list of answer id: the answers that are paid, ascending",
        "accepted_on": "day: market day",
    },
)
EARNINGS_BOOKED_TOGETHER: Final = define_event(
    "earnings.booked_together",
    1,
    "What accepted answers of many claims of one batch earn was booked and dated",
    {
        "job": "job id",
        "batch": "batch id",
        "claim_count": "whole number",
        "answer_count": "whole number",
        "digest": "digest: over the ids of the answers, ascending, 16 bytes each",
        "accepted_on": "day: market day",
    },
)
INSTALLMENT_DUE: Final = define_event(
    "installment.due",
    1,
    "An installment fell due",
    {
        "payee": "id: a person or an organization",
        "contract": "contract id",
        "due_on": "day: market day",
        "amount": "money",
    },
)
INSTALLMENT_HELD: Final = define_event(
    "installment.held",
    1,
    "An installment is held, with its reason",
    {"payee": "id", "amount": "money", "reason": "text: a short code", "journal": "journal id"},
)
INSTALLMENT_RELEASED: Final = define_event(
    "installment.released",
    1,
    "A held installment is due again",
    {
        "payee": "id",
        "amount": "money",
        "reason": "text: the hold that ended",
        "journal": "journal id",
    },
)
INSTALLMENT_KEPT: Final = define_event(
    "installment.kept",
    1,
    "A margin came back to the client, or to the guarantee fund, which had taken a layer's contract over",
    {"payee": "id", "amount": "money", "reason": "text: taken_over", "journal": "journal id"},
)
PAY_HOLD_PLACED: Final = define_event(
    "pay_hold.placed",
    1,
    "Finance holds what is due to a payee, and what falls due meanwhile, for a time",
    {
        "payee": "id: a person or an organization",
        "installments": "whole number or null: how many are held; null is everything",
        "digest": "digest or null: over the ids of these installments, ascending, 16 bytes each",
        "ends_on": "day or null: market day on which it ends; null is when it is released",
        "asked_until": "day or null: when it ends once another person confirms it",
        "reason_commitment": "commitment",
    },
)
PAY_HOLD_CONFIRMED: Final = define_event(
    "pay_hold.confirmed",
    1,
    "Another person confirmed a hold of a worker's pay for longer than one person alone may",
    {"payee": "id", "ends_on": "day: market day on which it ends"},
)
PAY_HOLD_RELEASED: Final = define_event(
    "pay_hold.released",
    1,
    "A hold of finance was ended early; what it held falls due again",
    {"payee": "id", "reason_commitment": "commitment"},
)
DORMANCY_NOTICED: Final = define_event(
    "installment.dormancy_noticed",
    1,
    "A payee was told that what is held for them will count as unclaimed",
    {
        "payee": "id",
        "amount": "money",
        "reason": "text: why it is held",
        "unclaimed_on": "day: market day, not before which it is set apart",
    },
)
INSTALLMENT_UNCLAIMED: Final = define_event(
    "installment.unclaimed",
    1,
    "What was held for years is set apart as unclaimed; it stays the payee's",
    {
        "payee": "id",
        "amount": "money",
        "reason": "text: why it was held",
        "journal": "journal id",
    },
)
INSTALLMENT_ADVANCED: Final = define_event(
    "installment.advanced",
    1,
    "A worker took an installment early",
    {
        "contract": "contract id",
        "due_on": "day: market day, on which it would have come for free",
        "amount": "money",
        "fee": "money: accepted by the worker, taken only by a payout that is prepared before that day and arrives",
        "journal": "journal id",
    },
)
EXTRA_BOOKED: Final = define_event(
    "extra.booked",
    1,
    "A worker is owed something beside the price of answers",
    {
        "extra_kind": "text: gold, bonus, recovery (from the job's allowance), redo_fee, wage_top_up (from a layer)",
        "job": "job id",
        "contract": "contract id",
        "claim": "claim id or null",
        "worker": "person id",
        "amount": "money",
    },
)
EXTRA_PAID: Final = define_event(
    "extra.paid",
    1,
    "A layer, or the guarantee fund in its place, paid a worker at once",
    {"extra": "extra id", "worker": "person id", "amount": "money"},
)
RECOURSE_WRITTEN_OFF: Final = define_event(
    "extra.recourse_written_off",
    2,
    "What a layer owed to the guarantee fund was written off; the platform made the fund whole",
    {"extra": "extra id", "organization": "organization id", "amount": "money", "reason_commitment": "commitment"},
)
RECOURSE_COLLECTED: Final = define_event(
    "extra.recourse_collected",
    1,
    "A layer's margin paid back what the guarantee fund gave in its place",
    {"extra": "extra id", "organization": "organization id", "amount": "money"},
)
