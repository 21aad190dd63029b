"""The console's blueprint, its menu, and what every page of it knows."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from marketplace.identity.models import Organization
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.identity.queries import organizations_of
from marketplace.kernel.actor import Actor
from marketplace.web.auth import find_actor
from marketplace.web.database import request_session

blueprint = Blueprint("console", "marketplace.console", url_prefix="/console", template_folder="templates")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; shown to who has any of the permissions."""

    endpoint: str
    text: str
    permissions: tuple[str, ...]

    def shown_to(self, actor: Actor) -> bool:
        """Whether the actor may open it."""
        return any(actor.may(permission) for permission in self.permissions)


MENU: Final = (
    Entry("console.review_queue", lazy_gettext("Review"), ("review.read",)),
    Entry("console.adjudications", lazy_gettext("Without agreement"), ("review.decide",)),
    Entry("console.disputes", lazy_gettext("Disputes"), ("dispute.read", "review.read")),
    Entry("console.quality_claims", lazy_gettext("Quality claims"), ("quality_claim.read",)),
    Entry("console.mirrors", lazy_gettext("Accepted by mistake"), ("acceptance_mirror.read",)),
    Entry("console.jobs", lazy_gettext("Jobs"), ("job.read",)),
    Entry("console.contracts", lazy_gettext("Contracts"), ("contract.read",)),
    Entry("console.defaults", lazy_gettext("Defaults"), ("default.read",)),
    Entry("console.money", lazy_gettext("Deposit"), ("deposit.make",)),
    Entry("console.chargebacks", lazy_gettext("Chargebacks"), ("chargeback.read",)),
    Entry("console.margins", lazy_gettext("Margins"), ("margin.read",)),
    Entry("console.installments", lazy_gettext("Installments"), ("installment.read",)),
    Entry("console.statements", lazy_gettext("Statements"), ("installment.read",)),
    Entry("console.runs", lazy_gettext("Payout runs"), ("payout_run.read",)),
    Entry("console.unanswered", lazy_gettext("Without an answer"), ("payout_run.read",)),
    Entry("console.bank", lazy_gettext("Bank"), ("payout_run.read",)),
    Entry("console.taxes", lazy_gettext("Tax withheld"), ("withholding.read",)),
    Entry("console.remittances", lazy_gettext("Tax to authorities"), ("withholding.read",)),
    Entry("console.currencies", lazy_gettext("Currencies"), ("payout_run.read",)),
    Entry("console.cash_forecast", lazy_gettext("Cash forecast"), ("ledger.read",)),
    Entry("console.ledger", lazy_gettext("Ledger"), ("ledger.read",)),
    Entry("console.reconciliation", lazy_gettext("Reconciliation"), ("reconciliation.read",)),
    Entry("console.sign_ups", lazy_gettext("Organizations"), ("organization.read",)),
    Entry("console.fee_reports_list", lazy_gettext("Fees asked"), ("protection.read",)),
    Entry("console.contests", lazy_gettext("Contested"), ("protection.read",)),
    Entry("console.audit_log", lazy_gettext("Audit log"), ("audit.read",)),
    Entry("console.service", lazy_gettext("Service"), ("sweep.read",)),
    Entry("console.team", lazy_gettext("Team"), ("member.manage",)),
)


@blueprint.context_processor
def frame_values() -> dict[str, object]:
    """What the frame of every page shows: who is signed in, for whom, and the menu."""
    actor = find_actor()
    if actor is None or actor.organization_id is None or actor.person_id is None:
        return {"menu": []}
    session = request_session()
    return {
        "me": actor,
        "menu": [entry for entry in MENU if entry.shown_to(actor)],
        "my_organization": session.get(Organization, actor.organization_id),
        "my_organizations": organizations_of(session, actor.person_id),
        "my_roles": [ROLE_NAMES[role] for role in sorted(actor.roles)],
    }


def went_well(message: str, endpoint: str, **values: str) -> Response:
    """Say so and show the page again by a GET, so that a reload repeats nothing."""
    flash(message, "good")
    return redirect(
        url_for(endpoint, _anchor=None, _method=None, _scheme=None, _external=None, **values), HTTPStatus.SEE_OTHER
    )
