"""By which identity providers an organization's people sign in."""

import re

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import whole
from marketplace.identity import oidc, providers
from marketplace.identity.models import Organization
from marketplace.identity.provider_signin import redirect_uri
from marketplace.identity.stepping_up import address_to_step_up, require_recent_sign_in
from marketplace.kernel.ids import parse
from marketplace.web.auth import current_actor
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.web.sign_in import limit_source

ADDED_PER_SOURCE = 20
_BETWEEN = re.compile(r"[\s,]+")


@blueprint.get("/identity-providers")
@guarded("sign_in.manage")
def identity_providers() -> ResponseReturnValue:
    """The providers of one's organization."""
    return _page(Form())


@blueprint.post("/identity-providers")
@guarded("sign_in.manage")
def add_identity_provider() -> ResponseReturnValue:
    """Add one, after it was found to be one."""
    form, local = Form(request.form.to_dict()), get_context().settings.development
    with form.refusals():
        session, actor = request_session(), current_actor()
        require_recent_sign_in(session, actor)
        limit_source("provider added", ADDED_PER_SOURCE)
        issuer = providers.read_issuer(form.value("issuer"), local=local)
        oidc.discover(issuer, local=local)  # asked before anything is locked
        providers.add_provider(session, actor, issuer, _draft(form), local=local)
    if not form.valid:
        return _page(form)
    return went_well(_("Added. Nobody signs in through it until they connect."), "console.identity_providers")


@blueprint.post("/identity-providers/<provider>")
@guarded("sign_in.manage")
def change_identity_provider(provider: str) -> ResponseReturnValue:
    """Change what is kept of one."""
    form = Form(request.form.to_dict())
    with form.refusals():
        provider_id, version = parse("identity_provider", provider), whole(form, "version")
        providers.change_provider(request_session(), current_actor(), provider_id, version, _draft(form))
    return _page(form) if not form.valid else went_well(_("Kept."), "console.identity_providers")


@blueprint.post("/identity-providers/<provider>/remove")
@guarded("sign_in.manage")
def remove_identity_provider(provider: str) -> ResponseReturnValue:
    """Take its word no more."""
    form = Form()
    with form.refusals():
        providers.remove_provider(request_session(), current_actor(), parse("identity_provider", provider))
    if not form.valid:
        return _page(form)
    return went_well(_("Removed. Who came in through it is signed out."), "console.identity_providers")


def _draft(form: Form) -> providers.Draft:
    return providers.Draft(
        code=form.value("code"),
        client_id=form.value("client_id"),
        client_secret=form.value("client_secret").strip(),
        email_domains=_BETWEEN.split(form.value("email_domains")),
    )


def _page(form: Form) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    organization = session.get_one(Organization, actor.organization)
    kept, public_url = providers.providers_of(session, actor), get_context().settings.public_url
    page = render_template(
        "console/identity_providers.html",
        organization=organization,
        providers=kept,
        redirects={one.id: redirect_uri(public_url, one) for one in kept},
        starts={one.id: public_url + url_for("console.provider_ask", name=one.code) for one in kept},
        sign_in_as=address_to_step_up(session, actor),
        form=form,
    )
    return page, 200 if form.valid else 422
