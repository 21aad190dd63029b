"""One try: the signed request to a webhook's address, and what came of it."""

import http.client
import socket
import ssl
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.logs import get_logger
from marketplace.notifications import signing
from marketplace.notifications.vault import Vault, VaultError
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError, vetted
from marketplace.outbound.connecting import connected, seconds_left

SECONDS_MAX: Final = 10.0
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent, where to, and signed with which secrets; `number` counts the tries of this delivery."""

    delivery_id: uuid.UUID
    webhook_id: uuid.UUID
    message_id: uuid.UUID
    number: int
    url: str
    body: bytes
    secrets: tuple[bytes, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status that was answered, or why there was none; and how long it took."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


def send(call: Call, vault: Vault, policy: AddressPolicy, *, seconds_max: float = SECONDS_MAX) -> Outcome:
    """Make the call; never raises. Redirects are not followed, and of an answer only its status is read."""
    begun = time.monotonic()
    status: int | None = None
    error: str | None = None
    try:
        status = _ask(call, vault, policy, begun + seconds_max)
    except AddressRefusedError as refused:
        error = refused.sentence
    except (OSError, http.client.HTTPException, UnicodeError) as failure:
        late = time.monotonic() - begun >= seconds_max
        error = f"No answer within {seconds_max:g} seconds." if late else _words(failure)
    except VaultError:
        log.exception("webhook.secret_unreadable", webhook=str(call.webhook_id))
        error = "The service could not read the signing secret; rotate it."
    except Exception:  # one address that breaks must not keep all others waiting
        log.exception("webhook.try_broke", webhook=str(call.webhook_id))
        error = "The service met a fault of its own."
    return Outcome(status, error, round((time.monotonic() - begun) * 1000))


def _ask(call: Call, vault: Vault, policy: AddressPolicy, deadline: float) -> int:
    opened = [vault.open(call.webhook_id, sealed) for sealed in call.secrets]
    target = vetted(call.url, policy)
    with connected(target, deadline) as connection:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Piecework",
            "Connection": "close",
            **signing.headers(call.message_id, call.at, call.body, opened),
        }
        connection.request("POST", target.path, call.body, headers)
        status = connection.getresponse().status
    seconds_left(deadline)  # the head of an answer that was cut off looks like a short one
    return status


def _words(failure: Exception) -> str:
    """What went wrong, for the log that the webhook's owner reads; nothing that the other side wrote."""
    match failure:
        case TimeoutError():
            return "The connection took too long."
        case ssl.SSLCertVerificationError():
            return f"The certificate is not trusted: {failure.verify_message}."
        case ssl.SSLError():
            return f"The encrypted connection failed: {failure.reason}."
        case ConnectionRefusedError():
            return "The connection was refused."
        case socket.gaierror() | UnicodeError():
            return "The host's name has no address."
        case http.client.RemoteDisconnected() | ConnectionError():
            return "The connection ended without an answer."
        case http.client.HTTPException():
            return "The answer was not HTTP."
        case _:
            return f"The address could not be reached: {type(failure).__name__}."
