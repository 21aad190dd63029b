"""What identity writes into the log. Names and addresses stay out of it: a person is an id."""

from marketplace.audit.events import define_event

ORGANIZATION_CREATED = define_event(
    "organization.created",
    1,
    "Organization created",
    {
        "organization_kind": "text: client, subcontractor or platform",
        "country": "text: ISO 3166 code",
        "state": "text: its first state",
    },
)
ORGANIZATION_CHANGED = define_event(
    "organization.changed",
    1,
    "Organization changed",
    {
        "changed": "list of text: sorted names of the fields that were changed",
        "version": "whole number: the version after the change",
    },
)
ORGANIZATION_DECIDED = define_event(
    "organization.decided",
    1,
    "Sign-up of an organization decided",
    {
        "from_state": "text: the state before",
        "to_state": "text: the state after",
        "reason_given": "boolean: whether a reason was written",
    },
)
MEMBER_ADDED = define_event(
    "member.added", 1, "Role given to a person", {"person": "person id: the person", "role": "text"}
)
MEMBER_REMOVED = define_event(
    "member.removed", 1, "Role taken from a person", {"person": "person id: the person", "role": "text"}
)
INVITATION_CREATED = define_event(
    "invitation.created",
    1,
    "Person invited to an organization",
    {"role": "text: the role offered", "expires_at": "moment: its end in real time"},
)
INVITATION_RESENT = define_event(
    "invitation.resent",
    1,
    "Invitation mailed again with a new link",
    {
        "times_sent": "whole number: how often it was mailed by now",
        "expires_at": "moment: its end in real time",
    },
)
INVITATION_REVOKED = define_event("invitation.revoked", 1, "Invitation taken back", {"role": "text: the role offered"})
INVITATION_ACCEPTED = define_event(
    "invitation.accepted",
    1,
    "Invitation accepted",
    {"role": "text: the role given", "person": "person id: the person who accepted"},
)
INVITATION_DECLINED = define_event("invitation.declined", 1, "Invitation declined", {"role": "text: the role offered"})
PROVIDER_ADDED = define_event(
    "identity_provider.added", 1, "Identity provider added to an organization", {"issuer_commitment": "commitment"}
)
PROVIDER_CHANGED = define_event(
    "identity_provider.changed",
    1,
    "Identity provider changed",
    {
        "changed": "list of text: sorted names of the fields that were changed",
        "version": "whole number: the version after the change",
    },
)
PROVIDER_REMOVED = define_event("identity_provider.removed", 1, "Identity provider removed from an organization", {})
PROVIDER_CONNECTED = define_event(
    "identity_provider.connected",
    1,
    "Member connected with an identity provider",
    {"person": "person id: the member, who typed a code that was mailed to them"},
)
_INVITATION = {"invitation": "team invitation id: the invitation"}
TEAM_CREATED = define_event("team.created", 1, "Team created", {})
TEAM_RENAMED = define_event(
    "team.renamed", 1, "Team renamed", {"version": "whole number: the version after the change"}
)
TEAM_CLOSED = define_event("team.closed", 1, "Team closed", {})
TEAM_INVITED = define_event(
    "team.invited",
    1,
    "Worker invited to a team",
    {**_INVITATION, "expires_at": "moment: its end in real time"},
)
TEAM_INVITATION_REVOKED = define_event(
    "team.invitation_revoked", 1, "Invitation to a team taken back", dict(_INVITATION)
)
TEAM_JOINED = define_event("team.joined", 1, "Worker joined a team", {**_INVITATION, "person": "person id: the worker"})
TEAM_DECLINED = define_event("team.declined", 1, "Invitation to a team declined", dict(_INVITATION))
TEAM_LEFT = define_event("team.left", 1, "Worker left a team", {"person": "person id: the worker"})
TEAM_MEMBER_REMOVED = define_event(
    "team.member_removed", 1, "Worker removed from a team", {"person": "person id: the worker"}
)
WORKER_SIGNED_UP = define_event(
    "worker.signed_up",
    2,
    "Worker signed up",
    {"country_commitment": "commitment: to its ISO 3166 code", "terms_version": "text: version of the terms accepted"},
)
PERSON_ERASED = define_event(
    "person.erased",
    1,
    "Person erased",
    {
        "reason": "text: own_wish, asked_in_writing or authority; written_since where more was said of them afterwards",
        "rows": "list of record: {table, rows}: how many rows were ended, blanked or deleted, by table",
    },
)
PERSON_FORGOTTEN = define_event(
    "person.forgotten",
    1,
    "Where an erased person was paid is deleted: nothing is owed to them any more",
    {"rows": "list of record: {table, rows}: how many rows were blanked or deleted, by table"},
)
SKILL_DEFINED = define_event("skill.defined", 1, "Skill defined", {"code": "text: its short name in the organization"})
SKILL_GRANTED = define_event(
    "skill.granted",
    2,
    "Skill granted to a worker",
    {
        "skill": "skill id",
        "worker": "person id: the worker",
        "expires_at": "moment: when it ends, market time",
        "reason_commitment": "commitment",
    },
)
SKILL_REVOKED = define_event(
    "skill.revoked",
    2,
    "Skill taken back from a worker",
    {
        "skill": "skill id",
        "worker": "person id: the worker",
        "reason_commitment": "commitment",
    },
)
_PASSKEY = {"passkey": "passkey id"}
PASSKEY_ADDED = define_event("passkey.added", 1, "Passkey added", dict(_PASSKEY))
PASSKEY_REMOVED = define_event("passkey.removed", 1, "Passkey removed", dict(_PASSKEY))
PASSKEY_REFUSED = define_event(
    "passkey.refused",
    1,
    "Sign-in by a passkey refused that counts backwards, as a copy would",
    {
        **_PASSKEY,
        "kept": "whole number: how often it had been used",
        "shown": "whole number: how often it said it had been used",
    },
)
SESSIONS_ENDED = define_event(
    "sessions.ended", 1, "Signed-in browsers ended by their person", {"sessions": "list of session id: sorted"}
)
LOOK_BEGAN = define_event(
    "look.began",
    1,
    "Staff began to look at a person's pages as they see them",
    {
        "person": "person id: whose pages",
        "organization": "organization id or null: in which organization; null for the pages of work",
        "expires_at": "moment: its end in real time",
        "reason_commitment": "commitment",
    },
)
LOOK_ENDED = define_event(
    "look.ended",
    1,
    "Staff looks at a person's pages no more",
    {"person": "person id: whose pages", "how": "text: stopped or time_over"},
)
KEY_ISSUED = define_event(
    "key.issued",
    2,
    "API key issued",
    {
        "holder": "person id: the person it acts for",
        "organization": "organization id or null: null for a worker's own key",
        "scopes": "list of text or null: sorted permissions it is limited to",
        "expires_at": "moment or null: its end in real time",
        "issued_with": "api key id or null: the key that asked for it",
        "replaces": "api key id or null: the key that was rotated to it",
    },
)
KEY_ROTATED = define_event(
    "key.rotated",
    1,
    "API key rotated",
    {
        "holder": "person id: the person it acts for",
        "successor": "api key id: the key that takes its place",
        "ends_at": "moment: real time until which both work",
    },
)
KEY_REVOKED = define_event(
    "key.revoked",
    2,
    "API key revoked",
    {
        "holder": "person id: the person it acted for",
        "together_with": "api key id or null: the key whose revocation ended this one too",
    },
)
