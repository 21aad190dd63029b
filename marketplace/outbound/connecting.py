"""A connection to one vetted address, that ends when its time is over whatever the other side does."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.outbound.addresses import PORTS, Target


class _Pinned(http.client.HTTPConnection):
    """Connects to the target's addresses, whatever its name would resolve to now, and through no proxy."""

    def __init__(self, target: Target, deadline: float) -> None:
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.parts.scheme]  # which is left out of the Host header
        self._target = target
        self._deadline = deadline
        self._timer: threading.Timer | None = None

    def connect(self) -> None:
        plain = self._first_that_answers()
        encrypted = self._target.parts.scheme == "https"
        if encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        else:
            self.sock = plain
        self._cut_off_at_deadline(self.sock)
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def end(self) -> None:
        """Close it, and need the timer no more; `close` itself is called while the answer is still being read."""
        if self._timer is not None:
            self._timer.cancel()
        self.close()

    def _first_that_answers(self) -> socket.socket:
        *others, last = self._target.addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), seconds_left(self._deadline))
        return socket.create_connection((last, self.port), seconds_left(self._deadline))

    def _cut_off_at_deadline(self, live: socket.socket) -> None:
        """End the connection at that time, also while it drips byte by byte, which no time-out notices."""

        def cut() -> None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own, which takes the TLS state away from under a reader in another thread.
                socket.socket.shutdown(live, socket.SHUT_RDWR)

        self._timer = threading.Timer(seconds_left(self._deadline), cut)
        self._timer.daemon = True
        self._timer.start()


@contextmanager
def connected(target: Target, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to the target, cut off at `deadline` (of time.monotonic), from the first byte to the last.

    Raises OSError (of which time-outs and refused certificates are kinds) and http.client.HTTPException.
    """
    connection = _Pinned(target, deadline)
    try:
        connection.connect()
        yield connection
    finally:
        connection.end()


def seconds_left(deadline: float) -> float:
    """Seconds until `deadline` of time.monotonic; raises TimeoutError when it is past."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("too slow")
    return left
