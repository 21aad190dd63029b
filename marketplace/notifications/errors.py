"""What webhooks refuse."""

from marketplace.kernel.errors import ErrorKind, define

WEBHOOK_ADDRESS_REFUSED = define(
    "webhook_address_refused",
    ErrorKind.INVALID,
    "Events are not sent to this address",
    "A webhook's address begins with https://, names a host of the public internet and keeps to the usual port; "
    "addresses of private networks are refused here and again at every connection.",
)
WEBHOOK_LIMIT = define(
    "webhook_limit",
    ErrorKind.STATE,
    "Too many webhooks",
    "An organization has a limited number of webhooks; delete one that is no longer needed.",
)
WEBHOOK_DISABLED = define(
    "webhook_disabled",
    ErrorKind.STATE,
    "The webhook is disabled",
    "Nothing is sent to a disabled webhook. Set its state to active first; what waited for it is then sent.",
)
