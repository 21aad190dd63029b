"""The guard of every view: who may call it, and where its transaction ends.

    @blueprint.get("/jobs")
    @guarded("job.read")
    def list_jobs() -> ResponseReturnValue: ...

A view without one of these marks fails the guard test. The verb behind a view asks for its permission again: the
guard is the outer of two doors.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g
from structlog.contextvars import bind_contextvars

from marketplace.identity.permissions import DESCRIPTIONS
from marketplace.web.auth import authenticate
from marketplace.web.database import db

P = ParamSpec("P")
R = TypeVar("R")

ATTRIBUTE: Final = "piecework_guard"
OWN_ALONE: Final = "piecework_own_alone"
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed in"
_ERROR = 400


def guarded(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only for actors with that permission; "signed in" asks for no particular one.

    Commits when the view returns, rolls back when it raises or answers with 400 or above.
    """
    if permission not in DESCRIPTIONS and permission != SIGNED_IN:
        raise ValueError(f"there is no permission {permission!r}; see identity/permissions.py")

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = authenticate()
            bind_contextvars(actor=actor.label, via=actor.via)
            if permission != SIGNED_IN:
                actor.require(permission)
            return _in_transaction(view, *args, **kwargs)

        setattr(run, ATTRIBUTE, permission)
        return run

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """For everybody. The transaction ends as in `guarded`."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return _in_transaction(view, *args, **kwargs)

    setattr(run, ATTRIBUTE, PUBLIC)
    return run


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """For everybody who is signed in, or has a key, at that face."""
    return guarded(SIGNED_IN)(view)


def own_alone(view: Callable[P, R]) -> Callable[P, R]:
    """For nobody who looks at the person's pages: their keys and their ways in. Stands above the guard."""
    setattr(view, OWN_ALONE, True)
    return view


def commit_anyway() -> None:
    """Commit this request even though it answers with an error: for counts of failed attempts."""
    g.commit_anyway = True


def _in_transaction(view: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        answer = view(*args, **kwargs)
    except BaseException:
        db.session.rollback()
        raise
    if _status(answer) < _ERROR or g.get("commit_anyway", False):
        db.session.commit()
    else:
        db.session.rollback()
    return answer


def _status(answer: object) -> int:
    """The status a view's return value will have, without making a response of what a framework still has to shape."""
    if isinstance(answer, tuple):
        for part in answer[1:]:
            if isinstance(part, int):
                return part
        return _status(answer[0])
    status = getattr(answer, "status_code", 200)
    return status if isinstance(status, int) else 200
