"""Passkeys: adding and removing one's own, and signing in with one. Real time throughout.

A challenge is good for one answer, for minutes, from the browser it was given to: `browser` is a secret in that
browser's signed cookie. Mail stays a way in, so the last passkey may go like any other.
"""

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.identity import ceremonies, events, signin
from marketplace.identity.ceremonies import Answer, Site, refused
from marketplace.identity.devices import Visit
from marketplace.identity.errors import PASSKEYS_TOO_MANY
from marketplace.identity.models import Person, WebSession
from marketplace.identity.passkey_models import Passkey, PasskeyChallenge
from marketplace.identity.secrets import digest
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.identity.values import read_name
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.ports import Mailer, Message
from marketplace.kernel.texts import Text, say

CHALLENGE_LIFE: Final = dt.timedelta(minutes=5)
PASSKEYS_MAX: Final = 20


def own_passkeys(session: Session, actor: Actor) -> list[Passkey]:
    """The acting person's passkeys, newest first."""
    return list(
        session.scalars(select(Passkey).where(Passkey.person_id == actor.person).order_by(Passkey.id.desc())).all()
    )


def has_passkey(session: Session, person_id: uuid.UUID) -> bool:
    """Whether the person has any."""
    return bool(session.scalar(select(exists().where(Passkey.person_id == person_id))))


def ask_to_add(session: Session, actor: Actor, site: Site, face: str, browser: str) -> dict[str, Any]:
    """What to ask the browser for a new passkey of the acting person. Raises step_up_required, passkeys_too_many."""
    require_recent_sign_in(session, actor)
    known = _room_for_one(session, actor)
    person = session.get_one(Person, actor.person)
    challenge = _challenge(session, "add", face, browser, actor.person)
    return ceremonies.creation_options(site, challenge, person.id, person.email, person.name, known)


def add(
    session: Session, actor: Actor, site: Site, face: str, browser: str, sent: str, name: str, mailer: Mailer
) -> Passkey:
    """Keep the passkey that the browser made, under a name, and mail its owner.

    Raises step_up_required, passkey_refused, passkeys_too_many, invalid; OSError where the mail cannot be sent.
    The caller commits even when it is refused: the challenge is used up.
    """
    answer = ceremonies.read_answer(sent)
    asked = _take(session, "add", face, browser, answer)
    # Whoever adds two at once, or is being erased meanwhile, is found by this lock.
    person = session.get_one(Person, actor.person, with_for_update={"key_share": True}, populate_existing=True)
    require_recent_sign_in(session, actor)
    _room_for_one(session, actor)
    if asked != actor.person:
        raise refused()
    called = read_name(name)
    made = ceremonies.check_creation(site, answer)
    if session.scalar(select(exists().where(Passkey.credential_id == made.credential_id))):
        raise refused()
    passkey = Passkey(
        person_id=person.id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=called,
    )
    session.add(passkey)
    session.flush()
    _record(session, events.PASSKEY_ADDED, actor, passkey)
    _tell(mailer, person, say("a passkey was added to your account: %(name)s.", name=called))
    return passkey


def remove(session: Session, actor: Actor, passkey_id: uuid.UUID, mailer: Mailer) -> None:
    """Take a passkey away: nobody signs in with it any more. Its owner is mailed.

    Raises step_up_required, not_found; OSError where the mail cannot be sent.
    """
    require_recent_sign_in(session, actor)
    passkey = session.get(Passkey, passkey_id, with_for_update=True, populate_existing=True)
    if passkey is None or passkey.person_id != actor.person:
        raise NOT_FOUND.error(say("There is no passkey with this id."), noun="passkey")
    session.delete(passkey)
    session.flush()
    _record(session, events.PASSKEY_REMOVED, actor, passkey)
    person = session.get_one(Person, actor.person)
    _tell(mailer, person, say("a passkey was removed from your account: %(name)s.", name=passkey.name))


def ask_to_sign_in(
    session: Session, site: Site, face: str, browser: str, person_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """What to ask the browser for a sign-in: of anybody, or of the person who is signed in and must show it again."""
    known: list[bytes] = []
    if person_id is not None:
        known = list(session.scalars(select(Passkey.credential_id).where(Passkey.person_id == person_id)))
    challenge = _challenge(session, "sign_in", face, browser, person_id)
    return ceremonies.request_options(site, challenge, known)


def sign_in(
    session: Session, site: Site, face: str, browser: str, sent: str, *, language: str, visit: Visit
) -> tuple[WebSession, str]:
    """Turn an answer into a session: (the row, the cookie's secret). Raises passkey_refused, alike for every reason.

    A count that did not go up is what a copy of the key would show: that is refused, and written into the log. The
    caller commits even when it is refused: the challenge is used up.
    """
    answer = ceremonies.read_answer(sent)
    asked = _take(session, "sign_in", face, browser, answer)
    # Locked: of two answers with one count, one is too late. Erasing deletes these rows first, so it waits for this
    # sign-in and finds its session, or this finds nothing.
    passkey = session.scalars(
        select(Passkey)
        .where(Passkey.credential_id == answer.credential_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if passkey is None or asked not in {None, passkey.person_id} or answer.owner not in {None, passkey.person_id}:
        raise refused()
    count, kept = ceremonies.check_use(site, answer, passkey.public_key), passkey.sign_count
    if (count or kept) and count <= kept:
        _record(session, events.PASSKEY_REFUSED, system_actor("sign_in"), passkey, kept=kept, shown=count)
        raise refused()
    try:
        begun = signin.begin(session, passkey.person_id, face, language, visit)
    except DomainError:
        raise refused() from None  # the same words for who does not belong at that face
    passkey.sign_count, passkey.last_used_at = count, func.statement_timestamp()
    return begun


def _room_for_one(session: Session, actor: Actor) -> list[bytes]:
    """The credential ids there are already. Raises passkeys_too_many."""
    known = session.scalars(select(Passkey.credential_id).where(Passkey.person_id == actor.person)).all()
    if len(known) >= PASSKEYS_MAX:
        raise PASSKEYS_TOO_MANY.error(say("You have %(most)s passkeys; remove one first.", most=PASSKEYS_MAX))
    return list(known)


def _challenge(session: Session, purpose: str, face: str, browser: str, person_id: uuid.UUID | None) -> bytes:
    challenge = ceremonies.new_challenge()
    session.add(
        PasskeyChallenge(
            challenge_hash=digest(challenge.hex()),
            browser_hash=digest(browser),
            purpose=purpose,
            face=face,
            person_id=person_id,
            expires_at=func.statement_timestamp() + CHALLENGE_LIFE,
        )
    )
    session.flush()
    return challenge


def _take(session: Session, purpose: str, face: str, browser: str, answer: Answer) -> uuid.UUID | None:
    """Use a challenge up and return whose it was, None for anybody's. Raises passkey_refused."""
    # One DELETE decides: an answer that is sent twice at once finds its challenge once.
    found = session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == digest(answer.challenge.hex()),
            PasskeyChallenge.browser_hash == digest(browser),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.face == face,
            PasskeyChallenge.expires_at > func.statement_timestamp(),
        )
        .returning(PasskeyChallenge.person_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if found is None:
        raise refused()
    return found.person_id  # type: ignore[no-any-return]


def _record(session: Session, kind: EventKind, actor: Actor, passkey: Passkey, **more: int) -> None:
    person_id = passkey.person_id
    body = {"passkey": public("passkey", passkey.id), **more}
    record(session, kind, actor, subject=("person", person_id), people=[person_id], body=body)


def _tell(mailer: Mailer, person: Person, what: Text) -> None:
    text = say(
        "Hello %(name)s,\n\n%(what)s\n\n"
        "If it was you, nothing needs to be done. If it was not, sign in by mail, end the sessions that you do not "
        "know and remove the passkeys that are not yours.",
        name=person.name,
        what=what,
    )
    mailer.send(Message(person.email, say("The passkeys of your account have changed"), text, person.language))
