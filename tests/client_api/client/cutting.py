"""A stretch of wire that breaks: connections are passed on, and cut once so many bytes have gone through."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """Where to connect, and after how many bytes to the service each next connection is cut."""

    url: str
    cuts: list[int] = field(default_factory=list)
    """One for each connection; without one left, connections hold."""
    lost_answers: int = 0
    """So many of the next connections are cut when the service begins to answer."""
    made: int = 0
    """Connections so far."""


@contextmanager
def cutting(host: str, port: int) -> Iterator[Wire]:
    """Listen on a free port and pass on to the service until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire = Wire(f"http://127.0.0.1:{listening.getsockname()[1]}")
        ended = threading.Event()
        listening.settimeout(0.05)
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    near, _ = listening.accept()
                    near.settimeout(None)
                    wire.made += 1
                    far = socket.create_connection((host, port))
                    left = wire.cuts.pop(0) if wire.cuts else None
                    lost = 0 if wire.lost_answers > 0 else None
                    wire.lost_answers -= 1
                    for one, other, limit in ((near, far, left), (far, near, lost)):
                        threads.append(threading.Thread(target=_pass_on, args=(one, other, limit)))
                        threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield wire
        finally:
            ended.set()
            accepting.join()
            for thread in threads:
                thread.join(60)


def _pass_on(one: socket.socket, other: socket.socket, left: int | None) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(65_536):
            if left is not None and len(piece) >= left:
                other.sendall(piece[:left])
                _reset(one)
                _reset(other)
                return
            left = None if left is None else left - len(piece)
            other.sendall(piece)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
