"""Operations: looking at the pages of a person as they see them."""

from http import HTTPStatus

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.identity import looking
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.identity.queries import organization_names, person_names
from marketplace.identity.stepping_up import address_to_step_up
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.faces import CONSOLE, WORK
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.looking import set_look_cookie

AT_WORK = "work"


@blueprint.get("/looks")
@guarded("look.read")
def looks() -> ResponseReturnValue:
    """Who looked at whose pages; for who may look, a person by address or id and the pages they have."""
    return _page(Form())


@blueprint.post("/looks")
@guarded("person.view_as")
def begin_look() -> ResponseReturnValue:
    """Begin to look, and go to their first page."""
    form = Form(request.form.to_dict())
    secret, place = "", form.value("place")
    face = WORK if place == AT_WORK else CONSOLE
    with form.refusals():
        person_id = parse("person", form.value("person"))
        organization_id = None if face is WORK else parse("organization", place)
        _look, secret = looking.begin_look(
            request_session(), current_actor(), person_id, organization_id, form.value("reason")
        )
    if not form.valid:
        return _page(form)
    response = make_response(redirect(f"{face.prefix}/" if face is WORK else face.prefix, HTTPStatus.SEE_OTHER))
    set_look_cookie(response, face, secret)
    return response


@blueprint.post("/looks/stop")
@guarded("person.view_as")
def stop_own_look() -> ResponseReturnValue:
    """Stop the look one has begun, from one's own pages."""
    looking.stop_own_look(request_session(), current_actor())
    return went_well(_("Stopped."), "console.looks")


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    who = request.values.get("who", "").strip()
    may_look = actor.may("person.view_as")
    found = looking.person_to_look_at(session, actor, who) if who and may_look else None
    page = looking.all_looks(session, actor, cursor=request.args.get("cursor"))
    going_on = looking.look_going_on(session, actor)
    people = {one for look in page.data for one in (look.person_id, look.staff_person_id)}
    shown = render_template(
        "console/looks.html",
        form=form,
        who=who,
        found=found,
        places=[] if found is None else looking.places_of(session, actor, found.id),
        at_work=AT_WORK,
        role_names=ROLE_NAMES,
        page=page,
        names=person_names(session, people if going_on is None else {*people, going_on.person_id}),
        organization_names=organization_names(
            session, [look.organization_id for look in page.data if look.organization_id is not None]
        ),
        going_on=going_on,
        ended=request.args.get("ended"),
        minutes=looking.LIFE.seconds // 60,
        sign_in_as=address_to_step_up(session, actor) if may_look else None,
        may_look=may_look,
    )
    return shown, HTTPStatus.OK if form.valid else HTTPStatus.UNPROCESSABLE_ENTITY
