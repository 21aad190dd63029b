"""What browsers are asked of passkeys, and whether what they answer holds: WebAuthn Level 2, by the package webauthn.

Nothing here is kept. Attestation is not asked for: which maker's device somebody uses is nobody's business.
"""

import ipaddress
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.identity.errors import PASSKEY_REFUSED
from marketplace.kernel.errors import DomainError
from marketplace.kernel.texts import say

NAME: Final = "Piecework"
TIMEOUT_MS: Final = 120_000
ANSWER_LENGTH_MAX: Final = 20_000
_MALFORMED: Final = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the origin that browsers report, and the host name in it."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent, as far as it says itself what it is about: nothing of it is proven yet."""

    credential_id: bytes
    challenge: bytes
    owner: uuid.UUID | None
    sent: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A passkey that was made for us."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def site_of(public_url: str) -> Site | None:
    """The site at the configured address; None where browsers have no passkeys: neither https nor localhost, or an IP.

    What a request says of its own address is never asked: somebody else can say it.
    """
    parts = urlsplit(public_url.lower())
    host = parts.hostname or ""
    if _is_ip(host) or not (parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")):
        return None
    port = "" if parts.port in {None, 443 if parts.scheme == "https" else 80} else f":{parts.port}"
    return Site(f"{parts.scheme}://{host}{port}", host)


def new_challenge() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(32)


def creation_options(
    site: Site, challenge: bytes, person_id: uuid.UUID, email: str, name: str, known: Sequence[bytes]
) -> dict[str, Any]:
    """What to ask a browser for a new passkey: one that its device finds by itself, and unlocks for its owner only."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=person_id.bytes,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return options_to_json_dict(options)


def request_options(site: Site, challenge: bytes, known: Sequence[bytes]) -> dict[str, Any]:
    """What to ask a browser for a sign-in, by one of the passkeys `known`, or by any that it has for this site."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read_answer(text: str) -> Answer:
    """What a browser's answer says it is about. Raises passkey_refused for what is none."""
    if len(text) > ANSWER_LENGTH_MAX:
        raise refused()
    try:
        sent = json.loads(text)
        response = sent["response"]
        said = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
        handle = response.get("userHandle")
        owner = None if handle is None else uuid.UUID(bytes=base64url_to_bytes(handle))
        return Answer(base64url_to_bytes(sent["rawId"]), said.challenge, owner, sent)
    except (*_MALFORMED, RecursionError, AttributeError):
        raise refused() from None


def check_creation(site: Site, answer: Answer) -> NewKey:
    """The passkey that the answer to its own challenge brings. Raises passkey_refused."""
    try:
        made = verify_registration_response(
            credential=answer.sent,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _MALFORMED:
        raise refused() from None
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


def check_use(site: Site, answer: Answer, public_key: bytes) -> int:
    """How often the passkey says it was used, if its owner's device signed the answer. Raises passkey_refused."""
    try:
        # The count is compared by whoever knows the last one: only once it is signed does it say anything.
        used = verify_authentication_response(
            credential=answer.sent,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _MALFORMED:
        raise refused() from None
    return used.new_sign_count


def refused() -> DomainError:
    """The one refusal, whatever was wrong: who tries learns nothing of whose passkeys there are."""
    return PASSKEY_REFUSED.error(say("That did not work with this passkey. Try again, or sign in by mail."))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
