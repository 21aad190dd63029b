"""What the generated classes stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from client_api.client.downloads import Download
from client_api.client.transport import Transport


class Resource:
    """The operations of one tag."""

    def __init__(self, transport: Transport) -> None:
        """`transport` sends what they ask for."""
        self._transport = transport

    def _call(self, method: str, path: str, **parts: Any) -> Any:
        return self._transport.call(method, path, **parts)

    def _download(self, method: str, path: str, **parts: Any) -> Download:
        return Download(self._transport, method, path, parts.get("query"), parts.get("headers"))

    @staticmethod
    def _path(template: str, ids: Mapping[str, str]) -> str:
        """The path with its ids, each a single segment whatever it holds. Raises ValueError for an empty one."""
        for name, value in ids.items():
            if not value:
                raise ValueError(f"{name} is empty.")
            template = template.replace(f"{{{name}}}", quote(value, safe=""))
        return template
