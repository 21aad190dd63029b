"""What this package refuses; each names the field and the rule."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

PRICE_ABOVE_PARENT: Final = define(
    "price_above_parent",
    ErrorKind.INVALID,
    "The price is above the buying price",
    "A layer may not pay more below than it is paid from above, net of the platform's fee.",
)
PRICE_BELOW_FLOOR: Final = define(
    "price_below_floor",
    ErrorKind.INVALID,
    "The price is below the pay floor",
    "The client's caps leave the worker at least the pay floor of the rate; no price on the way may be less.",
)
LAYERS_EXCEEDED: Final = define(
    "layers_exceeded",
    ErrorKind.INVALID,
    "No further layer is allowed",
    "The client's cap layers_max says how many layers may stand between client and worker.",
)
DEFERRAL_EXCEEDED: Final = define(
    "deferral_exceeded",
    ErrorKind.INVALID,
    "Paid later than allowed",
    "The client's cap deferral_months_max says how many months after acceptance the last part may fall due.",
)
SELLER_DIFFERS: Final = define(
    "seller_differs",
    ErrorKind.STATE,
    "Another organization sells under this contract",
    "A default is of the organization that sells under the contract now; the one named does not, or was succeeded.",
)
RECOURSE_OPEN: Final = define(
    "recourse_open",
    ErrorKind.STATE,
    "The layer still owes",
    "What a layer in default earned is released once nothing it owes to workers and the guarantee fund is open.",
)
ALLOTMENT_SHORT: Final = define(
    "allotment_short",
    ErrorKind.INVALID,
    "Not as many items are left",
    "Only items of the contract that are neither offered below nor put into tasks can be given on.",
)
SELLER_REFUSED: Final = define(
    "seller_refused",
    ErrorKind.INVALID,
    "No offer can be made to this organization",
    "A part is offered to an approved subcontractor that does not stand in the chain above already and that no access "
    "rule of the client or of the seller above keeps out.",
)
PRICE_BELOW_PROMISED: Final = define(
    "price_below_promised",
    ErrorKind.INVALID,
    "The price is below what is promised further down",
    "A layer may not buy at less than it sells at below, in contracts there or in its own proposals to raise their "
    "prices.",
)
AMENDMENT_WAITS: Final = define(
    "amendment_waits",
    ErrorKind.STATE,
    "Another proposal waits for its answer",
    "Of a contract one proposal at a time waits: it is accepted, declined, withdrawn, or runs out.",
)
AMENDMENT_OWN: Final = define(
    "amendment_own",
    ErrorKind.FORBIDDEN,
    "This is for the other side to do",
    "The side that proposed new prices may withdraw the proposal; the other side accepts or declines it.",
)
AMENDMENT_EXPIRED: Final = define(
    "amendment_expired",
    ErrorKind.STATE,
    "The proposal has run out",
    "A proposal can be accepted until its expires_at by the market's clock.",
)
HANDOVER_WAITS: Final = define(
    "handover_waits",
    ErrorKind.STATE,
    "Another offer of this contract waits for its answer",
    "A contract that was taken over is offered to one organization at a time: it accepts, declines, the offer is "
    "withdrawn, or runs out.",
)
HANDOVER_OWN: Final = define(
    "handover_own",
    ErrorKind.FORBIDDEN,
    "Nobody accepts what their own organization offers",
    "Who is a member of the organization that offers a contract does not accept it for the one that is asked; a "
    "colleague who is not does.",
)
CONTRACT_IS_ROOT: Final = define(
    "contract_is_root",
    ErrorKind.STATE,
    "This is the job's own contract",
    "The root contract begins and ends with its job: pause, close or cancel the job instead.",
)
CONTRACT_HALTED: Final = define(
    "contract_halted",
    ErrorKind.FROZEN,
    say("The contract is frozen"),
    say(
        "While a contract, or one above it, is frozen by its buyer, nothing new is claimed, offered, accepted or "
        "opened there; work under way goes on and is paid."
    ),
)
OFFER_EXPIRED: Final = define(
    "offer_expired",
    ErrorKind.STATE,
    "The offer has run out",
    "An offer can be accepted until its expires_at by the market's clock.",
)
CONTESTED_ALREADY: Final = define(
    "contested_already",
    ErrorKind.STATE,
    say("This block is contested already"),
    say("A block is contested once; who made it and the platform's operations read what was said."),
)
OFFERS_FROZEN: Final = define(
    "offers_frozen",
    ErrorKind.FROZEN,
    "Offers stand still until a report is decided",
    "A worker reported that the organization asked for money in order to work. Until operations have decided it makes "
    "and accepts no offers and opens no tasks; live work goes on and is paid. Who reported is never told.",
)
FEE_REPORT_PENDING: Final = define(
    "fee_report_pending",
    ErrorKind.STATE,
    say("You reported this organization already"),
    say("One report of a worker on an organization is looked into at a time."),
)
FEE_REPORTS_TOO_MANY: Final = define(
    "fee_reports_too_many",
    ErrorKind.STATE,
    say("Several reports of yours are being looked into"),
    say("So many reports of one worker are looked into at a time; wait until one is decided."),
)
