"""What a request asks for: form fields with brackets as Stripe's library writes them, checked with its own types."""

import re
from collections.abc import Iterable
from typing import Any, Final

from stripe import RequestOptions, params

from marketplace.gateways.stripe_connect.fake.errors import FakeError

_PART: Final = re.compile(r"\[([^\]]*)\]")
_OPTIONS: Final = frozenset(RequestOptions.__annotations__)
_TYPES: Final[dict[tuple[str, str], type]] = {
    ("POST", "payment_intents"): params.PaymentIntentCreateParams,
    ("POST", "payment_intents/confirm"): params.PaymentIntentConfirmParams,
    ("POST", "payment_intents/cancel"): params.PaymentIntentCancelParams,
    ("POST", "transfers"): params.TransferCreateParams,
    ("POST", "transfers/reversals"): params.TransferCreateReversalParams,
    ("POST", "refunds"): params.RefundCreateParams,
    ("POST", "accounts"): params.AccountCreateParams,
    ("POST", "account_links"): params.AccountLinkCreateParams,
    ("GET", "transfers"): params.TransferListParams,
    ("GET", "refunds"): params.RefundListParams,
    ("GET", "events"): params.EventListParams,
    ("GET", "payouts"): params.PayoutListParams,
    ("GET", "balance_transactions"): params.BalanceTransactionListParams,
}


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`metadata[deposit]=dep_1` and `types[0]=a` as nested objects; lists become lists."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        parts = [name.split("[", 1)[0], *_PART.findall(name)]
        where = fields
        for part in parts[:-1]:
            where = where.setdefault(part, {})
        where[parts[-1]] = value
    return {name: _listed(value) for name, value in fields.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def check(method: str, operation: str, fields: dict[str, Any]) -> None:
    """Refuse, as Stripe does, a field that the operation does not know and one that it lacks."""
    declared = _TYPES.get((method, operation))
    if declared is None:
        return
    for name in fields:
        if name not in declared.__annotations__ or name in _OPTIONS:
            raise FakeError(400, "parameter_unknown", f"Received unknown parameter: {name}", param=name)
    for name in sorted(getattr(declared, "__required_keys__", ())):
        if name not in fields:
            raise FakeError(400, "parameter_missing", f"Missing required param: {name}.", param=name)


def whole(fields: dict[str, Any], name: str, default: int | None = None) -> int:
    """A positive whole number; raises FakeError for anything else."""
    text = fields.get(name, default)
    if isinstance(text, int):
        return text
    if text is None or not re.fullmatch(r"[0-9]{1,12}", str(text)) or int(text) == 0:
        raise FakeError(400, "parameter_invalid_integer", f"Invalid integer: {text}", param=name)
    return int(text)
