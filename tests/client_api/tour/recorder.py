"""Stands between the callers and an application and keeps the first successful exchange of each operation."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.audit.models import AuditEvent
from marketplace.web.faces import API, WORKER_API, face_of

_HEADERS: Final = ("If-Match",)


class Recorder:
    """`kept` maps operation ids to exchanges: method, path, headers, body of the request; status, type, body of the
    answer. `kept_of_workers` are those of the worker API. `silent` are the operations, by id, whose successful calls
    that may change something wrote no event into the log. Make it before the callers.
    """

    def __init__(self, app: Flask, session: Session) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.kept_of_workers: dict[str, dict[str, Any]] = {}
        self.silent: set[str] = set()
        self._told: set[str] = set()
        self._session = session
        self._addresses = app.url_map.bind("")
        recorder = self

        class Client(FlaskClient):
            def open(self, *args: Any, **kwargs: Any) -> TestResponse:
                before = recorder.events()
                response = super().open(*args, **kwargs)
                recorder.listen(args[0], kwargs, response, recorder.events() - before)
                return response

        app.test_client_class = Client

    def events(self) -> int:
        """How many there are in the log."""
        return self._session.scalar(select(func.count()).select_from(AuditEvent)) or 0

    def listen(self, path: str, sent: dict[str, Any], response: TestResponse, written: int) -> None:
        """Keep the exchange if it is the first of its operation that succeeded, and whether any wrote an event."""
        method = sent["method"]
        kept = {API: self.kept, WORKER_API: self.kept_of_workers}.get(face_of(path))
        if response.status_code >= 300 or kept is None:
            return
        endpoint = self._addresses.match(path.partition("?")[0], method)[0].rpartition(".")[2]
        if method not in {"GET", "HEAD"}:
            (self._told if written else self.silent).add(endpoint)
            self.silent -= self._told
        if endpoint in kept:
            return
        body, data = sent.get("json"), sent.get("data")
        content_type = sent.get("content_type") or (None if body is None else "application/json")
        if isinstance(data, str) or (isinstance(data, bytes) and not (content_type or "").startswith("image/")):
            body = data if isinstance(data, str) else data.decode()
        headers = {name: sent["headers"][name] for name in _HEADERS if name in sent["headers"]}
        if content_type is not None:
            headers["Content-Type"] = content_type
        kept[endpoint] = {
            "request": {"method": method, "path": path, "headers": headers, "body": _copy(body)},
            "answer": {
                "status": response.status_code,
                "content_type": response.mimetype,
                "body": _copy(response.get_json() if response.is_json else _text(response)),
            },
        }


def _text(response: TestResponse) -> str | None:
    kind = response.mimetype or ""
    shown = kind.startswith("text/") or kind.endswith("ndjson")
    return response.get_data(as_text=True) if shown else None


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
