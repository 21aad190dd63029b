"""OpenID Connect as a relying party: discovery, the way to the provider, its code for a token, and what that proves.

The authorization code flow with PKCE (RFC 7636); OpenID Connect Core 1.0, section 3.1. Nothing is kept between two
sign-ins: documents and keys are asked for each time, so a key that the provider withdrew is of no use at once.
"""

import base64
import hmac
import http.client
import ipaddress
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from marketplace.identity.errors import PROVIDER_REFUSED, PROVIDER_UNREACHABLE
from marketplace.identity.values import read_email
from marketplace.kernel.errors import DomainError
from marketplace.logs import get_logger
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError, address_problem
from marketplace.outbound.asking import AnswerRefusedError, ask
from marketplace.outbound.connecting import seconds_left

ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures that nobody but the provider can make: never `none`, never one by a secret that we hold too."""
BYTES_MAX: Final = 512 * 1024
SECONDS_MAX: Final = 6.0
"""How long a sign-in waits for its provider, all questions together."""
LEEWAY_SECONDS: Final = 60
SUBJECT_LENGTH_MAX: Final = 255
_LOOPBACK: Final = tuple(ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128"))
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_HANDLE: Final = re.compile(r"[\x20-\x7e]{1,2000}")
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows us by; `redirect_uri` is where it sends people back."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a provider says of itself; `in_body` where it takes the client's secret in the form only."""

    authorization: str
    token: str
    keys: str
    in_body: bool


@dataclass(frozen=True, slots=True)
class Handles:
    """The values that bind one sign-in to one browser, made from the secret in its cookie."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider vouches for: its own name for them, and their verified address."""

    subject: str
    email: str


def handles(secret: str) -> Handles:
    """Each of 43 characters, none of which tells anything of another or of the secret."""

    def made(purpose: str) -> str:
        made_from = hmac.digest(secret.encode(), b"piecework.oidc.v1\n" + purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(made_from).rstrip(b"=").decode()

    return Handles(made("state"), made("nonce"), made("verifier"))


def issuer_problem(issuer: str, *, local: bool) -> str | None:
    """What is wrong with an issuer by its text alone, None if nothing."""
    return _address_problem(issuer, local) or ("An issuer has no query." if "?" in issuer else None)


def discover(issuer: str, *, local: bool, until: float | None = None) -> Endpoints:
    """What the provider says of itself, answered before `until` by the steady clock.

    Raises sign_in_provider_unreachable, sign_in_provider_refused.
    """
    said = _document(issuer.rstrip("/") + _WELL_KNOWN, local, _soon() if until is None else until)
    if said.get("issuer") != issuer:
        raise _refused("issuer_differs", "The provider calls itself by another issuer than the one kept here.")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = {name: said.get(name) for name in names}
    usable = {name: url for name, url in found.items() if isinstance(url, str) and not _address_problem(url, local)}
    if len(usable) < len(names):
        raise _refused("endpoints", "The provider does not say where to go, or names an address that is not asked.")
    methods = said.get("token_endpoint_auth_methods_supported")
    methods = methods if isinstance(methods, list) else ["client_secret_basic"]
    return Endpoints(
        usable["authorization_endpoint"],
        usable["token_endpoint"],
        usable["jwks_uri"],
        in_body="client_secret_basic" not in methods,
    )


def way_there(endpoints: Endpoints, client: Client, made: Handles) -> str:
    """Where the browser is sent."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid email",
        "state": made.state,
        "nonce": made.nonce,
        "code_challenge": create_s256_code_challenge(made.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in endpoints.authorization else "?"
    return f"{endpoints.authorization}{joint}{urlencode(asked)}"


def prove(client: Client, code: str, made: Handles, *, local: bool) -> Proven:
    """Change the code for a token, and say whom it proves; all the provider's answers together are waited for once.

    Raises sign_in_provider_refused, sign_in_provider_unreachable.
    """
    if not _HANDLE.fullmatch(code):
        raise _refused("code", "The provider's answer has no code.")
    until = _soon()
    endpoints = discover(client.issuer, local=local, until=until)
    token, access_token = _exchange(endpoints, client, code, made, local, until)
    claims = _claims(token, access_token, _document(endpoints.keys, local, until), client, made)
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH_MAX or not subject.isprintable():
        raise _refused("sub", "The provider names nobody.")
    # As OpenID Connect has it: true, not "true", and not left out.
    if claims.get("email_verified") is not True or not isinstance(email, str):
        raise _refused("email_unverified", "The provider does not say that it verified the address.")
    try:
        return Proven(subject, read_email(email))
    except DomainError:
        raise _refused("email", "What the provider gives is no e-mail address.") from None


def _exchange(
    endpoints: Endpoints, client: Client, code: str, made: Handles, local: bool, until: float
) -> tuple[str, str | None]:
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": made.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if endpoints.in_body:
        sent |= {"client_id": client.client_id, "client_secret": client.client_secret}
    else:  # RFC 6749, section 2.3.1: each half is encoded as in a form
        pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answered = _document(endpoints.token, local, until, urlencode(sent).encode(), headers)
    token, access_token = answered.get("id_token"), answered.get("access_token")
    if not isinstance(token, str):
        raise _refused("no_id_token", "The provider did not say who you are.")
    return token, access_token if isinstance(access_token, str) else None


def _claims(
    token: str, access_token: str | None, keys: dict[str, Any], client: Client, made: Handles
) -> dict[str, Any]:
    options = {
        "iss": {"essential": True, "value": client.issuer},
        "aud": {"essential": True, "value": client.client_id},
        "nonce": {"essential": True, "value": made.nonce},
    }
    params = {"nonce": made.nonce, "client_id": client.client_id, "access_token": access_token}
    try:
        usable = [key for key in keys["keys"] if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"]
        read = jwt.decode(token, KeySet.import_key_set({"keys": usable}), algorithms=ALGORITHMS)
        claims = CodeIDToken(read.claims, read.header, options, params)
        claims.validate(leeway=LEEWAY_SECONDS)
    except (
        JoseError,
        UnsupportedAlgorithm,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as problem:
        raise _refused(f"id_token: {problem}", "What the provider said of you does not hold.") from None
    return dict(read.claims)


def _document(
    url: str, local: bool, until: float, form: bytes | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address of the provider."""
    try:
        seconds = seconds_left(until)
        answer = ask(url, _policy(url, local), form=form, headers=headers, bytes_max=BYTES_MAX, seconds_max=seconds)
    except AddressRefusedError as refused:
        raise _refused(f"address: {refused.sentence}", f"The provider is not asked: {refused.sentence}") from None
    except (OSError, http.client.HTTPException, UnicodeError, AnswerRefusedError) as failure:
        log.info("provider.silent", why=type(failure).__name__)
        raise PROVIDER_UNREACHABLE.error("The provider does not answer as one does. Try again in a while.") from None
    if form is not None and 400 <= answer.status < 500:
        raise _refused(f"token endpoint: {answer.status}", "The provider refused its own code. Begin anew.")
    try:
        said = json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        log.info("provider.silent", why=f"status {answer.status}")
        raise PROVIDER_UNREACHABLE.error("The provider does not answer as one does. Try again in a while.")
    return said


def _soon() -> float:
    return time.monotonic() + SECONDS_MAX


def _policy(url: str, local: bool) -> AddressPolicy:
    """The public internet by https; on a developer's own machine also what runs there."""
    if local and _is_loopback(url):
        return AddressPolicy(networks_allowed=_LOOPBACK)
    return AddressPolicy(encrypted_only=True)


def _address_problem(url: str, local: bool) -> str | None:
    # Text that is no address at all is refused before anything takes it apart.
    if local and re.fullmatch(r"[!-~]+", url) and _is_loopback(url):
        return None
    return address_problem(url, encrypted_only=True) or ("An address has no #." if "#" in url else None)


def _is_loopback(url: str) -> bool:
    return re.match(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(/|\Z)", url) is not None


def _refused(why: str, words: str) -> DomainError:
    log.info("provider.refused", why=why)
    return PROVIDER_REFUSED.error(words)
