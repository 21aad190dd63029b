"""What identity writes into the log. Names and addresses stay out of it: a person is an id."""

from marketplace.audit.events import define_event

ORGANIZATION_CREATED = define_event(
    "organization.created",
    1,
    "Organization created",
    {"organization_kind": "client, subcontractor or platform", "country": "ISO 3166 code", "state": "its first state"},
)
ORGANIZATION_CHANGED = define_event(
    "organization.changed",
    1,
    "Organization changed",
    {"changed": "sorted names of the fields that were changed", "version": "the version after the change"},
)
ORGANIZATION_DECIDED = define_event(
    "organization.decided",
    1,
    "Sign-up of an organization decided",
    {"from_state": "the state before", "to_state": "the state after", "reason_given": "whether a reason was written"},
)
MEMBER_ADDED = define_event(
    "member.added", 1, "Role given to a person", {"person": "public id of the person", "role": "the role"}
)
MEMBER_REMOVED = define_event(
    "member.removed", 1, "Role taken from a person", {"person": "public id of the person", "role": "the role"}
)
INVITATION_CREATED = define_event(
    "invitation.created",
    1,
    "Person invited to an organization",
    {"role": "the role offered", "expires_at": "instant of its end in real time"},
)
INVITATION_RESENT = define_event(
    "invitation.resent",
    1,
    "Invitation mailed again with a new link",
    {"times_sent": "how often it was mailed by now", "expires_at": "instant of its end in real time"},
)
INVITATION_REVOKED = define_event("invitation.revoked", 1, "Invitation taken back", {"role": "the role offered"})
INVITATION_ACCEPTED = define_event(
    "invitation.accepted",
    1,
    "Invitation accepted",
    {"role": "the role given", "person": "public id of the person who accepted"},
)
INVITATION_DECLINED = define_event("invitation.declined", 1, "Invitation declined", {"role": "the role offered"})
_INVITATION = {"invitation": "public id of the invitation"}
TEAM_CREATED = define_event("team.created", 1, "Team created", {})
TEAM_RENAMED = define_event("team.renamed", 1, "Team renamed", {"version": "the version after the change"})
TEAM_CLOSED = define_event("team.closed", 1, "Team closed", {})
TEAM_INVITED = define_event(
    "team.invited",
    1,
    "Worker invited to a team",
    {**_INVITATION, "expires_at": "instant of its end in real time"},
)
TEAM_INVITATION_REVOKED = define_event(
    "team.invitation_revoked", 1, "Invitation to a team taken back", dict(_INVITATION)
)
TEAM_JOINED = define_event(
    "team.joined", 1, "Worker joined a team", {**_INVITATION, "person": "public id of the worker"}
)
TEAM_DECLINED = define_event("team.declined", 1, "Invitation to a team declined", dict(_INVITATION))
TEAM_LEFT = define_event("team.left", 1, "Worker left a team", {"person": "public id of the worker"})
TEAM_MEMBER_REMOVED = define_event(
    "team.member_removed", 1, "Worker removed from a team", {"person": "public id of the worker"}
)
WORKER_SIGNED_UP = define_event(
    "worker.signed_up",
    1,
    "Worker signed up",
    {"country": "ISO 3166 code", "terms_version": "version of the terms accepted"},
)
SKILL_DEFINED = define_event("skill.defined", 1, "Skill defined", {"code": "its short name in the organization"})
SKILL_GRANTED = define_event(
    "skill.granted",
    1,
    "Skill granted to a worker",
    {
        "skill": "public id of the skill",
        "worker": "public id of the worker",
        "expires_at": "when it ends, market time",
        "reason_digest": "SHA-256, hex, of the reason's UTF-8 bytes",
    },
)
SKILL_REVOKED = define_event(
    "skill.revoked",
    1,
    "Skill taken back from a worker",
    {
        "skill": "public id of the skill",
        "worker": "public id of the worker",
        "reason_digest": "SHA-256, hex, of the reason's UTF-8 bytes",
    },
)
KEY_ISSUED = define_event(
    "key.issued",
    2,
    "API key issued",
    {
        "holder": "public id of the person it acts for",
        "organization": "public id, or null for a worker's own key",
        "scopes": "sorted permissions it is limited to, or null",
        "expires_at": "instant of its end in real time, or null",
        "issued_with": "public id of the key that asked for it, or null",
        "replaces": "public id of the key that was rotated to it, or null",
    },
)
KEY_ROTATED = define_event(
    "key.rotated",
    1,
    "API key rotated",
    {
        "holder": "public id of the person it acts for",
        "successor": "public id of the key that takes its place",
        "ends_at": "instant in real time until which both work",
    },
)
KEY_REVOKED = define_event(
    "key.revoked",
    2,
    "API key revoked",
    {
        "holder": "public id of the person it acted for",
        "together_with": "public id of the key whose revocation ended this one too, or null",
    },
)
