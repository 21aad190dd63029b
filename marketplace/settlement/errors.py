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
