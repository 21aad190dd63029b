"""Staff who look at the pages of somebody: what such a request may do, which is to read pages and nothing else.

All of it holds for every view there is or will be. A request with a look's cookie

- is the person's, for views that are guarded: whatever is public at a face signs somebody in or chooses for a browser;
- is refused unless it only reads, and its transactions are read-only: what writes in spite of that fails;
- gets pages, and what pages draw, but no files, and nothing of what is a person's alone (`guard.own_alone`);
- gets forms without their token, so that none of them can be sent later either.

Stopping is the one exception. A cookie whose look is over is taken back before anything else happens.
"""

from hashlib import sha256
from http import HTTPStatus
from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    has_app_context,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_wtf.csrf import CSRFError
from itsdangerous import Signer
from markupsafe import Markup
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session, SessionTransaction
from structlog.contextvars import bind_contextvars
from werkzeug.wrappers import Response as AnyResponse

from marketplace.identity.authentication import Seen, actor_for_look
from marketplace.identity.errors import LOOKING_ONLY
from marketplace.identity.looking import stop_look
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public as public_id
from marketplace.web.context import get_context
from marketplace.web.cookies import secure
from marketplace.web.database import OwnSession, RequestSession, request_session
from marketplace.web.faces import PAGE_FACES, Face, face_of
from marketplace.web.guard import ATTRIBUTE, OWN_ALONE, PUBLIC, public
from marketplace.web.limits import spend

COOKIE: Final = "piecework_look"
STOP_FIELD: Final = "look_token"
"""The field of the form that stops a look. Not the other forms' name: the banner's is the first form of a page."""
ONLY_READ: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SHOWN: Final = frozenset({"text/html", "application/octet-stream"})
"""Pages, and the points of a cloud that a page draws."""
_READ_ONLY: Final = text("SET TRANSACTION READ ONLY")
_READ_ONLY_STATE: Final = "25006"
"""PostgreSQL's read_only_sql_transaction."""


def look_of_request() -> Seen | None:
    """Whose pages this request looks at; None where everybody is who they are."""
    seen: Seen | None = g.get("look")
    return seen


def refusal() -> DomainError:
    """What is answered to whatever a look may not do."""
    return LOOKING_ONLY.error("While you look at somebody's pages you can read them and do nothing.")


def is_refused_write(error: Exception) -> bool:
    """Whether the database refused what a page wanted to write while it was only looked at."""
    if look_of_request() is None or not isinstance(error, InternalError):
        return False
    return getattr(error.orig, "sqlstate", None) == _READ_ONLY_STATE


def set_look_cookie(response: AnyResponse, face: Face, secret: str) -> None:
    """Hand the browser the secret of a look, and have it forget what pages kept on the device for whoever was there."""
    # Without an age: the browser would drop it in silence, and the next page would be one's own with nothing forgotten.
    response.set_cookie(COOKIE, secret, path=face.prefix, httponly=True, samesite="Lax", secure=secure())
    _forget(response, face)


def make_looking(face: Face) -> Blueprint:
    """How a look at that face is stopped, as the blueprint "<face>_look"."""
    blueprint = Blueprint(f"{face.name}_look", __name__, url_prefix=f"{face.prefix}/look")

    @blueprint.post("/stop")
    @public
    def stop() -> ResponseReturnValue:
        secret = request.cookies.get(COOKIE, "")
        if not _stopper().verify_signature(secret, request.form.get(STOP_FIELD, "")):
            raise CSRFError("The look's own token is missing or of another look.")
        stop_look(request_session(), secret)
        return _back(face, "stopped")

    return blueprint


def has_own_token() -> bool:
    """Whether this request stops a look: its form has a token that serves for nothing else."""
    return request.endpoint in {f"{name}_look.stop" for name in PAGE_FACES}


def _stopper() -> Signer:
    """Signs a look's secret for the form that stops it."""
    return Signer(get_context().secret_key, salt="stop look", key_derivation="hmac", digest_method=sha256)


def register(app: Flask) -> None:
    """Find out before each request of a face with pages whether it is a look, and hold it to what a look may."""
    app.before_request(_look)
    app.after_request(_only_pages)
    app.context_processor(lambda: {"look_banner": _banner, "look_of_request": look_of_request})


def _look() -> ResponseReturnValue | None:
    face, secret = face_of(request.path), request.cookies.get(COOKIE)
    endpoint = request.endpoint or ""
    if not secret or face.name not in PAGE_FACES or endpoint in {f"{face.name}.static", f"{face.name}_look.stop"}:
        return None
    seen = actor_for_look(request_session(), secret, face.name)
    if seen is None:
        return _back(face, "over")
    spend(secret, claiming=False)
    g.look, g.actor = seen, seen.actor
    request_session().execute(_READ_ONLY)
    bind_contextvars(looked_at_by=public_id("person", seen.staff_person_id))
    view = current_app.view_functions.get(endpoint)
    closed = view is not None and (getattr(view, ATTRIBUTE, PUBLIC) == PUBLIC or getattr(view, OWN_ALONE, False))
    if request.method not in ONLY_READ or closed:
        raise refusal()
    return None


@event.listens_for(RequestSession, "after_begin")
@event.listens_for(OwnSession, "after_begin")
def _begin_read_only(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if has_app_context() and look_of_request() is not None:
        connection.execute(_READ_ONLY)


def _only_pages(response: Response) -> Response:
    if look_of_request() is None or response.status_code >= HTTPStatus.BAD_REQUEST or "Location" in response.headers:
        return response
    if response.mimetype in SHOWN and "Content-Disposition" not in response.headers:
        return response
    response.close()
    return current_app.make_response(current_app.handle_user_exception(refusal()))


def _back(face: Face, why: str) -> Response:
    """To the staff's own pages, without the cookie."""
    response = redirect(url_for("console.looks", ended=why), HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, path=face.prefix, httponly=True, samesite="Lax", secure=secure())
    _forget(response, face)
    return current_app.make_response(response)


def _forget(response: AnyResponse, face: Face) -> None:
    response.headers["Clear-Site-Data"] = '"cache", "storage"' if face.on_device else '"cache"'


def _banner() -> Markup:
    """Whose pages these are, in the language of the staff's own, which is English; nothing where nobody looks."""
    seen = look_of_request()
    if seen is None:
        return Markup()
    face = face_of(request.path)
    with force_locale("en"):
        # Our own template, which escapes what it is given.
        return Markup(  # noqa: S704
            render_template(
                "look_banner.html",
                look=seen,
                stop=url_for(f"{face.name}_look.stop"),
                named=STOP_FIELD,
                token=_stopper().get_signature(request.cookies[COOKIE]).decode(),
            )
        )
