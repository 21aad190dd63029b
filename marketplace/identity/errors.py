"""What identity refuses."""

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

UNAUTHENTICATED = define(
    "unauthenticated",
    ErrorKind.UNAUTHENTICATED,
    say("Not signed in"),
    say("The key or the session is missing, unknown, revoked or past its end."),
)
SIGN_IN_REFUSED = define(
    "sign_in_refused",
    ErrorKind.INVALID,
    say("This link or code does not work"),
    say("A sign-in link or code works once, for a short time, at the pages it was sent for. Ask for a new one."),
)
STEP_UP_REQUIRED = define(
    "step_up_required",
    ErrorKind.FORBIDDEN,
    say("Sign in again first"),
    say("What a stolen key or session must not do needs a sign-in of the last quarter of an hour in the same browser."),
)
PASSKEY_REFUSED = define(
    "passkey_refused",
    ErrorKind.INVALID,
    say("This passkey does not work here"),
    say(
        "A passkey answers one question of one page, within minutes, once its device has seen that its owner is there. "
        "Whatever else is wrong is not said, so that nobody learns whose passkeys there are."
    ),
)
PASSKEYS_TOO_MANY = define(
    "passkeys_too_many",
    ErrorKind.STATE,
    say("Too many passkeys"),
    say("How many passkeys a person has is limited; remove those of devices that are not used any more."),
)
EMAIL_INVALID = define(
    "email_invalid", ErrorKind.INVALID, say("Not an address"), say("An e-mail address has one @ and a domain after it.")
)
EMAIL_TAKEN = define(
    "email_taken", ErrorKind.STATE, say("This person is known already"), say("One address belongs to one person.")
)
PROVIDER_REFUSED = define(
    "sign_in_provider_refused",
    ErrorKind.INVALID,
    "Signing in through your organization did not work",
    "What came back from the identity provider does not prove who you are: it is old, was meant for another browser or "
    "another service, is not signed by the provider, or says nothing of a verified address. Begin anew.",
)
PROVIDER_UNREACHABLE = define(
    "sign_in_provider_unreachable",
    ErrorKind.UNAVAILABLE,
    "The identity provider does not answer",
    "The organization's identity provider could not be reached, or did not answer as OpenID Connect has it.",
)
PROVIDER_SESSION = define(
    "sign_in_provider_session",
    ErrorKind.FORBIDDEN,
    "This sign-in is good for one organization",
    "An organization's identity provider vouches for its people in that organization alone. Sign in anew to act for "
    "another.",
)
PROVIDER_KNOWN = define(
    "sign_in_provider_known",
    ErrorKind.STATE,
    "This identity provider is there already",
    "A sign-in name belongs to one identity provider, and an organization has one issuer once.",
)
LOOKING_ONLY = define(
    "looking_only",
    ErrorKind.FORBIDDEN,
    "You only look",
    "These are the pages of somebody else. While you look at them nothing can be sent, no file is handed out, and what "
    "is theirs alone stays theirs: keys, devices, ways to sign in. Stop looking to go on with your own.",
)
LOOK_REFUSED = define(
    "look_refused",
    ErrorKind.FORBIDDEN,
    "These pages are not shown to you",
    "Nobody looks at their own pages in this way, nor at those of staff who may do more than they may themselves.",
)
LOOKING_ALREADY = define(
    "looking_already",
    ErrorKind.STATE,
    "You look at somebody's pages already",
    "One looks at the pages of one person at a time; stop that look first, in whichever browser it is.",
)
SIGN_UP_UNVERIFIED = define(
    "sign_up_unverified",
    ErrorKind.STATE,
    "The address is not verified yet",
    "An organization is approved once the person who signed it up has opened the mailed link.",
)
ROLE_UNKNOWN = define(
    "role_unknown",
    ErrorKind.INVALID,
    "No such role here",
    "Clients have requesters and reviewers, subcontractors managers and reviewers, the platform its staff's roles.",
)
INVITATION_REFUSED = define(
    "invitation_refused",
    ErrorKind.INVALID,
    say("This invitation does not work"),
    say(
        "An invitation is answered once, by its newest mailed link and before its end. Ask whoever invited you "
        "to send it again."
    ),
)
INVITATION_PENDING = define(
    "invitation_pending",
    ErrorKind.STATE,
    "Invited already",
    "This address has an invitation to that role which waits for an answer; send it again instead.",
)
INVITATIONS_TOO_MANY = define(
    "invitations_too_many",
    ErrorKind.RATE_LIMITED,
    "Too many invitations",
    "How many invitations an organization mails in a day is limited, and how often one is mailed again.",
)
MEMBER_ALREADY = define(
    "member_already",
    ErrorKind.STATE,
    "A member already",
    "This person has that role in your organization already.",
)
TEAMS_TOO_MANY = define(
    "teams_too_many",
    ErrorKind.STATE,
    "Too many open teams",
    "How many open teams an organization has is limited; close those that nobody needs any more.",
)
TEAM_FULL = define(
    "team_full",
    ErrorKind.STATE,
    say("This team is full"),
    say("How many workers a team has is limited; make another one."),
)
SCOPE_UNKNOWN = define(
    "scope_unknown",
    ErrorKind.INVALID,
    say("A scope reaches too far"),
    say("A key's scopes are permissions which its holder has, and which the key has that issues it."),
)
KEY_ENDED = define(
    "key_ended",
    ErrorKind.STATE,
    "This key works no more",
    "A key that was revoked or is past its end cannot be rotated; issue a new one.",
)
KEY_REPLACED = define(
    "key_replaced",
    ErrorKind.STATE,
    "This key was rotated already",
    "A key is rotated to one successor, which `data.successor` names. If its secret was lost on the way, rotate the "
    "successor with the old key, which is allowed as long as it was never used.",
)
KEYS_TOO_MANY = define(
    "keys_too_many",
    ErrorKind.STATE,
    say("Too many live keys"),
    say("Revoke keys that nobody needs any more, then issue new ones."),
)
SETUP_DONE = define(
    "setup_done",
    ErrorKind.STATE,
    "There is an operations person already",
    "The first operations person is made once; further people are added by the one before.",
)
SKILL_CODE_TAKEN = define(
    "skill_code_taken",
    ErrorKind.STATE,
    "There is a skill with this code already",
    "The code of a skill is unique in its organization.",
)
SKILL_HELD = define(
    "skill_held",
    ErrorKind.STATE,
    "The worker has this skill already",
    "One grant of a skill to a worker is live at a time; revoke it to grant it anew with another end.",
)
LAST_OF_ROLE = define(
    "last_of_role",
    ErrorKind.STATE,
    "The last one in this role",
    "An organization keeps at least one person who can manage it.",
)
PERSON_NEEDED = define(
    "person_needed",
    ErrorKind.STATE,
    say("Something waits for this person"),
    say(
        "Nobody is erased while something that two people decide on was begun by them and is not decided. `data.open` "
        "says what: have it decided or taken back first."
    ),
)
RATE_LIMITED = define(
    "rate_limited", ErrorKind.RATE_LIMITED, say("Too many requests"), say("Wait for the seconds named, then try again.")
)
