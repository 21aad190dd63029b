"""The actor: who does something, as a plain value that every verb takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from marketplace.kernel.errors import FORBIDDEN
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say

EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which organization, with which permissions, and by which way.

    `organization_kind` is "client", "subcontractor", "platform" or None; `via` is
    "session", "api_key", "link", "look", "system" or "command_line"; `name` is for people and logs; `key_id` is the key
    of "api_key", `session_id` the signed-in browser of "session", which may have come in `through_provider`. Of "look"
    `look_id` is staff's look at the pages of this actor: nothing is done then, and nothing can be written.
    """

    person_id: UUID | None
    organization_id: UUID | None
    organization_kind: str | None
    roles: frozenset[str]
    permissions: frozenset[str]
    via: str
    name: str
    key_id: UUID | None = None
    session_id: UUID | None = None
    through_provider: bool = False
    look_id: UUID | None = None

    def may(self, permission: str) -> bool:
        """Whether the actor holds the permission."""
        return permission in self.permissions or EVERYTHING in self.permissions

    def require(self, permission: str) -> None:
        """Refuse with forbidden, naming the permission, unless the actor holds it."""
        if not self.may(permission):
            raise FORBIDDEN.error(
                say("This needs the permission %(permission)s.", permission=permission), permission=permission
            )

    @property
    def is_staff(self) -> bool:
        """Whether it is the platform's own: somebody acting for it, or the product itself, who may do everything."""
        return self.organization_kind == "platform" or EVERYTHING in self.permissions

    @property
    def label(self) -> str:
        """The actor in audit bodies: "per_…", "org_…" or "system:sweep_leases"."""
        if self.person_id is not None:
            return public("person", self.person_id)
        if self.organization_id is not None:
            return public("organization", self.organization_id)
        return f"{self.via}:{self.name}"

    @property
    def organization(self) -> UUID:
        """The organization acted for; raises forbidden when there is none."""
        if self.organization_id is None:
            raise FORBIDDEN.error(say("This can only be done for an organization."))
        return self.organization_id

    @property
    def person(self) -> UUID:
        """The person acting; raises forbidden when it is not a person."""
        if self.person_id is None:
            raise FORBIDDEN.error(say("This can only be done by a person."))
        return self.person_id


def system_actor(name: str) -> Actor:
    """The product itself, at a named duty such as "sweep_leases"; may do everything."""
    return Actor(None, None, None, frozenset(), frozenset({EVERYTHING}), "system", name)
