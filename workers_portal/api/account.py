"""What is kept about one."""

from __future__ import annotations

from marketplace.identity.own_data import own_data
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from workers_portal.api.schemas.account import OwnDataWire
from workers_portal.api.themes import account


@account.operation("GET", "/account/data", permission="account.read.own")
def read_own_data() -> OwnDataWire:
    """Read everything that is kept about one, table by table, with why and for how long.

    Secrets are not in it, nor what somebody wrote in an office about others. An account is deleted at the pages, for
    that needs a sign-in of a moment ago.
    """
    return own_data(request_session(), current_actor())
