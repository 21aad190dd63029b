"""Who sends this request: a bearer key at the APIs, a session cookie at the pages."""

from flask import g, request

from marketplace.identity.authentication import actor_for_key, actor_for_session
from marketplace.identity.errors import UNAUTHENTICATED
from marketplace.kernel.actor import Actor
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
    if "actor" not in g:
        face = face_of(request.path)
        g.actor = _bearer() if face.json else _session(face)
        if g.actor is not None:
            spend(_secret(face), claiming=face in {WORK, WORKER_API} and request.method == "POST")
    actor: Actor | None = g.actor
    return actor


def current_actor() -> Actor:
    """The actor of a guarded view."""
    return authenticate()


def _secret(face: Face) -> str:
    """What the caller sent to be known by: a key at the APIs, a cookie at the pages; "" for nothing."""
    if face.json:
        header = request.headers.get("Authorization", "")
        return header[len(BEARER) :].strip() if header.startswith(BEARER) else ""
    return request.cookies.get(face.cookie, "") if face.cookie else ""


def _bearer() -> Actor | None:
    if not request.headers.get("Authorization", "").startswith(BEARER):
        return None
    return actor_for_key(request_session(), _secret(face_of(request.path)))


def _session(face: Face) -> Actor | None:
    secret = _secret(face)
    return actor_for_session(request_session(), secret, face.name) if secret else None


def _how(face: Face) -> str:
    if face.json:
        return "Send the header Authorization: Bearer and your key."
    return "Sign in first."
