"""A time stamp authority of our own over real HTTP: it answers as RFC 3161 says, or as somebody who lies would.

No outside authority is asked in tests: the certificates are made here, and what is answered is written byte by byte.
"""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditTimestamp
from marketplace.audit.offline import elements, inside, read_stamp
from marketplace.audit.queries import latest_checkpoint

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

SHA256 = "608648016503040201"
SIGNATURES = {"rsa": "2a864886f70d01010b", "ec": "2a8648ce3d040302", "ed25519": "2b6570"}


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + length.to_bytes(size) + content


def oid(text: str) -> bytes:
    return der(6, bytes.fromhex(text))


def integer(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def sha256(content: bytes) -> bytes:
    made = hashes.Hash(hashes.SHA256())
    made.update(content)
    return made.finalize()


def make_key(kind: str) -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else ed25519.Ed25519PrivateKey.generate()


class TimeAuthority:
    """A root, a certificate for time stamps that it issued, and the key; `at` is the time that it says."""

    def __init__(self, kind: str = "ec", *, usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING) -> None:
        self.kind = kind
        self.key = make_key(kind)
        root_key = ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root of the tests")])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clock of the tests")])
        began, ends = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2060, 1, 1, tzinfo=dt.UTC)
        begun = x509.CertificateBuilder().not_valid_before(began).not_valid_after(ends).issuer_name(root_name)
        self.root = (
            begun.subject_name(root_name)
            .public_key(root_key.public_key())
            .serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        self.certificate = (
            begun.subject_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        self.at: dt.datetime | None = None
        self.asked = 0
        self.answers = "well"

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def token(self, digest: bytes, nonce: bytes = b"", serial: int = 7) -> bytes:
        """The time stamp of this SHA-256, as DER."""
        at = self.at or dt.datetime.now(dt.UTC)
        imprint = sequence(sequence(oid(SHA256)), der(4, digest))
        moment = der(0x18, f"{at:%Y%m%d%H%M%S}Z".encode())
        info = sequence(integer(1), oid("2a0304"), imprint, integer(serial), moment, nonce)
        certificate = self.certificate.public_bytes(Encoding.DER)
        named = sequence(sequence(sequence(der(4, sha256(certificate)))))
        attributes = sorted(
            sequence(oid(name), der(0x31, value))
            for name, value in (
                ("2a864886f70d010903", oid("2a864886f70d0109100104")),
                ("2a864886f70d010904", der(4, sha256(info))),
                ("2a864886f70d010910022f", named),
            )
        )
        signer = sequence(
            integer(1),
            sequence(self.certificate.issuer.public_bytes(), integer(self.certificate.serial_number)),
            sequence(oid(SHA256)),
            der(0xA0, *attributes),
            sequence(oid(SIGNATURES[self.kind])),
            der(4, self._sign(der(0x31, *attributes))),
        )
        held = sequence(oid("2a864886f70d0109100104"), der(0xA0, der(4, info)))
        signed = sequence(integer(3), der(0x31, sequence(oid(SHA256))), held, der(0xA0, certificate), der(0x31, signer))
        return sequence(oid("2a864886f70d010702"), der(0xA0, signed))

    def answer(self, request: bytes) -> bytes:
        """What it answers to a TimeStampReq, as `answers` says."""
        self.asked += 1
        _, imprint, *rest = inside(request)
        digest = elements(imprint[1])[1][1]
        nonce = next((whole for tag, _, whole in rest if tag == 2), b"")
        if self.answers == "another_digest":
            digest = bytes(32)
        if self.answers == "another_nonce":
            nonce = integer(5)
        if self.answers == "refusal":
            return sequence(sequence(integer(2), sequence(der(12, b"not today"))))
        if self.answers == "rubbish":
            return b"<html>"
        if self.answers == "too_much":
            return bytes(70_000)
        return sequence(sequence(integer(0)), self.token(digest, nonce))

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(content, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(content)


def keep_stamp(session: Session, authority: TimeAuthority) -> AuditTimestamp:
    """Have the newest head stamped, without asking over HTTP."""
    head = latest_checkpoint(session)
    assert head is not None
    token = authority.token(sha256(head.note.encode()))
    at = read_stamp(token, head.note.encode()).at
    kept = AuditTimestamp(tree_size=head.tree_size, authority="https://tsa.example/", stamped_at=at, token=token)
    session.add(kept)
    session.flush()
    return kept


@contextmanager
def serving(authority: TimeAuthority) -> Iterator[str]:
    """The address at which it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503 if authority.answers == "unavailable" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if authority.answers == "slowly":
                for one in body:
                    self.wfile.write(bytes([one]))
                    self.wfile.flush()
                    time.sleep(0.2)
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(OSError):  # cut off by who asked, which is what is tried
                super().handle()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()
