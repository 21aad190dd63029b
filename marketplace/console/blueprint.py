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


@dataclass(frozen=True, slots=True)
class Topic:
    """Lines of the menu that belong together; where there are few lines in all they stand side by side."""

    text: str
    entries: tuple[Entry, ...]


TOPICS: Final = (
    Topic(
        lazy_gettext("Work"),
        (
            Entry("console.review_queue", lazy_gettext("Review"), ("review.read",)),
            Entry("console.adjudications", lazy_gettext("Without agreement"), ("review.decide",)),
            Entry("console.disputes", lazy_gettext("Disputes"), ("dispute.read",)),
            Entry("console.quality_claims", lazy_gettext("Quality claims"), ("quality_claim.read",)),
            Entry("console.mirrors", lazy_gettext("Accepted by mistake"), ("acceptance_mirror.read",)),
        ),
    ),
    Topic(
        lazy_gettext("Jobs and layers"),
        (
            Entry("console.jobs", lazy_gettext("Jobs"), ("job.read",)),
            Entry("console.contracts", lazy_gettext("Contracts"), ("contract.read",)),
            Entry("console.defaults", lazy_gettext("Defaults"), ("default.read",)),
            Entry("console.handover_list", lazy_gettext("Handovers"), ("contract.read",)),
        ),
    ),
    Topic(
        lazy_gettext("Money in"),
        (
            Entry("console.money", lazy_gettext("Deposits"), ("deposit.read",)),
            Entry("console.invoices", lazy_gettext("Invoices"), ("invoice.read",)),
            Entry("console.chargebacks", lazy_gettext("Chargebacks"), ("chargeback.read",)),
        ),
    ),
    Topic(
        lazy_gettext("Earned"),
        (
            Entry("console.margins", lazy_gettext("Margins"), ("margin.read",)),
            Entry("console.installments", lazy_gettext("Installments"), ("installment.read",)),
            Entry("console.statements", lazy_gettext("Statements"), ("installment.read",)),
        ),
    ),
    Topic(
        lazy_gettext("Paying out"),
        (
            Entry("console.runs", lazy_gettext("Payout runs"), ("payout_run.read",)),
            Entry("console.unanswered", lazy_gettext("Without an answer"), ("payout_run.read",)),
            Entry("console.failed_payouts", lazy_gettext("Failed payouts"), ("payout_run.read",)),
            Entry("console.refused_by_banks", lazy_gettext("Refused by banks"), ("payout_run.read",)),
            Entry("console.held_pay", lazy_gettext("Held by finance"), ("payout_run.read",)),
            Entry("console.bank", lazy_gettext("Bank"), ("payout_run.read",)),
            Entry("console.taxes", lazy_gettext("Tax withheld"), ("withholding.read",)),
            Entry("console.remittances", lazy_gettext("Tax to authorities"), ("withholding.read",)),
            Entry("console.currencies", lazy_gettext("Currencies"), ("payout_run.read",)),
        ),
    ),
    Topic(
        lazy_gettext("Books"),
        (
            Entry("console.cash_forecast", lazy_gettext("Cash forecast"), ("ledger.read",)),
            Entry("console.ageing", lazy_gettext("Ageing"), ("ledger.read",)),
            Entry("console.ledger", lazy_gettext("Ledger"), ("ledger.read",)),
            Entry("console.reconciliation", lazy_gettext("Reconciliation"), ("reconciliation.read",)),
            Entry("console.follow", lazy_gettext("Follow the money"), ("payout_run.read",)),
            Entry("console.own_money", lazy_gettext("Own money"), ("ledger.read",)),
            Entry("console.periods", lazy_gettext("Months"), ("ledger.read",)),
        ),
    ),
    Topic(
        lazy_gettext("People"),
        (
            Entry("console.sign_ups", lazy_gettext("Organizations"), ("organization.read",)),
            Entry("console.fee_reports_list", lazy_gettext("Fees asked"), ("protection.read",)),
            Entry("console.looks", lazy_gettext("As they see it"), ("look.read",)),
            Entry("console.people", lazy_gettext("Erasing people"), ("person.erase",)),
            Entry("console.contests", lazy_gettext("Contested"), ("protection.read",)),
            Entry("console.deferral_limits", lazy_gettext("Pay by country"), ("protection.read",)),
            Entry("console.team", lazy_gettext("Team"), ("member.manage",)),
            Entry("console.identity_providers", lazy_gettext("Sign-in"), ("sign_in.manage",)),
        ),
    ),
    Topic(
        lazy_gettext("System"),
        (
            Entry("console.audit_log", lazy_gettext("Audit log"), ("audit.read",)),
            Entry("console.service", lazy_gettext("Service"), ("sweep.read",)),
        ),
    ),
)
MENU: Final = tuple(entry for topic in TOPICS for entry in topic.entries)
SIDE_BY_SIDE_MAX: Final = 8
"""So many lines stand side by side; more are grouped by topic."""


def menu_for(actor: Actor) -> list[Topic]:
    """The topics of which the actor may open something, with what they may open; each line its own where few are."""
    shown = [
        Topic(topic.text, entries)
        for topic in TOPICS
        if (entries := tuple(entry for entry in topic.entries if entry.shown_to(actor)))
    ]
    if sum(len(topic.entries) for topic in shown) <= SIDE_BY_SIDE_MAX:
        return [Topic(entry.text, (entry,)) for topic in shown for entry in topic.entries]
    return shown


@blueprint.context_processor
def frame_values() -> dict[str, object]:
    """What the frame of every page shows: who is signed in, for whom, and the menu."""
    actor = find_actor()
    if actor is None or actor.organization_id is None or actor.person_id is None:
        return {"menu": []}
    session = request_session()
    return {
        "me": actor,
        "menu": menu_for(actor),
        "my_organization": session.get(Organization, actor.organization_id),
        # Where else one belongs is nothing to a provider that an organization chose.
        "my_organizations": [] if actor.through_provider else organizations_of(session, actor.person_id),
        "my_roles": [ROLE_NAMES[role] for role in sorted(actor.roles)],
    }


def went_well(message: str, endpoint: str, **values: str) -> Response:
    """Say so and show the page again by a GET, so that a reload repeats nothing."""
    flash(message, "good")
    return redirect(
        url_for(endpoint, _anchor=None, _method=None, _scheme=None, _external=None, **values), HTTPStatus.SEE_OTHER
    )
