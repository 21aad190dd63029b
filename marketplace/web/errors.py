"""Errors of every face: problem documents for programs, a page that says what to do for people."""

from http import HTTPStatus

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from marketplace.identity.errors import UNAUTHENTICATED
from marketplace.kernel.errors import DomainError, ErrorKind, FieldError, define
from marketplace.kernel.texts import say
from marketplace.logs import get_logger
from marketplace.web.faces import PAGE_FACES, face_of
from marketplace.web.looking import is_refused_write, refusal
from marketplace.web.problems import STATUS, add_headers, http_problem, problem_response
from marketplace.web.request_ids import request_id

log = get_logger(__name__)

UNAVAILABLE = define(
    "unavailable",
    ErrorKind.UNAVAILABLE,
    say("Not available just now"),
    say("The database did not answer in time, or somebody holds what this needs; the same request works later."),
)
_ERROR = 500


def register(app: Flask) -> None:
    """Answer every error in the form of the face that was asked."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> AnyResponse:
    log.info("refused", slug=error.slug, path=_logged_path())
    face = face_of(request.path)
    if face.json:
        return problem_response(error)
    if error.spec is UNAUTHENTICATED and face.name in PAGE_FACES:
        following = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for(f"{face.name}_sign_in.ask", next=following), HTTPStatus.SEE_OTHER)
    response = _page(STATUS[error.kind], error.title, error.detail, error.errors, error.spec.explanation)
    add_headers(response, error)
    return response


def _http(error: HTTPException) -> AnyResponse:
    if isinstance(error, RequestRedirect) or error.response is not None:
        return Response.force_type(error.get_response(), request.environ)
    if face_of(request.path).json:
        return http_problem(error)
    status = error.code or _ERROR
    if isinstance(error, CSRFError):
        return _page(
            status,
            _("This form could not be checked"),
            _("Go back, load the page again and send the form once more; cookies must be allowed for this site."),
        )
    return _page(status, *_words(status))


def _database(error: OperationalError) -> AnyResponse:
    log.warning("database_unavailable", path=_logged_path(), sqlstate=getattr(error.orig, "sqlstate", None))
    return _domain(UNAVAILABLE.error(say("The database did not answer in time; try again in a moment.")))


def _unexpected(error: Exception) -> AnyResponse:
    if is_refused_write(error):
        log.warning("look_would_write", path=_logged_path())
        return _domain(refusal())
    log.error("failed", path=_logged_path(), exc_info=error)
    return _http(InternalServerError("Something went wrong on our side; it has been written down."))


def _logged_path() -> str:
    """The path without what opens something: whoever reads the log must not be able to sign in by it."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "...") if token else request.path


def _words(status: int) -> tuple[str, str]:
    if status == HTTPStatus.NOT_FOUND:
        return _("Nothing here"), _("There is no such page, or it is not for you to see.")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _("Too large"), _("What was sent is larger than this page takes.")
    if status >= _ERROR:
        return _("Something went wrong on our side"), _("It has been written down. Nothing was changed; try again.")
    return _("This cannot be done here"), _(
        "The page does not take what was sent. Go back, load it again and try anew."
    )


def _page(status: int, title: str, detail: str, errors: tuple[FieldError, ...] = (), explanation: str = "") -> Response:
    face = face_of(request.path)
    home = face.prefix if face.name in PAGE_FACES else "/"
    page = render_template(
        "error.html",
        status=status,
        title=title,
        detail=detail,
        errors=errors,
        explanation=explanation,
        home=home,
        request_id=request_id(),
    )
    return make_response(page, status)
