"""An authenticator in software: makes ES256 keys, and answers challenges as the WebAuthn specification says."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from marketplace.identity import passkeys
from marketplace.identity.ceremonies import Site
from marketplace.identity.devices import Visit
from marketplace.identity.models import WebSession
from marketplace.identity.passkey_models import Passkey
from marketplace.kernel.actor import Actor
from tests.builders.identity import Mailbox

SITE = Site("https://market.test", "market.test")
HERE = "the cookie of a browser"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey on one device; `verified` says whether it looked who holds it, `steps` how its counter moves."""

    origin: str = SITE.origin
    host: str = SITE.host
    verified: bool = True
    counter: int = 0
    steps: int = 1
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    owner: str | None = None

    def create(self, options: Mapping[str, Any]) -> str:
        """What a browser sends after it made the passkey."""
        self.owner = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public_key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public_key)
        data = self._data(ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options["challenge"])
        return self._sent({"clientDataJSON": encoded(said), "attestationObject": encoded(made)})

    def get(self, options: Mapping[str, Any]) -> str:
        """What a browser sends after the passkey signed."""
        self.counter += self.steps
        data, said = self._data(0), self._said("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encoded(said),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": self.owner,
        }
        return self._sent(response)

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _said(self, what: str, challenge: str) -> bytes:
        return json.dumps({"type": what, "challenge": challenge, "origin": self.origin}).encode()

    def _sent(self, response: Mapping[str, Any]) -> str:
        name = encoded(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def add_passkey(
    session: Session, actor: Actor, device: Authenticator, name: str = "My phone", mailbox: Mailbox | None = None
) -> Passkey:
    """A passkey of somebody who has just signed in."""
    face = "work" if actor.organization_id is None else "console"
    options = passkeys.ask_to_add(session, actor, SITE, face, HERE)
    return passkeys.add(session, actor, SITE, face, HERE, device.create(options), name, mailbox or Mailbox())


def sign_in(session: Session, device: Authenticator, face: str = "work", visit: Visit | None = None) -> WebSession:
    """Sign in with it, in the browser that was asked."""
    options = passkeys.ask_to_sign_in(session, SITE, face, HERE)
    return answer(session, device.get(options), face, visit)


def answer(session: Session, sent: str, face: str = "work", visit: Visit | None = None) -> WebSession:
    """Send an answer from the browser that was asked."""
    row, _secret = passkeys.sign_in(session, SITE, face, HERE, sent, language="en", visit=visit or Visit())
    return row
