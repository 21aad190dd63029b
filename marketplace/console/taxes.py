"""Finance: what tax is withheld from whom, who set it, and what a year came to."""

import re
from decimal import Decimal
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import day_of, invalid
from marketplace.console.reads import payee_names, payees
from marketplace.db.clock import market_now
from marketplace.identity.queries import person_names
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import PPM
from marketplace.payouts import tax_queries
from marketplace.payouts.withholding import TaxLine, decide_withholding, lines_of, propose_withholding
from marketplace.web.auth import current_actor
from marketplace.web.csv_files import csv_file
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded

_LINE: Final = re.compile(r"(\S+)\s+([0-9]{1,2}(?:\.[0-9]{1,4})?)\s*%?")


@blueprint.get("/taxes")
@guarded("withholding.read")
def taxes() -> ResponseReturnValue:
    """What is withheld from whom and since when, and what a year came to by payee."""
    return _page(Form())


@blueprint.post("/taxes")
@guarded("withholding.set")
def propose_tax() -> ResponseReturnValue:
    """Propose what is withheld from a payee."""
    form = Form(request.form.to_dict())
    with form.refusals():
        payee = form.value("payee").strip()
        payee_id = parse("organization" if payee.startswith("org_") else "person", payee)
        lines = [_line(text.strip()) for text in form.value("lines").split(",") if text.strip()]
        propose_withholding(request_session(), current_actor(), payee_id, day_of(form, "valid_from"), lines)
    return went_well(_("Proposed. Another person must approve it."), "console.taxes") if form.valid else _page(form)


@blueprint.post("/taxes/<withholding>/approve")
@guarded("withholding.set")
def approve_tax(withholding: str) -> ResponseReturnValue:
    """Approve what somebody else proposed."""
    return _decide(withholding, approve=True)


@blueprint.post("/taxes/<withholding>/reject")
@guarded("withholding.set")
def reject_tax(withholding: str) -> ResponseReturnValue:
    """Reject a proposal."""
    return _decide(withholding, approve=False)


@blueprint.get("/taxes/<int:year>/file")
@guarded("withholding.read")
def tax_year_file(year: int) -> ResponseReturnValue:
    """A year's list by payee as CSV."""
    actor = current_actor()
    tax_queries.tax_year(request_session(), actor, year, limit=1)
    return csv_file(f"tax-{year}", lambda session: tax_queries.tax_year_csv(session, actor, year))


def _decide(withholding: str, *, approve: bool) -> ResponseReturnValue:
    form = Form()
    with form.refusals():
        decide_withholding(request_session(), current_actor(), parse("withholding", withholding), approve=approve)
    if not form.valid:
        return _page(form)
    return went_well(_("Approved; it counts from its day on.") if approve else _("Rejected."), "console.taxes")


def _line(text: str) -> TaxLine:
    """`KE-KRA 5` or `KE-SHA 2.75 %`: an authority and a rate in per cent; raises invalid at the field."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise invalid("/lines", "syntax", _("Each is an authority and a rate in per cent, such as KE-KRA 5."))
    return TaxLine(found[1], int(Decimal(found[2]) * PPM / 100))


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    now = market_now(session)
    page = tax_queries.withholdings(session, actor, cursor=request.args.get("cursor"))
    year = request.args.get("year", type=int) or now.year
    listed = tax_queries.tax_year(session, actor, year, cursor=request.args.get("year_cursor"))
    concerned = [(row.payee_kind, row.payee_id) for row in page.data]
    concerned += [(line.payee_kind, line.payee_id) for line in listed.data]
    people = {person for row in page.data for person in (row.proposed_by, row.decided_by) if person}
    html = render_template(
        "console/taxes.html",
        page=page,
        lines=lines_of(session, [row.id for row in page.data]),
        names=payee_names(session, concerned) | person_names(session, people),
        payees=[
            (public("person" if kind == "worker" else "organization", payee_id), name)
            for kind, payee_id, name in payees(session)
        ]
        if actor.may("withholding.set")
        else [],
        listed=listed,
        year=year,
        today=now.date(),
        form=form,
    )
    return html, 200 if form.valid else 422
