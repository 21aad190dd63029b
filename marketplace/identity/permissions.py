"""The whole authorization policy, as data: what each role may do.

Which rows a permission reaches is the business of each package's `visible_to`; see `queries.py` there.
"""

from collections.abc import Iterable
from typing import Final

DESCRIPTIONS: Final[dict[str, str]] = {
    "access.contest": "Contest a block against oneself or one's organization.",
    "access.end": "End an access rule of one's organization, or as operations of any.",
    "access.make": "Allow or block workers and organizations for one's own jobs and contracts.",
    "access.read": "See access rules that one's organization made or that concern it.",
    "access.read.own": "See the blocks that concern oneself as a worker.",
    "account.change.own": "Choose how the pages of work are shown to oneself.",
    "account.erase.own": "Have one's own account erased.",
    "account.read.own": "Have everything that is kept about oneself.",
    "acceptance.mirror": "Propose to mirror an acceptance by mistake, and decide on what somebody else proposed.",
    "acceptance_mirror.read": "See acceptances that were mirrored, or are proposed to be.",
    "advance.take": "Take one's own pay as a worker before its day, for the fee shown.",
    "billing.set": "Say what documents carry of one's organization: legal name, address, tax number.",
    "audit.read": "Read the sealed log: checkpoints, events, proofs.",
    "chargeback.close": "Say that a chargeback was lost, and write off what is owed of it.",
    "chargeback.read": "See payments that were charged back, and what stands for them.",
    "clock.advance": "Move market time forward where no rail moves real money.",
    "contract.accept": "Accept or decline a contract offered to one's organization.",
    "contract.amend": "Propose new prices of a contract, and answer those that the other side proposes.",
    "contract.default": "Declare that a layer cannot go on with a contract: one's own, or for operations any.",
    "contract.hand_over": "Offer a contract that one's organization took over after a default to another seller.",
    "contract.offer": "Offer a part of a contract to another organization, withdraw it, recall or freeze it.",
    "contract.read": "See the contracts one's organization buys or sells in.",
    "decision.contest": "Contest a decision that a rule made about oneself as a worker.",
    "decision.read.own": "See the decisions about oneself as a worker.",
    "default.read": "Read which layers were in default and who took their contracts over.",
    "default.release": "End the hold on what a layer in default had earned.",
    "deposit.make": "Pay money in for one's organization, and take back what is unspent.",
    "deposit.read": "See what one's organization paid in and took back; as staff all.",
    "dispute.decide": "Decide a worker's dispute.",
    "dispute.open": "Contest a rejection of one's own answer.",
    "dispute.read": "See disputes about one's side's verdicts, or as the platform's decider all.",
    "earning.read": "See one's own earnings.",
    "event.read": "Read one's organization's events in the order of the sealed log.",
    "exposure.set.own": "Agree to see hard content as a worker, and set one's own daily limits.",
    "export.create": "Ask for files of results or money; what is in them needs its own permission too.",
    "export.read": "See the exports of one's organization.",
    "fee.report": "Report as a worker that somebody asked for money in order to work.",
    "installment.read": "See installments by due date.",
    "installment.read.own": "See one's own installments as a worker.",
    "invoice.read": "See receipts, invoices and credit notes of one's organization; as staff of all clients.",
    "job.fund": "Put an organization's deposit into a job's reserve.",
    "job.read": "See the jobs one's organization takes part in.",
    "job.write": "Create, change, publish, pause, close and cancel jobs.",
    "key.manage": "Issue and revoke API keys of one's organization.",
    "ledger.read": "Read accounts, journals and the trial balance.",
    "log.fork": "Declare a fork of the log, or agree to one: the way on when signed leaves are lost.",
    "log.read": "Read the sealed log's heads and proofs, and the events of it that concern one.",
    "look.read": "See who of the platform's staff looked at whose pages, and why.",
    "margin.read": "See one's own margins, or as staff those of a job.",
    "media.read": "See the media of items one may review.",
    "media.read.own": "See the media of items one holds a claim on.",
    "member.manage": "Invite people to an organization, give them roles and take them away.",
    "notification.read": "Read one's notifications.",
    "operation.cancel": "Ask long work of one's organization to stop.",
    "operation.read": "Follow long work that one's organization asked for.",
    "organization.change": "Change the name and the country of one's organization.",
    "organization.read": "List organizations and their people.",
    "own_money.move": "Propose to move the platform's own money, and decide on what somebody else proposed.",
    "pay.hold": "Hold what is due to a payee for a time, confirm a longer hold of somebody else's, release one early.",
    "payday.manage": "Add calendars of closed days and set the longest deferral of pay by country.",
    "payday.read": "See calendars of closed days and the longest deferral of pay by country.",
    "payout_method.set": "Say where payouts go.",
    "period.close": "Propose to close a month of the books or to reopen it, and decide on what somebody else proposed.",
    "payout_run.approve": "Approve a payout run that somebody else prepared.",
    "payout_run.execute": "Send an approved payout run.",
    "payout_run.prepare": "Prepare a payout run from what is due.",
    "payout_run.read": "See payout runs and payouts.",
    "protection.manage": "Set wage floors and limits of exposure, and decide on reports of fees asked of workers.",
    "protection.read": "See wage floors, paused batches and reports of fees asked of workers.",
    "person.erase": "Have a person erased who asked for it, or whom an authority wants erased.",
    "person.view_as": "Look at the pages of a person as they see them, for a quarter of an hour; nothing can be done.",
    "price_chain.read": "See the price chain of an answer, as the job's price visibility allows.",
    "price_chain.read.own": "See the price chain of one's own answers.",
    "quality_claim.answer": "Agree to a quality claim against one's organization, or contest it.",
    "quality_claim.decide": "Decide quality claims that are contested.",
    "quality_claim.open": "Claim the quality of accepted answers from the layer that vouched, and withdraw that.",
    "quality_claim.read": "See the quality claims that one's organization makes or is asked to answer; as staff all.",
    "rate.set": "Set rates between currencies for payouts.",
    "reconciliation.match": "Match lines of a rail or bank with the ledger.",
    "reconciliation.read": "See external lines and discrepancies.",
    "result.read": "Read the accepted answers of a job.",
    "review.decide": "Accept, send back or reject answers; for the platform, what is held for it.",
    "review.read": "See answers that wait for review.",
    "review_statistics.read": "See how one's organization's reviewers decide.",
    "sales_tax.set": "Set which sales tax is in the platform's fee, by the client's country.",
    "sign_in.manage": "Say by which identity providers one's organization's people sign in.",
    "signup.decide": "Approve, reject or suspend an organization.",
    "signup.read": "See organizations that asked to join.",
    "session.end.own": "End a sign-in of one's own in another browser.",
    "skill.manage": "Define skills and grant or revoke them.",
    "skill.read": "See one's organization's skills and who has them.",
    "skill.read.own": "See one's own skills as a worker.",
    "sweep.read": "See the state of sweeps and of the sealer.",
    "tax.remit": "Propose to pay withheld or sales tax to an authority, decide on others' proposals, say it is paid.",
    "task.open": "Open tasks to workers from a contract.",
    "task.read": "See tasks and their progress.",
    "webhook.manage": "Make, change, try out and delete one's organization's webhooks; send deliveries again.",
    "webhook.read": "See one's organization's webhooks and the log of their deliveries.",
    "team.join": "See the teams one is in or invited to as a worker, accept, decline, leave.",
    "team.manage": "Make, rename and close teams of workers, invite to them and remove from them.",
    "team.read": "See an organization's teams, their workers and invitations.",
    "withholding.read": "See what tax is withheld from whom, and what is paid to its authorities.",
    "withholding.set": "Propose what tax is withheld from a payee, and decide on what somebody else proposed.",
    "work.claim": "Claim a task.",
    "work.find": "See open tasks.",
    "work.read": "See one's own claims and answers.",
    "work.submit": "Save, submit or give back a claim.",
}

_REVIEWER: Final = frozenset({"dispute.read", "job.read", "task.read", "review.read", "review.decide", "media.read"})

# The auditor reads everything and changes nothing.
_AUDITOR: Final = frozenset(name for name in DESCRIPTIONS if name.endswith(".read") and name not in {
    "earning.read", "notification.read", "work.read",  # a worker's own affairs, which have no meaning for another
    "event.read",  # an extract for each organization of the log that the auditor reads whole
})  # fmt: skip

ROLES: Final[dict[str, frozenset[str]]] = {
    "requester": frozenset({
        "event.read", "operation.cancel", "operation.read", "webhook.manage", "webhook.read",
        "export.create", "export.read",
        "billing.set", "chargeback.read", "invoice.read",
        "contract.offer", "contract.read", "deposit.make", "deposit.read", "job.fund", "job.read", "job.write",
        "contract.amend", "key.manage", "contract.hand_over", "log.read", "margin.read", "media.read", "member.manage",
        "notification.read", "payday.read", "price_chain.read", "result.read", "default.read",
        "quality_claim.open", "quality_claim.read",
        "access.end", "access.make", "access.read", "skill.manage", "skill.read", "task.open", "task.read",
        "organization.change", "review_statistics.read", "sign_in.manage", "team.manage", "team.read",
    }),
    "manager": frozenset({
        "event.read", "operation.cancel", "operation.read", "webhook.manage", "webhook.read",
        "export.create", "export.read",
        "contract.accept", "contract.offer", "contract.read", "installment.read", "job.read", "key.manage",
        "contract.amend", "contract.hand_over", "log.read", "margin.read", "media.read", "member.manage",
        "notification.read", "payday.read", "payout_method.set", "price_chain.read", "contract.default", "default.read",
        "quality_claim.answer", "quality_claim.open", "quality_claim.read",
        "access.contest", "access.end", "access.make", "access.read", "skill.manage", "skill.read", "task.open",
        "task.read",
        "organization.change", "review_statistics.read", "sign_in.manage", "team.manage", "team.read",
    }),
    "reviewer": _REVIEWER,
    "finance": frozenset({
        "billing.set", "chargeback.close", "chargeback.read", "deposit.read", "invoice.read", "sales_tax.set",
        "export.create", "export.read",
        "operation.cancel", "operation.read",
        "installment.read", "job.read", "ledger.read", "margin.read", "period.close", "payday.read", "default.read",
        "default.release", "log.fork", "own_money.move", "pay.hold",
        "payout_run.approve", "payout_run.execute", "payout_run.prepare", "payout_run.read", "rate.set",
        "quality_claim.read",
        "reconciliation.match", "reconciliation.read", "tax.remit", "withholding.read", "withholding.set",
    }),
    "operations": frozenset({
        "access.end", "access.read", "audit.read", "clock.advance", "contract.read", "job.read", "ledger.read",
        "log.fork", "log.read", "look.read", "margin.read", "member.manage", "organization.read",
        "payday.manage", "payday.read",
        "protection.manage", "protection.read", "contract.default", "contract.hand_over", "default.read",
        "quality_claim.decide", "quality_claim.read", "acceptance.mirror", "acceptance_mirror.read", "person.erase",
        "person.view_as",
        "signup.decide", "signup.read", "sweep.read", "task.read",
    }),
    "dispute_decider": frozenset({
        "dispute.decide", "dispute.read", "job.read", "media.read", "review.decide", "review.read",
    }),
    "auditor": _AUDITOR,
    "worker": frozenset({
        "access.contest", "access.read.own", "account.change.own", "account.erase.own", "account.read.own",
        "advance.take", "dispute.open", "session.end.own",
        "earning.read", "installment.read.own",
        "media.read.own", "notification.read", "payout_method.set", "price_chain.read.own", "skill.read.own",
        "work.claim", "work.find", "work.read", "work.submit",
        "decision.contest", "decision.read.own", "exposure.set.own", "fee.report", "log.read", "team.join",
    }),
}  # fmt: skip

ROLES_BY_KIND: Final[dict[str, tuple[str, ...]]] = {
    "client": ("requester", "reviewer"),
    "subcontractor": ("manager", "reviewer"),
    "platform": ("operations", "finance", "dispute_decider", "auditor"),
}

ROLE_NAMES: Final[dict[str, str]] = {
    "requester": "Requester",
    "manager": "Manager",
    "reviewer": "Reviewer",
    "finance": "Finance",
    "operations": "Operations",
    "dispute_decider": "Dispute decider",
    "auditor": "Auditor",
    "worker": "Worker",
}


def permissions_of(roles: Iterable[str], *, organization_state: str | None) -> frozenset[str]:
    """What the roles may do together; unless the organization is approved (or there is none), only reading.

    A rejected or suspended organization may still look: what it is owed stays in its sight.
    """
    granted = frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
    if organization_state in {None, "approved"}:
        return granted
    return frozenset(name for name in granted if name.endswith(".read"))


def may_look(staff_roles: Iterable[str], platform_roles: Iterable[str]) -> bool:
    """Whether staff with these roles may look at the pages of who has those roles at the platform: never upwards."""
    own = permissions_of(staff_roles, organization_state="approved")
    return "person.view_as" in own and permissions_of(platform_roles, organization_state="approved") <= own
