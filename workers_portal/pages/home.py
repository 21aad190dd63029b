"""Home: what is paid next, what was sent back, where one stopped."""

from __future__ import annotations

import datetime as dt
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.money import Money
from marketplace.notifications import queries as notification_queries
from marketplace.settlement import queries as money
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded, signed_in
from marketplace.work import queries
from workers_portal.pages import blueprint

CLAIMS_SHOWN: Final = 20
NOTICES_SHOWN: Final = 8
_COMING: Final = frozenset({"scheduled", "advanced", "due", "in_payout", "held"})


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """The worker's day on one screen."""
    session, actor = request_session(), current_actor()
    held = queries.my_claims(session, actor, states=["claimed"], limit=CLAIMS_SHOWN).data
    owed = money.owed(session, actor)
    coming = [line for line in money.calendar(session, actor) if line.state in _COMING]
    return render_template(
        "work/home.html",
        redo=[line for line in held if line.claim.attempt > 1],
        started=[line for line in held if line.claim.attempt == 1],
        owed=owed,
        next_payment=coming[0] if coming else None,
        notices=notification_queries.inbox(session, actor, limit=NOTICES_SHOWN).data,
        money_of=Money.from_wire,
        day_of=dt.date.fromisoformat,
    )


@blueprint.post("/notices")
@guarded("notification.read")
def read_notices() -> ResponseReturnValue:
    """Put the notices away."""
    notification_queries.mark_read(request_session(), current_actor())
    return redirect(url_for("work.home"), 303)
