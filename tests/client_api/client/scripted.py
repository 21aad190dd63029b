"""A local HTTP server that answers as it is told, step by step, and misbehaves as connections do."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROBLEM = "application/problem+json"


@dataclass(slots=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Step = Callable[["Handler", Asked], None]


def answer(status: int = 200, body: Any = None, content_type: str = "application/json", **headers: str) -> Step:
    """Answer with JSON, or with bytes as they are; `Retry_After` becomes Retry-After."""

    def step(handler: Handler, _: Asked) -> None:
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        handler.reply(status, sent, content_type, headers)

    return step


def refusal(status: int, code: str, **headers: str) -> Step:
    """Answer with a problem document."""
    document = {"status": status, "code": code, "title": "No", "detail": "Not now.", "request_id": "req_1"}
    return answer(status, document, PROBLEM, **headers)


def reset(handler: Handler, _: Asked) -> None:
    """Break the connection as a crashed server does."""
    handler.reset()


def half(body: bytes, **headers: str) -> Step:
    """Announce all of it, send half, and break the connection."""

    def step(handler: Handler, _: Asked) -> None:
        handler.reply(200, body[: len(body) // 2], "application/octet-stream", headers, length=len(body))
        handler.wfile.flush()
        time.sleep(0.05)
        handler.reset()

    return step


def slow(seconds: float, then: Step) -> Step:
    """Answer late."""

    def step(handler: Handler, asked: Asked) -> None:
        time.sleep(seconds)
        then(handler, asked)

    return step


@dataclass(slots=True)
class Scripted:
    """The server: what it shall answer, and what it was asked."""

    url: str
    steps: list[Step] = field(default_factory=list)
    otherwise: Step | None = None
    """Answers when the steps are used up."""
    asked: list[Asked] = field(default_factory=list)
    unread: bool = False
    """Whether the next request is broken off while its body still comes."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_step(self, asked: Asked) -> Step:
        with self.lock:
            self.asked.append(asked)
            return self.steps.pop(0) if self.steps else self.otherwise or refusal(599, "the_script_is_over")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Scripted

    def handle_any(self) -> None:
        if self.script.unread:
            self.script.unread = False
            self.rfile.read1(100)
            self.reset()
            return
        asked = Asked(self.command, self.path, dict(self.headers), self._body())
        with contextlib.suppress(OSError):
            self.script.next_step(asked)(self, asked)

    def __getattr__(self, name: str) -> Any:
        """Every method is handled alike; the base class asks for `do_GET` and its like."""
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def reply(
        self, status: int, body: bytes, content_type: str, headers: Mapping[str, str], length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A connection broken on purpose is no news."""


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Serve on a free port until the end."""
    handler = type("ScriptedHandler", (Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    script = Scripted(f"http://127.0.0.1:{server.server_port}")
    handler.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
