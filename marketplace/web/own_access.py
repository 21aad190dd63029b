"""One's own ways in at a face with pages: passkeys, and the browsers in which one is signed in."""

from http import HTTPStatus

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.identity import devices, passkeys
from marketplace.identity.devices import Visit
from marketplace.identity.looking import newest_looks_at_me
from marketplace.identity.stepping_up import address_to_step_up
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.faces import Face
from marketplace.web.forms import Form
from marketplace.web.guard import commit_anyway, own_alone, signed_in
from marketplace.web.passkeys import browser_secret, passkey_origin, site


def make_own_access(face: Face, frame: str) -> Blueprint:
    """The page of one's passkeys and devices, as the blueprint "<face>_access"; `frame` as for `make_own_keys`."""
    blueprint = Blueprint(f"{face.name}_access", __name__, url_prefix=f"{face.prefix}/access")

    @blueprint.get("")
    @own_alone
    @signed_in
    def show() -> ResponseReturnValue:
        return page(Form())

    @blueprint.post("/passkeys/options")
    @signed_in
    def ask_passkey() -> ResponseReturnValue:
        return jsonify(passkeys.ask_to_add(request_session(), current_actor(), site(), face.name, browser_secret()))

    @blueprint.post("/passkeys")
    @signed_in
    def add_passkey() -> ResponseReturnValue:
        sent, name = request.form.get("answer", ""), request.form.get("name", "")
        session, mailer = request_session(), get_context().mailer
        try:
            passkeys.add(session, current_actor(), site(), face.name, browser_secret(), sent, name, mailer)
        except DomainError as error:
            commit_anyway()  # the challenge is used up
            return page(Form({"name": name}, error))
        return done(_("Added. From now on you can sign in with it."))

    @blueprint.post("/passkeys/<passkey>/remove")
    @signed_in
    def remove_passkey(passkey: str) -> ResponseReturnValue:
        form = Form()
        with form.refusals():
            passkeys.remove(request_session(), current_actor(), parse("passkey", passkey), get_context().mailer)
        return page(form) if not form.valid else done(_("Removed. Nobody signs in with it any more."))

    @blueprint.post("/sessions/<device>/end")
    @signed_in
    def end_session(device: str) -> ResponseReturnValue:
        devices.end_session(request_session(), current_actor(), parse("session", device))
        return done(_("Signed out there."))

    @blueprint.post("/sessions/end-others")
    @signed_in
    def end_others() -> ResponseReturnValue:
        ended = devices.end_other_sessions(request_session(), current_actor())
        return done(ngettext("Signed out in %(num)s other browser.", "Signed out in %(num)s other browsers.", ended))

    def done(message: str) -> ResponseReturnValue:
        flash(message, "good")
        return redirect(url_for(f"{blueprint.name}.show"), HTTPStatus.SEE_OTHER)

    def page(form: Form) -> ResponseReturnValue:
        session, actor = request_session(), current_actor()
        shown = render_template(
            "own_access.html",
            frame=frame,
            face=face.name,
            blueprint=blueprint.name,
            form=form,
            passkeys=passkeys.own_passkeys(session, actor),
            origin=passkey_origin(),
            visit=Visit(request.user_agent.string),
            sign_in_as=address_to_step_up(session, actor),
            page=devices.own_sessions(session, actor, cursor=request.args.get("cursor")),
            this=actor.session_id,
            looks=newest_looks_at_me(session, actor),
        )
        return shown, HTTPStatus.OK if form.valid else HTTPStatus.UNPROCESSABLE_ENTITY

    return blueprint
