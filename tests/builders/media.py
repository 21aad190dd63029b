"""Images, a storage in memory, and a server of remote addresses."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

from PIL import Image


class MemoryStorage:
    """A media storage that keeps bytes in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:  # noqa: ARG002 - the port's signature
        self.kept[key] = stream.read()

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.kept[key])

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def exists(self, key: str) -> bool:
        return key in self.kept


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, kind, **options)
    stream.seek(0)
    return stream


Pages = dict[str, tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
