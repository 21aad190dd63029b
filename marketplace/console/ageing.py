"""Finance: what is owed to whom since when, at the end of any day, as it was known at any moment."""

import datetime as dt
from typing import Final

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint
from marketplace.console.fields import invalid
from marketplace.console.reads import payee_names
from marketplace.kernel.canonical import instant
from marketplace.payouts import ageing as core
from marketplace.web.auth import current_actor
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.guard import guarded

_MOMENTS: Final = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")
"""As an address has them, and as browsers' fields do; UTC."""


@blueprint.get("/ageing")
@guarded("ledger.read")
def ageing() -> ResponseReturnValue:
    """The sums, a table a currency; each opens its lines."""
    session, actor = request_session(), current_actor()
    when = _when()
    by_currency: dict[str, dict[str, dict[str, core.AgeSum]]] = {}
    for one in core.sums(session, actor, when):
        by_currency.setdefault(one.currency, {}).setdefault(one.payee_kind, {})[one.bucket] = one
    return render_template(
        "console/ageing.html", when=when, address=_address(when), by_currency=by_currency, buckets=core.BUCKETS
    )


@blueprint.get("/ageing/lines")
@guarded("ledger.read")
def ageing_lines() -> ResponseReturnValue:
    """What one of the sums is made of, the longest due first."""
    session, actor = request_session(), current_actor()
    when = _when()
    known = {"payee_kind": core.PAYEE_KINDS, "bucket": core.BUCKETS, "currency": None}
    chosen = {name: value for name in known if (value := request.args.get(name, "").strip())}
    for name, values in known.items():
        if values is not None and chosen.get(name, values[0]) not in values:
            raise invalid(f"/{name}", "unknown", _("One of %(values)s is needed.", values=", ".join(values)))
    page = core.lines(session, actor, when, core.Chosen(**chosen), cursor=request.args.get("cursor"))
    return render_template(
        "console/ageing_lines.html",
        when=when,
        address=_address(when),
        chosen=chosen,
        page=page,
        names=payee_names(session, [(one.payee_kind, one.payee_id) for one in page.data]),
    )


@blueprint.get("/ageing/file")
@guarded("ledger.read")
def ageing_file() -> Response:
    """Every line as CSV."""
    actor, when = current_actor(), _when()
    return csv_file(f"ageing-{when.as_of}", lambda session: core.ageing_csv(session, actor, when))


def _when() -> core.Moment:
    day, moment = request.args.get("as_of", "").strip(), request.args.get("known_at", "").strip()
    try:
        as_of = dt.date.fromisoformat(day) if day else None
    except ValueError:
        raise invalid("/as_of", "day", _("A day such as 2027-02-28 is needed.")) from None
    return core.moment(request_session(), current_actor(), as_of, _moment(moment) if moment else None)


def _moment(text: str) -> dt.datetime:
    for form in _MOMENTS:
        try:
            return dt.datetime.strptime(text.removesuffix("Z"), form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    raise invalid("/known_at", "moment", _("A moment such as 2027-02-28T08:00 is needed."))


def _address(when: core.Moment) -> dict[str, str]:
    """What leads to the same figures again, at any time."""
    known = when.known_at
    found = {"as_of": when.as_of.isoformat()}
    return found if known is None else {**found, "known_at": instant(known)}
