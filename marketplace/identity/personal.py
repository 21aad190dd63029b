"""What is personal in the tables of people, organizations, their keys and sign-ins."""

import uuid
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from marketplace.db.personal import ERASED, Personal, by, impersonal, personal
from marketplace.identity.look_models import Look
from marketplace.identity.models import (
    ApiKey,
    Invitation,
    Membership,
    Organization,
    Person,
    RequestCount,
    SignInToken,
    Skill,
    SkillGrant,
    SkillRevocation,
    TermsAcceptance,
    WebSession,
    Worker,
)
from marketplace.identity.passkey_models import Passkey, PasskeyChallenge
from marketplace.identity.provider_models import IdentityProvider, ProviderIdentity, ProviderSignIn
from marketplace.identity.team_models import Team, TeamInvitation, TeamMember

SECRETS: Final = "a secret, or its digest, which would be of use to a thief only"


def address_of(person_id: uuid.UUID) -> ColumnElement[str]:
    """Their address, as long as they are not erased."""
    return select(Person.email).where(Person.id == person_id).scalar_subquery()


def erased_address(person_id: uuid.UUID) -> str:
    """What stands for the address of who was erased; no mail ever gets there (RFC 2606)."""
    return f"erased-{person_id}@erased.invalid"


def _revoked_from(person_id: uuid.UUID) -> ColumnElement[bool]:
    return SkillRevocation.grant_id.in_(select(SkillGrant.id).where(SkillGrant.person_id == person_id))


personal(
    Personal(
        Person,
        by(Person.id),
        why="to sign in, to write to them, and to show to those they work with",
        erased={"email": erased_address, "name": ERASED, "language": "en", "email_verified_at": None},
        codes=("state",),
    )
)
personal(
    Personal(
        Worker,
        by(Worker.person_id),
        why="which work is shown to them and how, and how much time they get",
        erased={"languages": [], "time_factor_percent": 100, "low_data": "as_browser", "text_size": "normal"},
        kept={"country": "law of the country decides on tax, wage floors and how late pay may be"},
    )
)
personal(
    Personal(
        TermsAcceptance,
        by(TermsAcceptance.person_id),
        why="to show which terms were agreed to",
        kept={"terms_version": "the contract under which pay was earned; names nobody"},
    )
)
personal(Personal(Membership, by(Membership.person_id), why="what they may do in an organization", removed=True))
personal(Personal(TeamMember, by(TeamMember.person_id), why="which team offers them work", removed=True))
personal(
    Personal(
        Invitation,
        lambda person_id: or_(Invitation.person_id == person_id, Invitation.email == address_of(person_id)),
        why="to offer a role to whoever reads mail at the address",
        erased={"email": ERASED, "name": ERASED, "verify_code": None},
        codes=("role", "state", "token_hash"),
        hidden={"token_hash": SECRETS, "verify_code": SECRETS},
    )
)
personal(
    Personal(
        TeamInvitation,
        lambda person_id: TeamInvitation.email == address_of(person_id),
        why="to offer a place in a team to the worker with that address",
        erased={"email": ERASED, "verify_code": None},
        codes=("state",),
        hidden={"verify_code": SECRETS},
    )
)
personal(
    Personal(
        SkillGrant,
        by(SkillGrant.person_id, SkillGrant.granted_by_person_id),
        why="what an organization says that a worker can do",
        erased={"reason": ERASED},
        given=by(SkillGrant.person_id),
    )
)
personal(
    Personal(
        SkillRevocation,
        lambda person_id: or_(SkillRevocation.revoked_by_person_id == person_id, _revoked_from(person_id)),
        why="why an organization says so no more",
        erased={"reason": ERASED},
        given=_revoked_from,
    )
)
personal(
    Personal(
        ApiKey,
        by(ApiKey.person_id),
        why="to let their programs in",
        erased={"name": ERASED, "hint": ERASED},
        codes=("secret_hash", "scopes"),
        hidden={"secret_hash": SECRETS},
    )
)
personal(
    Personal(
        SignInToken,
        by(SignInToken.person_id),
        why="to sign in by mail",
        kept_for="until it is used or past its end, a quarter of an hour",
        removed=True,
        not_exported=SECRETS,
    )
)
personal(
    Personal(
        WebSession,
        by(WebSession.person_id),
        why="to stay signed in, and to show where one is signed in",
        kept_for="until it is past its end",
        removed=True,
        hidden={"secret_hash": SECRETS},
    )
)
personal(
    Personal(
        Look,
        by(Look.person_id, Look.staff_person_id),
        why="to show to whom support looked at their pages, when and why",
        erased={"reason": ERASED},
        codes=("face", "secret_hash"),
        given=by(Look.person_id),
        hidden={"secret_hash": SECRETS},
    )
)
personal(
    Personal(
        Passkey,
        by(Passkey.person_id),
        why="to sign in by a key that their device keeps",
        kept_for="until they remove it",
        removed=True,
        hidden={"public_key": "of use to this service only", "credential_id": "of use to this service only"},
    )
)
personal(
    Personal(
        PasskeyChallenge,
        by(PasskeyChallenge.person_id),
        why="to know that an answer is new, and from the browser that was asked",
        kept_for="until it is answered or past its end, five minutes",
        removed=True,
        not_exported=SECRETS,
    )
)
personal(
    Personal(
        ProviderIdentity,
        by(ProviderIdentity.person_id),
        why="what their organization's identity provider calls them, to know them by it",
        kept_for="until the provider, or their last role in its organization, is removed",
        removed=True,
    )
)
personal(
    Personal(
        ProviderSignIn,
        by(ProviderSignIn.person_id),
        why="to connect them with what the provider calls them",
        kept_for="until it is past its end, a quarter of an hour",
        removed=True,
        not_exported=SECRETS,
    )
)
impersonal("where an organization's people are known; its secret is sealed", IdentityProvider)
impersonal("an organization, its name and its country; who decided on it is an id", Organization)
impersonal("words of an organization about work, not about a person", Skill, Team)
impersonal("hashes that count requests, gone when their window is over", RequestCount)
