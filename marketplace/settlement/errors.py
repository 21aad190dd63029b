"""What this package refuses."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

MARGIN_SHORT: Final = define(
    "margin_short",
    ErrorKind.UNFUNDED,
    "The layer has no margin left for this",
    "A redo beyond the limit is paid by the layer that asks for it, out of its own margin of that contract which is "
    "due or scheduled; a layer with no margin left may not ask for one.",
)
EXTRA_DIFFERS: Final = define(
    "extra_differs",
    ErrorKind.STATE,
    "Paid before, and differently",
    "The same extra was paid before with another amount, kind or worker; it is paid once.",
)
ADVANCE_IMPOSSIBLE: Final = define(
    "advance_impossible",
    ErrorKind.STATE,
    say("This cannot be taken early"),
    say(
        "A worker may take early what is accrued and not due yet, of which at least one minor unit would arrive, "
        "and with a payout method set. Without it, everything is paid on its day for free."
    ),
)
ADVANCE_FEE_DIFFERS: Final = define(
    "advance_fee_differs",
    ErrorKind.STATE,
    say("The fee is another one by now"),
    say(
        "Taking pay early costs exactly the fee that the worker confirms. The amount has grown or the operator's "
        "fee has changed since the offer was read; read it again. Nothing was taken."
    ),
)
INSPECTION_OVER: Final = define(
    "inspection_over",
    ErrorKind.STATE,
    "The time to claim its quality is over",
    "The quality of an answer can be claimed for as many days after its acceptance as the job says "
    "(inspection_days); from then on its margins fall due.",
)
QUALITY_CLAIM_EXISTS: Final = define(
    "quality_claim_exists",
    ErrorKind.STATE,
    "This was claimed before",
    "One claim at a time is about an answer, none after one that was upheld, and whoever lost one makes no second.",
)
QUALITY_CLAIM_IMPOSSIBLE: Final = define(
    "quality_claim_impossible",
    ErrorKind.STATE,
    "Nobody can claim this",
    "A quality claim is made by the client or a layer above, about answers accepted by others than its own reviewers, "
    "against a layer that vouched for them: the one whose reviewer accepted, else the one that opened the task.",
)
QUALITY_CLAIM_PARTY: Final = define(
    "quality_claim_party",
    ErrorKind.FORBIDDEN,
    "You are a party to this",
    "Operations decide on what is contested between others: nobody who belongs to a side of the work, answered or "
    "reviewed it, or wrote in the claim (rule 14).",
)
MIRROR_IMPOSSIBLE: Final = define(
    "mirror_impossible",
    ErrorKind.STATE,
    "This acceptance cannot be mirrored",
    "An acceptance is mirrored only before any of it is due, taken early, held, taken by an extra or claimed for its "
    "quality, whole, and while every answer of it is accepted.",
)
OWN_MONEY_TWO_PEOPLE: Final = define(
    "own_money_two_people",
    ErrorKind.FORBIDDEN,
    "Two people move the platform's own money",
    "One person of finance proposes it and another approves it, and neither gives up what an organization of theirs "
    "owes. Capital alone can be booked by command without either, "
    "before the platform has anybody of finance.",
)
OWN_MONEY_CHANGED: Final = define(
    "own_money_changed",
    ErrorKind.STATE,
    "More is owed by now",
    "What the second person approves to be given up is what the first one proposed, or less. Give this proposal up and "
    "propose it again.",
)
MIRROR_BY_ANOTHER: Final = define(
    "mirror_by_another",
    ErrorKind.FORBIDDEN,
    "Another person decides",
    "Nobody decides on the mirror that they proposed, and nobody proposes or decides one of work in which they or "
    "their organization had a part.",
)
HOLD_TOO_LONG: Final = define(
    "hold_too_long",
    ErrorKind.STATE,
    "This would hold a worker's pay for too long",
    "All holds of one worker's pay together take at most HOLD_WORKER_DAYS_MAX days in any 90 days.",
)
HOLD_BY_OTHERS: Final = define(
    "hold_by_others",
    ErrorKind.FORBIDDEN,
    "Others must decide on this",
    "Nobody holds or releases what is due to them or to their organization, one person alone holds a worker's pay for "
    "a week of any 90 days, and who asked for a longer hold does not confirm it.",
)
