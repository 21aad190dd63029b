"""Follow the money: a payout from the answers that earned it to the bank's line, and back from any of them."""

from http import HTTPStatus
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.console.blueprint import blueprint
from marketplace.console.reads import payee_names
from marketplace.reconciliation.trails.adding_up import Trail, trail
from marketplace.reconciliation.trails.finding import Found, find
from marketplace.reconciliation.trails.lines import earning_lines, installment_lines
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.problems import STATUS

STEP_NAMES: Final = {
    "answers": lazy_gettext("Price of the answers"),
    "earnings": lazy_gettext("Earned for them by this payee"),
    "installments": lazy_gettext("Installments of this payout"),
    "payout": lazy_gettext("Payout"),
    "transfer": lazy_gettext("Told to the rail"),
    "lines": lazy_gettext("Lines of the rail or bank"),
}
SPLIT_NAMES: Final = {
    "answers": lazy_gettext("Price of what was paid"),
    "earnings": lazy_gettext("Earned for it by everybody"),
    "installments": lazy_gettext("Dated shares of that"),
}
BEHIND: Final = {"earnings": earning_lines, "installments": installment_lines}
"""What can be opened behind a sum, by the name in `show`."""


@blueprint.get("/follow")
@guarded("payout_run.read")
def follow() -> ResponseReturnValue:
    """What any id or reference leads to: one payout's whole trail, or every place where the money is."""
    form, session, actor = Form(request.args.to_dict()), request_session(), current_actor()
    found: Found | None = None
    followed: Trail | None = None
    behind = None
    show, cursor = request.args.get("show", ""), request.args.get("cursor")
    with form.refusals():
        if form.value("of").strip():
            # The cursor is of what is opened behind a sum, where something is.
            found = find(session, actor, form.value("of"), cursor=None if show in BEHIND else cursor)
        if found is not None and found.only_payout is not None:
            followed = trail(session, actor, found.only_payout)
            if show in BEHIND:
                behind = BEHIND[show](session, actor, found.only_payout, cursor=cursor)
    payees = [(place.payee_kind, place.payee_id) for place in found.places.data] if found else []
    html = render_template(
        "console/follow.html",
        of=form.value("of").strip(),
        found=found,
        trail=followed,
        show=show,
        behind=behind,
        names=payee_names(session, payees),
        step_names=STEP_NAMES,
        split_names=SPLIT_NAMES,
        form=form,
    )
    return html, HTTPStatus.OK if form.error is None else STATUS[form.error.kind]
