"""What this package refuses."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

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
    "This cannot be taken early",
    "A worker may take early what is accrued and not due yet, of which at least one minor unit would arrive, and with "
    "a payout method set. Without it, everything is paid on its day for free.",
)
ADVANCE_FEE_DIFFERS: Final = define(
    "advance_fee_differs",
    ErrorKind.STATE,
    "The fee is another one by now",
    "Taking pay early costs exactly the fee that the worker confirms. The amount has grown or the operator's fee has "
    "changed since the offer was read; read it again. Nothing was taken.",
)
