"""The operations, one module for each theme."""

from __future__ import annotations

from typing import Final

from client_api.blueprint import Theme
from client_api.resources.access import access
from client_api.resources.adjudications import adjudications
from client_api.resources.amendments import amendments
from client_api.resources.audit import audit
from client_api.resources.bank import bank
from client_api.resources.chargebacks import chargebacks
from client_api.resources.contracts import contracts
from client_api.resources.currencies import currencies
from client_api.resources.defaults import defaults
from client_api.resources.disputes import disputes
from client_api.resources.exports import exports
from client_api.resources.finance import finance
from client_api.resources.freezing import freezing
from client_api.resources.funding import funding
from client_api.resources.gold import gold
from client_api.resources.handovers import handovers
from client_api.resources.identity import identity
from client_api.resources.imports import imports
from client_api.resources.invoices import invoices
from client_api.resources.items import items
from client_api.resources.jobs import jobs
from client_api.resources.keys import keys
from client_api.resources.ledger import ledger
from client_api.resources.margins import margins
from client_api.resources.operations import operations
from client_api.resources.organization import organization
from client_api.resources.pay_holds import pay_holds
from client_api.resources.paydays import paydays
from client_api.resources.payouts import payouts
from client_api.resources.practice import practice
from client_api.resources.protection import protection
from client_api.resources.provenance import provenance
from client_api.resources.quality import quality
from client_api.resources.quality_claims import quality_claims
from client_api.resources.reconciliation import reconciliation
from client_api.resources.review_statistics import statistics
from client_api.resources.reviews import reviews
from client_api.resources.skills import skills
from client_api.resources.statements import statements
from client_api.resources.tasks import tasks
from client_api.resources.taxes import taxes
from client_api.resources.teams import teams
from client_api.resources.trails import trails
from client_api.resources.treasury import treasury
from client_api.resources.uploads import uploads
from client_api.resources.webhooks import webhooks

THEMES: Final[tuple[Theme, ...]] = (
    identity,
    keys,
    organization,
    teams,
    jobs,
    items,
    uploads,
    imports,
    funding,
    invoices,
    chargebacks,
    contracts,
    amendments,
    defaults,
    handovers,
    tasks,
    quality,
    skills,
    access,
    reviews,
    adjudications,
    quality_claims,
    paydays,
    protection,
    disputes,
    statistics,
    gold,
    practice,
    provenance,
    margins,
    statements,
    payouts,
    pay_holds,
    trails,
    bank,
    taxes,
    currencies,
    freezing,
    treasury,
    reconciliation,
    ledger,
    finance,
    exports,
    operations,
    webhooks,
    audit,
)
