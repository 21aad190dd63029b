"""Cookies: each bound to the path of its face, so that media, static files and the APIs are sent none."""

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from marketplace.identity.signin import SESSION_LIFE
from marketplace.web.context import get_context
from marketplace.web.faces import PAGE_FACES, Face, face_of

FORM_COOKIE = "piecework_form"
SIGN_UP_PREFIX = "/sign-up"


def secure() -> bool:
    """Whether cookies travel by https only."""
    return get_context().settings.public_url.startswith("https://")


def set_session_cookie(response: Response, face: Face, secret: str) -> None:
    """Hand the browser the secret of its session."""
    assert face.cookie is not None
    response.set_cookie(
        face.cookie,
        secret,
        max_age=SESSION_LIFE[face.name],
        path=face.prefix,
        httponly=True,
        samesite="Lax",
        secure=secure(),
    )


def drop_session_cookie(response: Response, face: Face) -> None:
    """Take the session's cookie back, and what the face's pages keep on the device."""
    assert face.cookie is not None
    if face.on_device:
        response.headers["Clear-Site-Data"] = '"storage"'
    response.delete_cookie(face.cookie, path=face.prefix, httponly=True, samesite="Lax", secure=secure())


class FormSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which here carries only the CSRF token and one-time notes, with one path a face.

    The APIs are sent none and have none.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The notes that came with this request; an API's refuse to be written."""
        if face_of(request.path).json:
            return self.make_null_session(app)
        return super().open_session(app, request)

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        """The prefix of the face that serves this request."""
        face = face_of(request.path)
        return face.prefix if face.name in PAGE_FACES else SIGN_UP_PREFIX

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether the cookie travels by https only."""
        return secure()
