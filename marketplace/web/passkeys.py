"""What the pages know of passkeys: the site they are bound to, and the browser that was given a challenge."""

from typing import Final

from flask import session as notes
from werkzeug.exceptions import NotFound

from marketplace.identity.ceremonies import Site, site_of
from marketplace.identity.passkeys import has_passkey
from marketplace.identity.secrets import new_secret
from marketplace.web.auth import find_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session

_NOTE: Final = "passkey_browser"


def site() -> Site:
    """The site of the configured address. Raises NotFound where browsers have no passkeys for it."""
    found = site_of(get_context().settings.public_url)
    if found is None:
        raise NotFound
    return found


def passkey_origin() -> str:
    """The origin at which passkeys work, "" where there is none: what pages show of them depends on it."""
    found = site_of(get_context().settings.public_url)
    return "" if found is None else found.origin


def own_passkey_origin() -> str:
    """The same, "" also for who has no passkey: where it could be shown instead of a mailed code."""
    actor = find_actor()
    if actor is None or not has_passkey(request_session(), actor.person):
        return ""
    return passkey_origin()


def browser_secret() -> str:
    """What this browser is known by until it has signed in: it lies in the signed cookie of the forms."""
    if _NOTE not in notes:
        notes[_NOTE] = new_secret()
    return str(notes[_NOTE])


def forget_browser() -> None:
    """After a sign-in the browser is known by another secret: what was asked before is worth nothing."""
    notes.pop(_NOTE, None)
