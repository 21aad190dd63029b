"""Signatures of Standard Webhooks (version 1.0.0): HMAC-SHA256 over id, time and body."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from typing import Final

from marketplace.kernel.ids import public

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A new signing secret: 32 random bytes in base64 after its prefix."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the signature in base64; `timestamp` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def headers(message_id: uuid.UUID, at: dt.datetime, body: bytes, signing: Sequence[str]) -> dict[str, str]:
    """The three headers of a try at that moment of real time, signed with each secret."""
    message, timestamp = public("webhook_delivery", message_id), int(at.timestamp())
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message, timestamp, body) for secret in signing),
    }
