"""What was sent and answered when every operation was called once; tests call them again and compare."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).with_name("examples.json")


@cache
def examples() -> dict[str, Any]:
    """Exchanges by operation id: `request` (method, path, headers, body) and `answer` (status, content_type, body)."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return found
