"""Working without a network: what keeps answers on the device, what waits there, and what is accepted late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import guarded
from marketplace.web.guard import public as for_everybody
from marketplace.work import late
from workers_portal.pages import blueprint

MARK: Final = "Piecework-Outbox"
"""Header of what was kept on the device and comes by itself: nobody looks at the page it is answered with."""
REFUSAL: Final = "Piecework-Refusal"
"""Header of the answer to it: the code of what is wrong, which the list on the device says in words."""


@blueprint.get("/offline.js")
@for_everybody
def offline_worker() -> ResponseReturnValue:
    """The service worker, at an address from which it may look after all pages of a worker."""
    response = make_response(blueprint.send_static_file("offline_worker.js"))
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/outbox")
@guarded("work.read")
def outbox() -> ResponseReturnValue:
    """What waits on this device; the server knows nothing of it, a script fills it in."""
    return render_template("work/outbox.html")


@blueprint.get("/outbox/who")
@guarded("work.read")
def outbox_owner() -> ResponseReturnValue:
    """Who is signed in, so that nobody's answers go in another's name, and the token for sending them."""
    return {"person": public("person", current_actor().person), "token": generate_csrf()}


def is_from_outbox() -> bool:
    """Whether the request was kept on a device."""
    return request.headers.get(MARK) == "1"


def take_up(claim_id: str) -> DomainError | None:
    """Hold the claim again, where its lease ended and that can be had; what stands in the way, or None."""
    session, actor = request_session(), current_actor()
    try:
        with session.begin_nested():
            held_max = get_context().settings.claims_held_max
            late.take_up(session, actor, parse("claim", claim_id), held_max=held_max)
    except DomainError as refusal:
        return refusal
    return None


def refused(code: str) -> Response:
    """What is answered to the device: it keeps the answer, and says why."""
    return Response(status=409, headers={REFUSAL: code})


def refused_on(page: Callable[[], str], status: int, code: str) -> ResponseReturnValue:
    """A refusal, told to the device by its code, and to whoever looks by the page."""
    return refused(code) if is_from_outbox() else (page(), status)
