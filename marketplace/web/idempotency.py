"""Idempotency-Key: a request sent twice takes effect once and is answered the same way twice.

The key is taken and the answer kept in the transaction of the effect, so there is no moment in which one exists
without the other. Refusals are not kept: they changed nothing, and the request may be mended and sent again. Nor are
secrets: what an operation declares as such is null in the answer that is kept, and a replay says so in a header.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Response, current_app, request

from marketplace.db import idempotency
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.malformed import IDEMPOTENCY_KEY_REQUIRED

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
WITHHELD: Final = "Idempotent-Withheld"
KEY_PATTERN: Final = "^[!-~]{1,255}$"
_KEY: Final = re.compile(KEY_PATTERN)
_KEPT_HEADERS: Final = ("Content-Type", "ETag", "Location")


def replayable(view: Callable[..., Response], secret_fields: Sequence[str] = ()) -> Callable[..., Response]:
    """Require the header, and answer a repeated request from what was kept, without its `secret_fields`."""

    @functools.wraps(view)
    def answer_once(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not _KEY.fullmatch(key):
            raise IDEMPOTENCY_KEY_REQUIRED.error(f"Send {HEADER} with 1 to 255 visible ASCII characters.")
        actor, session = current_actor(), request_session()
        scope = str(actor.organization_id or actor.person_id)
        digest = idempotency.request_hash(request.method, request.full_path, request.get_data())
        earlier = idempotency.begin(session, scope, key, digest)
        if earlier is not None:
            return _replay(earlier, secret_fields)
        response = view(*args, **kwargs)
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        kept = _without(response.get_data(), secret_fields)
        idempotency.finish(session, scope, key, response.status_code, kept, headers)
        return response

    return answer_once


def _without(body: bytes, secret_fields: Sequence[str]) -> bytes:
    """The answer as it may be kept."""
    if not secret_fields:
        return body
    return json.dumps({**json.loads(body), **dict.fromkeys(secret_fields)}, ensure_ascii=False).encode()


def _replay(earlier: idempotency.Replay, secret_fields: Sequence[str]) -> Response:
    response = current_app.response_class(earlier.body, earlier.status)
    response.headers.update(earlier.headers)
    response.headers[REPLAYED] = "true"
    if secret_fields:
        response.headers[WITHHELD] = ", ".join(secret_fields)
    return response
