"""Looking up the code of an invitation, open to all: a page for people, JSON for programs."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.identity.verifying import Verified, verify
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public as public_id
from marketplace.web.database import request_session
from marketplace.web.guard import public
from marketplace.web.sign_in import limit

blueprint = Blueprint("verifying", __name__)
LOOKS_PER_CODE = 600


@blueprint.get("/v1/verify/<code>")
@public
def verify_code(code: str) -> dict[str, Any]:
    """Who invites for what, that it is free, and until when. No key is needed; looks are limited by source."""
    return _wire(_look(code))


@blueprint.get("/verify")
@public
def ask() -> ResponseReturnValue:
    """Type a code in."""
    code = request.args.get("code", "").strip().lower()
    if code:
        return redirect(url_for("verifying.show", code=code), HTTPStatus.SEE_OTHER)
    return render_template("verify.html", found=None, error=None, code="")


@blueprint.get("/verify/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """What the code says, for people."""
    try:
        found = _look(code)
    except DomainError as error:
        shown = render_template("verify.html", found=None, error=error, code=code[:40])
        status = HTTPStatus.NOT_FOUND if error.slug == "not_found" else HTTPStatus.TOO_MANY_REQUESTS
        return shown, status
    return render_template("verify.html", found=found, error=None, code=code)


def _look(code: str) -> Verified:
    limit("verify", code[:40], LOOKS_PER_CODE)
    return verify(request_session(), code)


def _wire(found: Verified) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "organization": {
            "id": public_id("organization", found.organization.id),
            "name": found.organization.name,
            "kind": found.organization.kind,
            "country": found.organization.country,
        },
        "what": found.what,
        "state": found.state,
        "expires_at": instant(found.expires_at),
        "free_of_charge": True,
        "words": (
            "Accepting costs nothing, and nobody may ask for money in order to work. Pay never passes through the "
            "organization that invites."
        ),
    }
