"""The refusals of rails."""

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

RAIL_UNKNOWN = define(
    "rail_unknown",
    ErrorKind.INVALID,
    say("No such rail"),
    say("Money moves here over the rails that the operator has set up; this is not one of them."),
)
DEPOSIT_AMOUNT = define(
    "deposit_amount",
    ErrorKind.INVALID,
    "Not an amount that can be paid in",
    "A rail moves whole minor units of a currency (cents), and more than nothing.",
)
RAIL_UNAVAILABLE = define(
    "rail_unavailable",
    ErrorKind.UNAVAILABLE,
    "The rail does not answer",
    "What was asked for needs the rail, which did not answer or refused. Nothing changed; try again in a moment.",
)
REFUND_AMOUNT = define(
    "refund_amount",
    ErrorKind.INVALID,
    "Not an amount that can be given back",
    "A refund gives back unspent money of one deposit that arrived: whole minor units, more than nothing, and with "
    "its earlier refunds no more than was paid in.",
)
CHARGEBACK_OWED = define(
    "chargeback_owed",
    ErrorKind.STATE,
    "A payment that was charged back is owed",
    "While a client owes more for a payment that was charged back than is kept for it, none of its money goes back.",
)
HOOK_REFUSED = define(
    "hook_refused",
    ErrorKind.INVALID,
    "Not a message of the rail",
    "A message of a rail carries a signature over its exact bytes, made a moment ago with the secret that we share.",
)
DESTINATION_INVALID = define(
    "destination_invalid",
    ErrorKind.INVALID,
    say("Not a destination"),
    say("A destination is the rail's own token for a payee, of 1 to 200 visible characters."),
)
REFUND_TWO_PEOPLE = define(
    "refund_two_people",
    ErrorKind.FORBIDDEN,
    "Another person must agree",
    "That a refund never reached the rail is said by two people, never by one twice.",
)
RAIL_SILENT = define(
    "rail_silent",
    ErrorKind.UNAVAILABLE,
    "The rail does not answer",
    "What a rail shows must be known for this, and it cannot be asked now. Nothing was concluded; try again.",
)
UNFREEZE_TWO_PEOPLE = define(
    "unfreeze_two_people",
    ErrorKind.FORBIDDEN,
    "Two people let payouts be sent again",
    "One person of finance asks for it and another does it, who has acknowledged no transfer since. Asking again is "
    "possible at any time; a new freeze takes what was asked before back.",
)
PAYOUTS_FROZEN = define(
    "payouts_frozen",
    ErrorKind.STATE,
    "Payouts are frozen",
    "The database was restored, or operations froze payouts: nothing is prepared, approved, given up or sent until "
    "the rails have been read back.",
)
