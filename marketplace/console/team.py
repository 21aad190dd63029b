"""One's own organization: its people and roles, its API keys, and where its payouts go."""

import datetime as dt

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.db.clock import real_now
from marketplace.identity import directory, inviting, keys
from marketplace.identity.models import Organization
from marketplace.identity.permissions import DESCRIPTIONS, ROLE_NAMES, ROLES_BY_KIND
from marketplace.identity.queries import invitations, keys_of, members
from marketplace.identity.states import EXPIRED, INVITATION
from marketplace.kernel.ids import parse
from marketplace.quotes.choosing import choose_currency, chosen_currencies, offered_currencies
from marketplace.rails import onboarding
from marketplace.rails.changing import cancel_change
from marketplace.rails.methods import set_destination
from marketplace.rails.port import bank_rails, onboarding_rails
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.payout_methods import address_to_sign_in_again, methods_of, notice

KEY_DAYS = 365
SHOWN = 200
OPEN_STATES = {INVITATION.initial, EXPIRED}


@blueprint.get("/team")
@guarded("member.manage")
def team() -> ResponseReturnValue:
    """People, keys, payout method."""
    return _page(Form())


@blueprint.post("/team/invitations")
@guarded("member.manage")
def invite() -> ResponseReturnValue:
    """Invite a person by address; they are a member once they accept."""
    form = Form(request.form.to_dict())
    actor, context = current_actor(), get_context()
    with form.refusals():
        inviting.invite(
            request_session(),
            actor,
            context.mailer,
            actor.organization,
            name=form.value("name"),
            email=form.value("email"),
            role=form.value("role"),
            public_url=context.settings.public_url,
        )
    return _page(form) if not form.valid else went_well(_("Invited. They answer by the mailed link."), "console.team")


@blueprint.post("/team/invitations/<invitation>/resend")
@guarded("member.manage")
def resend_invitation(invitation: str) -> ResponseReturnValue:
    """Mail it again with a new link."""
    form, context = Form(), get_context()
    with form.refusals():
        inviting.resend(
            request_session(),
            current_actor(),
            context.mailer,
            parse("invitation", invitation),
            public_url=context.settings.public_url,
        )
    return _page(form) if not form.valid else went_well(_("Mailed again."), "console.team")


@blueprint.post("/team/invitations/<invitation>/revoke")
@guarded("member.manage")
def revoke_invitation(invitation: str) -> ResponseReturnValue:
    """Take it back."""
    form = Form()
    with form.refusals():
        inviting.revoke(request_session(), current_actor(), parse("invitation", invitation))
    return _page(form) if not form.valid else went_well(_("Taken back."), "console.team")


@blueprint.post("/team/members/remove")
@guarded("member.manage")
def remove_member() -> ResponseReturnValue:
    """Take a role away."""
    form = Form(request.form.to_dict())
    actor = current_actor()
    with form.refusals():
        person_id = parse("person", form.value("person"))
        directory.remove_member(request_session(), actor, person_id, actor.organization, form.value("role"))
    return _page(form) if not form.valid else went_well(_("Removed."), "console.team")


@blueprint.post("/team/keys")
@guarded("key.manage")
def issue_key() -> ResponseReturnValue:
    """Issue a key and show it this once: it is in this answer and nowhere else."""
    session, actor = request_session(), current_actor()
    form = Form(request.form.to_dict())
    secret = ""
    with form.refusals():
        _row, secret = keys.issue_key(
            session,
            actor,
            organization_id=actor.organization,
            scopes=request.form.getlist("scopes") or None,
            expires_at=real_now(session) + dt.timedelta(days=KEY_DAYS),
            name=form.value("key_name").strip()[:100],
        )
    return _page(form, secret)


@blueprint.post("/team/keys/<key>/revoke")
@guarded("key.manage")
def revoke_key(key: str) -> ResponseReturnValue:
    """End a key at once."""
    keys.revoke_key(request_session(), current_actor(), parse("api_key", key))
    return went_well(_("Revoked."), "console.team")


@blueprint.post("/team/payout-method")
@guarded("payout_method.set")
def payout_method() -> ResponseReturnValue:
    """Say where the organization's margins are paid to."""
    form = Form(request.form.to_dict())
    with form.refusals():
        session, rails = request_session(), get_context().rails
        set_destination(session, current_actor(), rails, form.value("rail"), form.value("destination"), notice())
    return _page(form) if not form.valid else went_well(_("Kept."), "console.team")


@blueprint.post("/team/payout-method/changes/<change>/cancel")
@guarded("payout_method.set")
def cancel_payout_method_change(change: str) -> ResponseReturnValue:
    """Take a change back before it takes effect."""
    cancel_change(request_session(), current_actor(), parse("payout_method_change", change))
    return went_well(_("Taken back. Margins are paid where they were."), "console.team")


@blueprint.post("/team/payout-method/account")
@guarded("payout_method.set")
def open_payout_account() -> ResponseReturnValue:
    """Open an account at a rail that identifies payees itself, and show the way to its page."""
    form = Form(request.form.to_dict())
    link = ""
    with form.refusals():
        back = url_for("console.team", _external=True)
        link = onboarding.begin(transactions, current_actor(), get_context().rails, form.value("rail"), back, notice())
    return _page(form, onboarding_link=link)


@blueprint.post("/team/payout-currency")
@guarded("payout_method.set")
def payout_currency() -> ResponseReturnValue:
    """Say in which currency the organization's margins are paid."""
    form = Form(request.form.to_dict())
    with form.refusals():
        chosen = form.value("currency") or None
        choose_currency(request_session(), current_actor(), get_context().rails, form.value("rail"), chosen)
    return _page(form) if not form.valid else went_well(_("Kept."), "console.team")


def _page(form: Form, secret: str = "", onboarding_link: str = "") -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    organization = session.get_one(Organization, actor.organization)
    rails = get_context().rails
    page = render_template(
        "console/team.html",
        organization=organization,
        people=members(session, actor, organization.id),
        invitations=[pair for pair in invitations(session, actor, limit=SHOWN).data if pair[1] in OPEN_STATES],
        roles={role: ROLE_NAMES[role] for role in ROLES_BY_KIND[organization.kind]},
        role_names=ROLE_NAMES,
        keys=keys_of(session, actor) if actor.may("key.manage") and actor.look_id is None else None,
        scopes={name: DESCRIPTIONS[name] for name in sorted(actor.permissions)},
        payout_methods=methods_of(session, organization.id) if actor.may("payout_method.set") else None,
        sign_in_as=address_to_sign_in_again(session, actor, organization.id),
        currencies=offered_currencies(session) if actor.may("payout_method.set") else [],
        chosen={rail: chosen_currencies(session, rail, [organization.id]).get(organization.id) for rail in rails},
        form=form,
        onboarding_rails=sorted(onboarding_rails(rails)),
        bank_forms=[bank.form for bank in bank_rails(rails).values()],
        onboarding_link=onboarding_link,
        secret=secret,
        now=real_now(session),
    )
    return page, 200 if form.valid else 422
