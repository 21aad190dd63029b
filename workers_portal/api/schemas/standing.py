"""What one was told, granted, refused and invited to, on the wire."""

from typing import Annotated, Any, TypedDict

from marketplace.contracts.access import SCOPES
from marketplace.identity.skills import TEXT_MAX
from marketplace.jobs.labels import KINDS
from marketplace.scores.reckoning import ANSWERS_MIN
from workers_portal.api.describing import Says, an_id, one_of
from workers_portal.api.schemas.values import Instant


class NotificationWire(TypedDict):
    """One thing one was told."""

    id: Annotated[str, an_id("notification")]
    kind: Annotated[str, "The kind of event behind it."]
    subject: Annotated[str, "The id of what it is about."]
    data: dict[str, Any]
    created_at: Instant
    read_at: Instant | None


class SkillWire(TypedDict):
    """A skill one was granted."""

    id: Annotated[str, an_id("skill_grant")]
    skill_id: Annotated[str, an_id("skill")]
    code: str
    name: str
    description: str
    organization_id: Annotated[str, an_id("organization")]
    organization_name: str
    state: Annotated[str, one_of(["live", "expired", "revoked"])]
    reason: str
    granted_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    revocation_reason: str | None


class ScoreWire(TypedDict):
    """How well one does at a kind of labeling, as far as it is known."""

    kind: Annotated[str, one_of(sorted(KINDS))]
    percent: Annotated[int | None, "Of 100; null where it is not known any more."]
    answers_at_least: Annotated[int, f"Of how many answers, in steps of {ANSWERS_MIN}."]
    known_until: Annotated[Instant | None, "Until when enough of these answers are fresh."]


class ScoresWire(TypedDict):
    """One's scores; a kind without one is not known yet."""

    data: list[ScoreWire]


class BlockWire(TypedDict):
    """A block against oneself."""

    id: Annotated[str, an_id("access_rule")]
    organization_id: Annotated[str, an_id("organization")]
    organization_name: str
    scope: Annotated[str, one_of(SCOPES)]
    job_title: str | None
    reason: str
    created_at: Instant
    expires_at: Instant
    contested_at: Instant | None
    contest: Annotated[str | None, "How to object; null once one has."]


class ContestInput(TypedDict):
    """What speaks against a block."""

    reason: Annotated[str, Says(minLength=1, maxLength=TEXT_MAX)]


class TeamWire(TypedDict):
    """A team one is in."""

    id: Annotated[str, an_id("team")]
    name: str
    organization: str
    joined_at: Instant


class LeftTeamWire(TypedDict):
    """A team one has left."""

    id: Annotated[str, an_id("team")]
    left: bool


class AnsweredInvitationWire(TypedDict):
    """An invitation to a team."""

    id: Annotated[str, an_id("team_invitation")]
    team_id: Annotated[str, an_id("team")]
    state: str


class TeamInvitationWire(AnsweredInvitationWire):
    """An invitation that waits for one's answer."""

    team: str
    organization: str
    invited_by: str | None
    expires_at: Instant
