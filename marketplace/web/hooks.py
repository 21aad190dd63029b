"""Messages that rails send by themselves: verified over their raw bytes, kept in the inbox, acted on later."""

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import NOT_FOUND
from marketplace.rails.inbox import keep
from marketplace.rails.port import HookedRail
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public

BYTES_MAX = 256 * 1024
blueprint = Blueprint("hooks", __name__)


@blueprint.post("/hooks/rails/<name>")
@public
def take(name: str) -> ResponseReturnValue:
    """Keep one event; told again it changes nothing. The signature is all the identity there is."""
    rail: object = get_context().rails.get(name)
    if not isinstance(rail, HookedRail):
        raise NOT_FOUND.error("No rail with this name sends messages here.", noun="rail")
    request.max_content_length = BYTES_MAX
    event = rail.read_hook(request.get_data(), request.headers.get("Stripe-Signature", ""))
    keep(request_session(), name, event)
    return "", HTTPStatus.NO_CONTENT
