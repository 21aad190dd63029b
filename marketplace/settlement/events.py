"""Audit kinds: what acceptance and time do to what people are owed."""

from typing import Final

from marketplace.audit.events import define_event

_ANSWERS: Final = "list; public ids of the answers, ascending"

CLAIM_ACCEPTED: Final = define_event(
    "claim.accepted",
    1,
    "Answers of a claim accepted; what they earn is booked",
    {
        "job": "text; public id",
        "answers": _ANSWERS,
        "paid_not_used": "list; public ids of those among the answers that are paid but not used",
        "accepted_on": "text; market day, YYYY-MM-DD",
        "journal": "text; public id of the journal that moved the reserve",
    },
)
CLAIM_REDO_REQUESTED: Final = define_event(
    "claim.redo_requested",
    1,
    "Answers of a claim sent back to be redone",
    {"job": "text; public id", "answers": _ANSWERS},
)
CLAIM_REJECTED: Final = define_event(
    "claim.rejected",
    1,
    "Answers of a claim rejected; contestable until final",
    {"job": "text; public id", "answers": _ANSWERS},
)
REJECTION_FINAL: Final = define_event(
    "claim.rejection_final",
    1,
    "Rejections that became final; their reserve is free again",
    {"job": "text; public id", "answers": _ANSWERS},
)
INSTALLMENT_DUE: Final = define_event(
    "installment.due",
    1,
    "An installment fell due",
    {
        "payee": "text; public id of a person or an organization",
        "contract": "text; public id",
        "due_on": "text; market day, YYYY-MM-DD",
        "amount": "money",
        "journal": "text; public id",
    },
)
INSTALLMENT_HELD: Final = define_event(
    "installment.held",
    1,
    "An installment is held, with its reason",
    {"payee": "text; public id", "amount": "money", "reason": "text; a short code", "journal": "text; public id"},
)
INSTALLMENT_RELEASED: Final = define_event(
    "installment.released",
    1,
    "A held installment is due again",
    {
        "payee": "text; public id",
        "amount": "money",
        "reason": "text; the hold that ended",
        "journal": "text; public id",
    },
)
