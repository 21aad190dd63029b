"""Operations: erasing a person who asked for it in writing, or whom an authority wants erased."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity import erased_queries
from marketplace.identity.departures import what_is_owed
from marketplace.identity.erasing import erase_person
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded


@blueprint.get("/people")
@guarded("person.erase")
def people() -> ResponseReturnValue:
    """A person by their address, and those who were erased."""
    return _page(Form())


@blueprint.post("/people/<person>/erase")
@guarded("person.erase")
def erase(person: str) -> ResponseReturnValue:
    """Erase one, for good."""
    form = Form(request.form.to_dict())
    with form.refusals():
        require_recent_sign_in(request_session(), current_actor())
        erase_person(request_session(), current_actor(), parse("person", person), form.value("reason"))
    if not form.valid:
        return _page(form)
    return went_well(_("Erased. What they earned is still paid."), "console.people")


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    address = request.values.get("address", "").strip()
    found = erased_queries.person_at(session, actor, address) if address else None
    shown = render_template(
        "console/people.html",
        form=form,
        address=address,
        found=found,
        owed=[] if found is None else what_is_owed(session, found.id),
        page=erased_queries.erased_people(session, actor, cursor=request.args.get("cursor")),
    )
    return shown, 200 if form.valid else 422
