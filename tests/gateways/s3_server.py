"""A small S3 on loopback: objects of any bucket, whole or in parts, kept in memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit


class Handler(BaseHTTPRequestHandler):
    objects: ClassVar[dict[str, tuple[bytes, str]]]
    parts: ClassVar[dict[str, dict[int, bytes]]]
    protocol_version = "HTTP/1.1"

    def _address(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return unquote(parts.path).strip("/"), parse_qs(parts.query, keep_blank_values=True)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        key, query = self._address()
        body = self._body()
        if "uploadId" in query:
            self.parts[query["uploadId"][0]][int(query["partNumber"][0])] = body
        elif self.headers.get("If-None-Match") == "*" and key in self.objects:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code><Message>taken</Message></Error>")
            return
        else:
            self.objects[key] = (body, self.headers.get("Content-Type", ""))
        self._answer(200, ETag='"etag"')

    def do_POST(self) -> None:
        key, query = self._address()
        self._body()
        if "uploads" in query:
            upload = f"upload-{len(self.parts)}"
            self.parts[upload] = {}
            self.objects.pop(key, None)
            xml = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            self._answer(200, xml.encode())
            return
        pieces = self.parts.pop(query["uploadId"][0])
        self.objects[key] = (b"".join(pieces[number] for number in sorted(pieces)), "multipart")
        self._answer(200, b"<CompleteMultipartUploadResult><ETag>etag</ETag></CompleteMultipartUploadResult>")

    def do_HEAD(self) -> None:
        found = self.objects.get(self._address()[0])
        if found is None:
            self._answer(404)
        else:
            self._answer(200, Content_Length=str(len(found[0])), Content_Type=found[1], ETag='"etag"')

    def do_GET(self) -> None:
        bucket, query = self._address()
        if "list-type" in query:
            self._list(bucket, query)
            return
        found = self.objects.get(bucket)
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>")
            return
        wanted = self.headers.get("Range")
        if wanted is None:
            self._answer(200, found[0], ETag='"etag"')
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        end = min(int(last) if last else len(found[0]) - 1, len(found[0]) - 1)
        whole = f"bytes {first}-{end}/{len(found[0])}"
        self._answer(206, found[0][int(first) : end + 1], ETag='"etag"', Content_Range=whole)

    def _list(self, bucket: str, query: dict[str, list[str]]) -> None:
        keys = sorted(key.removeprefix(f"{bucket}/") for key in self.objects if key.startswith(f"{bucket}/"))
        prefix, after = query.get("prefix", [""])[0], query.get("start-after", [""])[0]
        found = [key for key in keys if key.startswith(prefix) and key > after][: int(query["max-keys"][0])]
        rows = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in found)
        self._answer(200, f"<ListBucketResult>{rows}</ListBucketResult>".encode())

    def do_DELETE(self) -> None:
        self.objects.pop(self._address()[0], None)
        self._answer(204)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests are quiet."""


@contextmanager
def serving_s3() -> Iterator[tuple[str, type[Handler]]]:
    """The endpoint's URL, and the handler class with what it keeps."""
    handler = type("OneServersHandler", (Handler,), {"objects": {}, "parts": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
