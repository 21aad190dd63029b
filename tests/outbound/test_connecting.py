from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from marketplace.outbound.addresses import AddressPolicy, vetted
from marketplace.outbound.connecting import connected

HOST = "hooks.example.org"
POLICY = AddressPolicy(
    networks_allowed=(ip_network("127.0.0.0/8"),), resolver=lambda _host, _port: ["127.0.0.1"], encrypted_only=True
)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and a certificate for HOST, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port whose one visitor gets `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    answer(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def ask(port: int, host: str = HOST, seconds: float = 3) -> int:
    target = vetted(f"https://{host}:{port}/hook", POLICY)
    with connected(target, time.monotonic() + seconds) as connection:
        connection.request("GET", target.path)
        return connection.getresponse().status


def encrypted(certificate: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as inner:
            inner.recv(1000)
            inner.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    return answer


def test_the_certificate_must_be_that_of_the_name_though_the_address_is_pinned(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(encrypted(certificate)) as port, pytest.raises(ssl.SSLCertVerificationError):
        ask(port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with listening(encrypted(certificate)) as port:
        assert ask(port) == 204
    with listening(encrypted(certificate)) as port, pytest.raises(ssl.SSLCertVerificationError):
        ask(port, "other.example.org")


def test_no_proxy_of_the_environment_is_asked(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with listening(encrypted(certificate)) as port:
        assert ask(port) == 204


def test_a_handshake_that_drips_is_cut_off_in_time() -> None:
    def drip(peer: socket.socket) -> None:
        # The head of a TLS record of 16,000 bytes, and then one of them at a time.
        peer.sendall(b"\x16\x03\x03\x3e\x80")
        for _ in range(200):
            time.sleep(0.05)
            peer.sendall(b"\x02")

    with listening(drip) as port:
        started = time.monotonic()
        with pytest.raises(OSError, match=r"."):
            ask(port, seconds=0.5)
        assert time.monotonic() - started < 3


def test_where_the_first_address_does_not_answer_the_next_is_tried(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with listening(encrypted(certificate)) as port:
        policy = AddressPolicy(
            networks_allowed=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
            resolver=lambda _host, _port: ["127.0.0.9", "127.0.0.1"],
        )
        target = vetted(f"https://{HOST}:{port}/", policy)
        with connected(target, time.monotonic() + 60) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 204
