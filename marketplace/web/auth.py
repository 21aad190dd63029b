"""Who sends this request: a bearer key at the APIs, a session cookie at the pages."""

from flask import g, request

from marketplace.identity.authentication import actor_for_key, actor_for_session
from marketplace.identity.errors import UNAUTHENTICATED
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say
from marketplace.web.database import request_session
from marketplace.web.faces import WORK, WORKER_API, Face, face_of
from marketplace.web.limits import spend

BEARER = "Bearer "


def authenticate() -> Actor:
    """The actor of this request, found once by the means of its face. Raises unauthenticated."""
    known = find_actor()
    if known is None:
        raise UNAUTHENTICATED.error(_how(face_of(request.path)))
    return known


def find_actor() -> Actor | None:
    """The actor of this request, None for who is not signed in. Raises unauthenticated for a bad key."""
    if "actor" in g:
        known: Actor | None = g.actor
        return known
    face = face_of(request.path)
    secret = _secret(face)
    actor = None if secret is None else _actor(face, secret)
    g.actor = actor
    if secret is not None and actor is not None:
        spend(secret, claiming=face in (WORK, WORKER_API) and request.method == "POST")
    return actor


def current_actor() -> Actor:
    """The actor of a guarded view."""
    return authenticate()


def _secret(face: Face) -> str | None:
    """What the caller sent to be known by: a key at the APIs, a cookie at the pages; None for nothing."""
    if face.json:
        header = request.headers.get("Authorization", "")
        return header[len(BEARER) :].strip() if header.startswith(BEARER) else None
    return (request.cookies.get(face.cookie) or None) if face.cookie else None


def _actor(face: Face, secret: str) -> Actor | None:
    if face.json:
        return actor_for_key(request_session(), secret)
    return actor_for_session(request_session(), secret, face.name)


def _how(face: Face) -> str:
    if face.json:
        return "Send the header Authorization: Bearer and your key."
    return say("Sign in first.")
