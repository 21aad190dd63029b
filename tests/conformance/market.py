"""The demo market for the conformance tests: a key for each permission, and ids that exist for each path parameter."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from marketplace.identity.permissions import ROLES
from marketplace.kernel.ids import PREFIXES
from marketplace.web.api_parts import noun
from marketplace.web.faces import WORKER_API, face_of
from tests.end_to_end.service import Service, serving
from tests.server import Server

PARTS: Final = {
    "client": "requester",
    "layer_1": "manager",
    "reviewer": "reviewer",
    "finance_1": "finance",
    "operations": "operations",
    "dispute_decider": "dispute_decider",
    "auditor": "auditor",
}
"""Who of the demo's cast has which role."""
WORKERS: Final = ("worker_1", "worker_2", "worker_3")
OPEN_SECONDS_MAX: Final = 120
_ID: Final = re.compile(r"\b([a-z]{3})_[0-7][0-9a-z]{25}\b")


@dataclass
class Market:
    """A running demo market; `ids` by prefix, as its lists show them."""

    service: Service
    keys: dict[str, str]
    ids: dict[str, list[str]] = field(default_factory=dict)

    def headers(self, path: str, permission: str) -> dict[str, str]:
        """The key of a worker at their API; else that of the first of the cast whose role carries the permission."""
        if face_of(path) == WORKER_API:
            return self._key(WORKERS[0])
        parts = [part for part, role in PARTS.items() if permission in ROLES[role]]
        return self._key(parts[0] if parts else "client")

    def _key(self, part: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[part]}"}

    def existing(self, parameter: str) -> list[str]:
        """Ids that exist for a path parameter such as job_id."""
        return self.ids.get(PREFIXES[noun(parameter)], [])

    def look_around(self, document: dict[str, Any]) -> None:
        """Read every list, and the parts of a job, as everybody of the cast, and remember the ids there."""
        paths = [path for path, item in document["paths"].items() if "get" in item]
        for path in sorted(paths, key=lambda path: path.count("{")):
            self._read(path, document["paths"][path]["get"]["x-permission"])

    def _read(self, path: str, permission: str) -> None:
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{name}}}", (self.existing(name) or ["none"])[0])
        text = self.service.client().get(path, headers=self.headers(path, permission)).text
        for match in _ID.finditer(text):
            known = self.ids.setdefault(match[1], [])
            if match[0] not in known:
                known.append(match[0])


@contextmanager
def opened(server: Server, folder: Path, documents: Iterable[dict[str, Any]]) -> Iterator[Market]:
    """Run the demo market over a database of its own, without limits of rate."""
    unlimited = {"RATE_LIMIT_PER_MINUTE": "0", "RATE_LIMIT_CLAIMS_PER_MINUTE": "0"}
    with serving(server, folder, demo=True, **unlimited) as service:
        deadline = time.monotonic() + OPEN_SECONDS_MAX
        while "Ctrl-C" not in service.printed and time.monotonic() < deadline:
            time.sleep(0.2)
        market = Market(service, _keys(folder))
        for document in documents:
            market.look_around(document)
        yield market


def _keys(folder: Path) -> dict[str, str]:
    lines = (folder / "demo.env").read_text(encoding="utf-8").splitlines()
    pairs = (shlex.split(line)[-1].partition("=") for line in lines)
    return {name.removesuffix("_KEY").lower(): value for name, _, value in pairs if name.endswith("_KEY")}


def read_document(name: str) -> dict[str, Any]:
    """A document in docs/."""
    path = Path(__file__).parents[2] / "docs" / name
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
