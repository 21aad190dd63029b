"""The documents that the client is made from, and where what is made of each is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Target:
    """A document in the repository, and the package that is generated from it."""

    source: str
    package: str

    @property
    def folder(self) -> str:
        """Where the package is in the repository."""
        return self.package.replace(".", "/")


ORGANIZATIONS: Final = Target("docs/openapi.json", "client_api.client.generated")
WORKERS: Final = Target("docs/worker-openapi.json", "client_api.client.generated.worker")
