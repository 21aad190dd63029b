"""Webhooks of Stripe: only what it signed a moment ago is read."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from stripe import SignatureVerificationError, WebhookSignature

from marketplace.rails.errors import HOOK_REFUSED

TOLERANCE_SECONDS: Final = 300
"""How far a signature's time may lie from ours, either way. Stripe's library bounds the past only; and Stripe signs
anew when it sends again, so that a late delivery has a young signature."""


def verified(body: bytes, signature: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The event in the raw body, signed with one of the secrets; raises hook_refused."""
    if not secrets:
        raise HOOK_REFUSED.error("This service takes no webhooks of Stripe: STRIPE_WEBHOOK_SECRET is not set.")
    try:
        _verify(body, signature, secrets)
        ahead = max(_times(signature)) - time.time()
        event = json.loads(body)
    except (SignatureVerificationError, ValueError):
        raise HOOK_REFUSED.error("The signature is missing, old, or not over these bytes.") from None
    if ahead > TOLERANCE_SECONDS:
        raise HOOK_REFUSED.error("The signature lies in the future.")
    if not _is_event(event):
        raise HOOK_REFUSED.error("The message is not an event of Stripe.")
    return dict(event)


def _verify(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    for secret in secrets[:-1]:
        with suppress(SignatureVerificationError):
            WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
            return
    WebhookSignature.verify_header(body, signature, secrets[-1], TOLERANCE_SECONDS)


def _times(signature: str) -> list[int]:
    return [int(part.split("=", 1)[1]) for part in signature.split(",") if part.startswith("t=")]


def _is_event(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("id"), str)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("data"), dict)
        and isinstance(event["data"].get("object"), dict)
    )
