"""The allowed moves of tasks, seats, claims, answers and disputes."""

from typing import Final

from marketplace.kernel.states import StateMachine

BATCH: Final = StateMachine("batch", {"open": {"withdrawn", "done"}, "withdrawn": {"done"}}, initial="open")

TASK: Final = StateMachine("task", {"open": {"full", "withdrawn", "done"}, "full": {"open", "done"}}, initial="open")
"""`full` is read from the seats and never stored; a seat that is freed opens its task again."""

SEAT: Final = StateMachine(
    "seat", {"open": {"claimed", "withdrawn"}, "claimed": {"open", "done", "withdrawn"}}, initial="open"
)

CLAIM: Final = StateMachine(
    "claim",
    {
        "claimed": {"submitted", "decided", "returned", "expired", "released"},
        "submitted": {"decided", "claimed"},
        "expired": {"claimed"},
    },
    initial="claimed",
)
"""An expired claim can be taken up again for a while (`work.late`). A redo turns a submitted claim back to claimed,
with the next attempt and a new lease; a redo that lapses turns it to submitted, or to decided when nothing else of it
waits."""

ANSWER: Final = StateMachine(
    "answer",
    {
        "submitted": {"accepted", "redo_requested", "rejected", "paid_not_used", "held", "lapsed"},
        "held": {"accepted", "redo_requested", "rejected"},
        "redo_requested": {"submitted", "lapsed"},
        "rejected": {"accepted_on_appeal", "rejection_final"},
        "lapsed": {"accepted_on_appeal", "rejection_final"},
        "rejection_final": {"paid_not_used"},
        "accepted": {"accepted_in_error"},
    },
    initial="submitted",
)
"""Answers that came when their seat was gone lapse as they are submitted (`work.late_keeping`).
Whoever wants to read what was finally rejected turns it to paid and not used (rule 7). What was accepted in error is
mirrored: the worker keeps the pay, and the client, who pays nothing, reads none of it."""

DISPUTE: Final = StateMachine(
    "dispute", {"open": {"answered", "overturned"}, "answered": {"upheld", "overturned"}}, initial="open"
)

APPEAL: Final = StateMachine("appeal", {"open": {"granted", "dismissed"}}, initial="open")

LIVE_CLAIM: Final = frozenset({"claimed", "submitted"})
"""States in which the worker still has something to do or to wait for."""

HOLDING_CLAIM: Final = frozenset({"claimed", "submitted", "decided"})
"""States in which a claim keeps its seat and keeps its worker from another seat of the task."""

PAID_ANSWER: Final = frozenset({"accepted", "paid_not_used", "accepted_on_appeal"})
"""Answers that are paid for; only their content may be shown or exported to the client (rule 7)."""

EARNED_ANSWER: Final = PAID_ANSWER | {"accepted_in_error"}
"""Answers whose worker is paid, though of some the client pays nothing."""

FINAL_ANSWER: Final = EARNED_ANSWER | {"rejection_final"}
"""Answers whose share of the reserve is no longer committed."""

CONTESTABLE_ANSWER: Final = frozenset({"rejected", "lapsed"})
