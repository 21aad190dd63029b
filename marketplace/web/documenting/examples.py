"""What was sent and answered when every operation was called once, shown in the documents; tests compare it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read_examples(path: Path) -> dict[str, Any]:
    """Exchanges by operation id: `request` (method, path, headers, body) and `answer` (status, content_type, body)."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def show_example(operation: dict[str, Any], examples: Mapping[str, Any]) -> None:
    """Put what was really sent and answered into an operation, beside or instead of what its declaration shows."""
    exchange = examples.get(operation["operationId"])
    if exchange is None:
        return
    sent, answer = exchange["request"], exchange["answer"]
    operation["x-example-path"] = sent["path"]
    body = operation.get("requestBody", {}).get("content", {}).get(sent["headers"].get("Content-Type"))
    if body is not None and sent["body"] is not None:
        body.setdefault("example", sent["body"])
    content = operation["responses"].get(str(answer["status"]), {}).get("content", {})
    if answer["content_type"] in content and answer["body"] is not None:
        content[answer["content_type"]]["example"] = answer["body"]
