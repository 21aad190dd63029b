"""A small identity provider that speaks real HTTP on this machine, and can be told to do wrong."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey


class FakeProvider:
    """`who` is who sits there; `alter` changes the claims of the next tokens, `header` and `key` how they are signed.

    What it gives out it keeps by code, and a code is good once, with its verifier and the client's secret.
    """

    keys: ClassVar[list[RSAKey]] = [RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("one", "two")]

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.who: dict[str, Any] = {}
        self.client_id, self.client_secret = "piecework", "a secret: with/specials+"
        self.alter: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.key = self.keys[0]
        self.published = [self.keys[0]]
        self.discovery: dict[str, Any] = {}
        self.unsigned = False
        self.as_a_secret = False
        self.grants: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.status = 200

    def authorize(self, url: str) -> str:
        """What a browser gets for the address it was sent to: where it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client_id
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.grants[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.discovery,
        }

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        given = basic.partition(":")[::2] if basic else (form.get("client_id", ""), form.get("client_secret", ""))
        if tuple(unquote(part) for part in given) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client"}
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None or grant["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != grant["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": self.token(grant["nonce"])}

    def token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email_verified": True,
            **self.who,
            **self.alter,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        body = json.dumps(kept).encode()
        if self.unsigned:
            parts = (b'{"alg":"none"}', body, b"")
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        if self.as_a_secret:
            head = json.dumps({"alg": "HS256", "kid": self.key.kid}).encode()
            signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, body))
            mac = hmac.digest(self.key.as_pem(private=False), signed, "sha256")
            return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        header = {"alg": "RS256", "kid": self.key.kid, **self.header}
        return jws.serialize_compact(header, body, self.key)


@contextmanager
def a_provider() -> Iterator[FakeProvider]:
    """A provider that runs until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append(self.path)
            path = urlsplit(self.path).path
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", fake.authorize(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif path == "/.well-known/openid-configuration":
                self.answer(fake.status, fake.document())
            elif path == "/keys":
                self.answer(200, {"keys": [key.as_dict(private=False) for key in fake.published]})
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            fake.asked.append(self.path)
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            self.answer(*fake.exchange(form, self.headers.get("Authorization", "")))

        def answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeProvider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
