"""Signing in without passwords: a mailed link or code, good once and for a short time; passkeys are in `passkeys`.

Real time throughout. There are two faces, each with its own cookie: "work" for workers, "console" for organizations.
"""

import datetime as dt
import hmac
import uuid

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.identity.devices import Visit, is_live
from marketplace.identity.errors import SIGN_IN_REFUSED
from marketplace.identity.models import Membership, Organization, Person, SignInToken, WebSession, Worker
from marketplace.identity.secrets import digest, new_code, new_secret, shown_code, typed_code
from marketplace.identity.stepping_up import require_own_sign_in
from marketplace.identity.values import read_email
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ports import Mailer, Message
from marketplace.kernel.texts import say

TOKEN_LIFE = dt.timedelta(minutes=15)
SESSION_LIFE = {"work": dt.timedelta(days=30), "console": dt.timedelta(hours=12)}
ATTEMPTS_MAX = 5
UNKNOWN = Visit()


def sign_in_url(public_url: str, face: str, token: str) -> str:
    """The link that is mailed or printed."""
    return f"{public_url}/{face}/sign-in/{token}"


def request_sign_in(
    session: Session, mailer: Mailer, email: str, face: str, public_url: str, *, language: str = "en"
) -> None:
    """Mail a link and a code to the address, in the language of the page where it was asked for.

    Who asks learns nothing of whether the address is known, neither by words nor by time: an unknown address gets a
    mail as well, which says so to its owner alone. Raises email_invalid.
    """
    address = read_email(email)
    person = session.scalars(select(Person).where(Person.email == address)).one_or_none()
    if person is not None and home_of(session, person.id, face) is not None:
        mail_link(session, mailer, person, face, public_url, language=language)
        return
    other = "console" if face == "work" else "work"
    known = person is not None and home_of(session, person.id, other) is not None
    where = f"{public_url}/{other}/sign-in" if known else f"{public_url}/sign-up"
    text = say(
        "Somebody, probably you, asked to sign in at %(page)s.\n\n"
        "There is no account of that kind for this address. This is the place to go instead:\n%(where)s\n\n"
        "If it was not you, nothing has happened and nothing needs to be done.",
        page=f"{public_url}/{face}",
        where=where,
    )
    mailer.send(Message(address, say("Signing in to Piecework"), text, language))


def mail_link(
    session: Session, mailer: Mailer, person: Person, face: str, public_url: str, *, language: str = "en"
) -> None:
    """Mail a fresh link and code to a person known to belong there, in a language."""
    token, code = create_link(session, person.id, face)
    minutes = TOKEN_LIFE // dt.timedelta(minutes=1)
    text = say(
        "Hello %(name)s,\n\nopen this link to sign in to Piecework. It works once, for %(minutes)s minutes:\n"
        "%(link)s\n\n"
        "Or type this code where you asked for it:\n%(code)s\n\n"
        "If you did not ask for it, ignore this mail; nobody gets in without it.",
        name=person.name,
        minutes=minutes,
        link=sign_in_url(public_url, face, token),
        code=shown_code(code),
    )
    mailer.send(Message(person.email, say("Signing in to Piecework"), text, language))


def create_link(
    session: Session, person_id: uuid.UUID, face: str, *, life: dt.timedelta = TOKEN_LIFE
) -> tuple[str, str]:
    """Make a way in and return its token (for a link) and its code (to type), the only time they are seen."""
    token, code = new_secret(), new_code()
    session.add(
        SignInToken(
            person_id=person_id,
            face=face,
            token_hash=digest(token),
            code_hash=digest(code),
            expires_at=func.statement_timestamp() + life,
        )
    )
    session.flush()
    return token, code


def consume_token(
    session: Session, token: str, face: str, *, language: str, visit: Visit = UNKNOWN
) -> tuple[WebSession, str]:
    """Turn a link's token into a session: (the row, the cookie's secret). Raises sign_in_refused."""
    # One UPDATE decides: two browsers that open the same link at once wait for each other here, and one finds it used.
    person_id = session.execute(
        update(SignInToken)
        .where(
            SignInToken.token_hash == digest(token),
            SignInToken.face == face,
            SignInToken.used_at.is_(None),
            SignInToken.expires_at > func.statement_timestamp(),
        )
        .values(used_at=func.statement_timestamp())
        .returning(SignInToken.person_id)
    ).scalar_one_or_none()
    if person_id is None:
        raise _refused()
    return begin(session, person_id, face, language, visit)


def consume_code(
    session: Session, email: str, code: str, face: str, *, language: str, visit: Visit = UNKNOWN
) -> tuple[WebSession, str]:
    """Turn a typed code into a session; only the newest code of that person and face counts.

    Raises sign_in_refused. The caller commits even then: the attempt must count.
    """
    try:
        address = read_email(email)
    except DomainError:
        raise _refused() from None
    newest = (
        select(SignInToken.id)
        .join(Person, Person.id == SignInToken.person_id)
        .where(Person.email == address, SignInToken.face == face)
        .order_by(SignInToken.created_at.desc(), SignInToken.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    # The count is raised before the code is looked at, under the row's lock: parallel guesses get no extra turns.
    found = session.execute(
        update(SignInToken)
        .where(
            SignInToken.id == newest,
            SignInToken.used_at.is_(None),
            SignInToken.expires_at > func.statement_timestamp(),
            SignInToken.attempts < ATTEMPTS_MAX,
        )
        .values(attempts=SignInToken.attempts + 1)
        .returning(SignInToken.id, SignInToken.person_id, SignInToken.code_hash)
    ).one_or_none()
    if found is None or not hmac.compare_digest(found.code_hash, digest(typed_code(code))):
        raise _refused()
    session.execute(update(SignInToken).where(SignInToken.id == found.id).values(used_at=func.statement_timestamp()))
    return begin(session, found.person_id, face, language, visit)


def consume(
    session: Session,
    face: str,
    *,
    token: str | None = None,
    email: str = "",
    code: str = "",
    language: str = "en",
    visit: Visit = UNKNOWN,
) -> tuple[WebSession, str]:
    """Sign in by a link's token, or by address and code, on a page of that language. Raises sign_in_refused."""
    if token is not None:
        return consume_token(session, token, face, language=language, visit=visit)
    return consume_code(session, email, code, face, language=language, visit=visit)


def home_of(session: Session, person_id: uuid.UUID, face: str) -> uuid.UUID | None:
    """Where the person lands at that face: the worker's own id, or the organization joined first; else None."""
    if face == "work":
        return session.scalar(select(Worker.person_id).where(Worker.person_id == person_id))
    return session.scalar(
        select(Membership.organization_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.created_at, Membership.organization_id)
        .limit(1)
    )


def switch_organization(session: Session, actor: Actor, cookie_secret: str, organization_id: uuid.UUID) -> None:
    """Continue the console session for another organization of the same person.

    Raises not_found, sign_in_provider_session.
    """
    member = session.scalar(
        select(Membership.person_id)
        .where(Membership.person_id == actor.person, Membership.organization_id == organization_id)
        .limit(1)
    )
    if member is None:
        raise NOT_FOUND.error("There is no organization of yours with this id.", noun="organization")
    # An organization chooses its provider itself: its word must not open what the person is elsewhere.
    require_own_sign_in(actor)
    session.execute(
        update(WebSession)
        .where(
            WebSession.secret_hash == digest(cookie_secret),
            WebSession.person_id == actor.person,
            WebSession.face == "console",
        )
        .values(organization_id=organization_id)
    )


def sign_out(session: Session, cookie_secret: str) -> None:
    """End the session of that cookie; nothing happens if there is none."""
    session.execute(
        update(WebSession)
        .where(WebSession.secret_hash == digest(cookie_secret), WebSession.revoked_at.is_(None))
        .values(revoked_at=func.statement_timestamp())
    )


def keep_language(session: Session, person_id: uuid.UUID, language: str) -> None:
    """Note in which language somebody reads the workers' pages: mails that nobody asked for there come in it."""
    session.execute(update(Person).where(Person.id == person_id).values(language=language))


def begin(session: Session, person_id: uuid.UUID, face: str, language: str, visit: Visit) -> tuple[WebSession, str]:
    """A new session of somebody who has just shown who they are: (the row, the cookie's secret).

    It takes the place of the one that the browser had at that face: that ends, and of the same person the organization
    is kept. Raises sign_in_refused for who does not belong there.
    """
    home = home_of(session, person_id, face)
    if home is None:
        raise _refused()
    if face == "work":
        keep_language(session, person_id, language)
    session.execute(
        update(Person)
        .where(Person.id == person_id, Person.email_verified_at.is_(None))
        .values(email_verified_at=func.statement_timestamp())
    )
    acts_for = (_organization_before(session, person_id, visit) or home) if face == "console" else None
    return open_session(session, person_id, face, acts_for, visit)


def open_session(
    session: Session,
    person_id: uuid.UUID,
    face: str,
    organization_id: uuid.UUID | None,
    visit: Visit,
    identity_provider_id: uuid.UUID | None = None,
) -> tuple[WebSession, str]:
    """A new session, whoever found out that it is them: (the row, the cookie's secret, which is new each time).

    The one that the browser had at that face ends.
    """
    sign_out(session, visit.before)
    secret = new_secret()
    row = WebSession(
        secret_hash=digest(secret),
        person_id=person_id,
        organization_id=organization_id,
        face=face,
        browser=visit.browser,
        system=visit.system,
        identity_provider_id=identity_provider_id,
        expires_at=func.statement_timestamp() + SESSION_LIFE[face],
    )
    session.add(row)
    session.flush()
    return row, secret


def _organization_before(session: Session, person_id: uuid.UUID, visit: Visit) -> uuid.UUID | None:
    """For whom the person acted in this browser until now, if they still may."""
    return session.scalar(
        select(WebSession.organization_id)
        .join(Membership, Membership.organization_id == WebSession.organization_id)
        .where(
            WebSession.secret_hash == digest(visit.before),
            WebSession.person_id == person_id,
            Membership.person_id == person_id,
            is_live(),
        )
        .limit(1)
    )


def _refused() -> DomainError:
    return SIGN_IN_REFUSED.error(say("This link or code is unknown, used already, or past its end. Ask for a new one."))
