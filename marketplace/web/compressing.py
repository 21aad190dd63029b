"""Pages, styles and scripts travel compressed: the phones they are read on pay for bytes.

What is secret in a page cannot be told from its length (BREACH): cookies go with no request that another site makes for
a part of its own (SameSite=Lax), so nobody else sees the lengths of many answers that hold it.
"""

from typing import Final

from flask import Flask, Response, current_app
from flask_compress import Compress

KEY: Final = "compressing"
MIMETYPES: Final = ["text/html", "text/css", "text/javascript", "image/svg+xml"]


def register(app: Flask) -> None:
    """Compress answers of these types where the reader takes it."""
    statics = [f"{face}.static" for face in ("web", "work", "console")]
    app.config.update(
        COMPRESS_MIMETYPES=MIMETYPES,
        COMPRESS_STREAMING_ENDPOINT_CONDITIONAL=statics,
        # Brotli at 5 is smaller than deflate at its best, and no slower; over http only this machine itself takes it.
        COMPRESS_ALGORITHM=["br", "gzip", "deflate"],
        COMPRESS_ALGORITHM_STREAMING=["br", "deflate"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_DEFLATE_LEVEL=9,
    )
    app.extensions[KEY] = Compress(app)


def sent_size(content: bytes, mimetype: str) -> int:
    """How many bytes of it travel to who sent this request, compressed as they take it."""
    sent: Response = current_app.extensions[KEY].after_request(Response(content, content_type=mimetype))
    return len(sent.get_data())
