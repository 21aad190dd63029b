"""Links that stand for a person for fifteen minutes: who follows one sees what that person may see at that moment."""

import uuid
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace.identity.authentication import actor_of_person, seen_in_look
from marketplace.kernel.actor import Actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session

LIFE_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Links to things of one kind; `kind` keeps them from serving for another.

    One that was signed for staff who look at the person's pages is good as long as the look, and never for `files`.
    """

    kind: str
    files: bool = True

    def sign(self, thing_id: uuid.UUID, actor: Actor) -> str:
        """The token of a link to a thing, for this actor."""
        organization = "" if actor.organization_id is None else actor.organization_id.hex
        look = "" if actor.look_id is None else actor.look_id.hex
        return self._signer().dumps([thing_id.hex, actor.person.hex, organization, look])

    def read(self, token: str) -> tuple[uuid.UUID, Actor] | None:
        """The thing, and the actor as they are now; None for what is no such link, too old, or of nobody any more."""
        try:
            thing, person, organization, look = self._signer().loads(token, max_age=LIFE_SECONDS)
        except (BadData, ValueError):
            return None
        if look and (self.files or seen_in_look(request_session(), uuid.UUID(look)) is None):
            return None
        acts_for = uuid.UUID(organization) if organization else None
        actor = actor_of_person(request_session(), uuid.UUID(person), acts_for)
        return None if actor is None else (uuid.UUID(thing), actor)

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(get_context().secret_key, salt=f"{self.kind} link")
