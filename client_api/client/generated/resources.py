"""Every tag of the API as an attribute, generated from docs/openapi.json; `piecework docs` writes it
anew.
"""

from __future__ import annotations

from client_api.client.generated.access import Access
from client_api.client.generated.adjudications import Adjudications
from client_api.client.generated.amendments import Amendments
from client_api.client.generated.audit import Audit
from client_api.client.generated.bank import Bank
from client_api.client.generated.chargebacks import Chargebacks
from client_api.client.generated.contracts import Contracts
from client_api.client.generated.currencies import Currencies
from client_api.client.generated.defaults import Defaults
from client_api.client.generated.disputes import Disputes
from client_api.client.generated.exports import Exports
from client_api.client.generated.finance import Finance
from client_api.client.generated.funding import Funding
from client_api.client.generated.gold import Gold
from client_api.client.generated.handovers import Handovers
from client_api.client.generated.identity import Identity
from client_api.client.generated.imports import Imports
from client_api.client.generated.invoices import Invoices
from client_api.client.generated.items import Items
from client_api.client.generated.jobs import Jobs
from client_api.client.generated.keys import Keys
from client_api.client.generated.ledger import Ledger
from client_api.client.generated.margins import Margins
from client_api.client.generated.operations import Operations
from client_api.client.generated.organization import Organization
from client_api.client.generated.pay_holds import PayHolds
from client_api.client.generated.paydays import Paydays
from client_api.client.generated.payout_freeze import PayoutFreeze
from client_api.client.generated.payouts import Payouts
from client_api.client.generated.practice import Practice
from client_api.client.generated.protection import Protection
from client_api.client.generated.provenance import Provenance
from client_api.client.generated.quality import Quality
from client_api.client.generated.quality_claims import QualityClaims
from client_api.client.generated.reconciliation import Reconciliation
from client_api.client.generated.review_statistics import ReviewStatistics
from client_api.client.generated.reviews import Reviews
from client_api.client.generated.skills import Skills
from client_api.client.generated.statements import Statements
from client_api.client.generated.tasks import Tasks
from client_api.client.generated.taxes import Taxes
from client_api.client.generated.teams import Teams
from client_api.client.generated.trails import Trails
from client_api.client.generated.treasury import Treasury
from client_api.client.generated.uploads import Uploads
from client_api.client.generated.webhooks import Webhooks
from client_api.client.transport import Transport


class Resources:
    """The operations of the API, by tag."""

    def __init__(self, transport: Transport) -> None:
        """`transport` sends what they ask for."""
        self.identity = Identity(transport)
        """Who the key acts for; the directory of subcontractors."""
        self.keys = Keys(transport)
        """API keys: scoped, expiring, rotated with an overlap; a secret is shown once."""
        self.organization = Organization(transport)
        """Your organization: its people, their roles, and who is invited."""
        self.teams = Teams(transport)
        """Teams of workers: who is in one has agreed to it, and may leave at any time."""
        self.jobs = Jobs(transport)
        """What a client posts: instructions, prices, caps, terms."""
        self.items = Items(transport)
        """The things to label, and the images we keep for them."""
        self.uploads = Uploads(transport)
        """What became of each upload of items, and its bad rows to download."""
        self.imports = Imports(transport)
        """Projects of Label Studio and batches of MTurk, taken over as draft jobs with their items."""
        self.funding = Funding(transport)
        """Money coming in, and money tied to jobs."""
        self.invoices = Invoices(transport)
        """Receipts, invoices of fees and credit notes: numbered without a gap, never changed."""
        self.chargebacks = Chargebacks(transport)
        """Payments of clients that were charged back at the rail."""
        self.contracts = Contracts(transport)
        """The layers of a job: a buyer above, a seller below, prices and allotted items."""
        self.amendments = Amendments(transport)
        """New prices of a contract, which one side proposes and the other accepts."""
        self.defaults = Defaults(transport)
        """Layers that could not go on with a contract, and who took it over at its prices."""
        self.handovers = Handovers(transport)
        """Contracts that were taken over after a default, offered to another seller as they stand."""
        self.tasks = Tasks(transport)
        """Items put into tasks for workers, the progress of a job, and its results."""
        self.quality = Quality(transport)
        """How good a job's answers are: by contract, label and worker."""
        self.skills = Skills(transport)
        """What your organization says workers can do; a job may ask for skills of its client."""
        self.access = Access(transport)
        """Allow and block lists, with scope, reason and end; the one concerned reads the reason."""
        self.reviews = Reviews(transport)
        """Answers that wait for a verdict, and disputes about rejections."""
        self.adjudications = Adjudications(transport)
        """Items whose answers never agreed, decided by a third person."""
        self.quality_claims = QualityClaims(transport)
        """Accepted answers that are not good: margin back from the layer that vouched for them."""
        self.paydays = Paydays(transport)
        """Calendars of closed days that terms can name, and the longest deferral of pay by country."""
        self.protection = Protection(transport)
        """Wage floors by country, and notice of lower pay for items with pre-labels."""
        self.disputes = Disputes(transport)
        """Rejections that workers contest, and the one appeal that each dispute may have."""
        self.review_statistics = ReviewStatistics(transport)
        """How reviewers decide, how quickly, and what of it was overturned."""
        self.gold = Gold(transport)
        """Items whose answer is known, which show how workers do."""
        self.practice = Practice(transport)
        """Examples, and items that workers try before they claim."""
        self.provenance = Provenance(transport)
        """Where each cent goes: the price chain of an answer, its proof, and margins."""
        self.margins = Margins(transport)
        """What layers earned by accepted answers, and what of a price reaches workers."""
        self.statements = Statements(transport)
        """What your margins earned by month, what fell due, was paid or is held."""
        self.payouts = Payouts(transport)
        """What falls due, and the runs that pay it: one person prepares, another approves."""
        self.pay_holds = PayHolds(transport)
        """What finance holds of what is due to a payee, for a reason in words and for a time."""
        self.trails = Trails(transport)
        """A payout followed from answers to the bank's line: every sum, and every difference by its
        reason.
        """
        self.bank = Bank(transport)
        """Payouts by bank: files that people carry to it, and what it says happened."""
        self.taxes = Taxes(transport)
        """Tax that is withheld from payees: one person proposes what, another approves."""
        self.currencies = Currencies(transport)
        """Payees who chose another currency than the one owed: rates, and the open position."""
        self.payout_freeze = PayoutFreeze(transport)
        """Stopping all payouts, by one person at once, and letting them be sent again, by two."""
        self.treasury = Treasury(transport)
        """Money that finance moves itself: tax to its authority, currencies bought back, its own, and
        what shows it.
        """
        self.reconciliation = Reconciliation(transport)
        """What lines of rails and the bank without a reference were, and how much is explained."""
        self.ledger = Ledger(transport)
        """Double entry: the trial balance, each journal, and closed months."""
        self.finance = Finance(transport)
        """What finance plans by: what will fall due, against the cash, and how old it is what is owed."""
        self.exports = Exports(transport)
        """Files of results and of money: asked for and made as an operation, or kept of each month;
        fetched by a link.
        """
        self.operations = Operations(transport)
        """Long work that a request has set going: its progress, its end, and how to stop it."""
        self.webhooks = Webhooks(transport)
        """Events sent to an address of yours, signed as Standard Webhooks say (`webhook-id`,
        `webhook-timestamp`, `webhook-signature`), at least once, in order where nothing fails: a
        receiver knows by `webhook-id` what it has already. Any 2xx within ten seconds takes it;
        else it is tried again, twelve times within a day. 410 disables the webhook. What was missed
        is listed at `/v1/events`. A small receiver: `docs/examples/webhook_receiver.py`.
        """
        self.audit = Audit(transport)
        """The tamper-evident log: signed heads, events, proofs, receipts."""
