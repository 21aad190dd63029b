"""The invariants of settlement, for `piecework ledger check`, its sweep and every test that touches money."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.ledger.chart import Code
from marketplace.ledger.checking import Finding, check
from marketplace.settlement.extra_models import LAYER_KINDS
from marketplace.settlement.states import PAYEE_NOUNS
from marketplace.work.states import FINAL_ANSWER, HOLDING_CLAIM, PAID_ANSWER

_STATEMENTS = load(__file__, "checks.sql")
_FEES = load(__file__, "fee_invoicing.sql")


@check("I2", "per accepted answer, fee and margins and pay are the price")
def prices_are_met(session: Session) -> Iterator[Finding]:
    """Paid answers whose earnings and fee are not the price, and others that earned anything."""
    for row in session.execute(_STATEMENTS.price_not_met, {"paid_states": sorted(PAID_ANSWER)}):
        problem = f"{row.state}: earned {row.earned} and fee {row.fee}, of a price of {row.price} (ledger units)"
        yield Finding(public("answer", row.answer_id), problem)


@check("N3", "the documents of an invoiced month say what the ledger says of its fees")
def fees_are_invoiced(session: Session) -> Iterator[Finding]:
    """Clients whose documents of a month are of more or less than their fees."""
    values = {"fee": int(Code.PLATFORM_FEE), "reserve": int(Code.JOB_RESERVE)}
    for row in session.execute(_FEES.fees_not_invoiced, values):
        problem = f"{row.month:%Y-%m}: {row.said} {row.currency} invoiced, {row.booked} in the books (ledger units)"
        yield Finding(public("organization", row.organization_id), problem)


@check("I4", "the installments of an earning sum to it")
def installments_are_earned(session: Session) -> Iterator[Finding]:
    """Earnings and installments that differ from the sum of their shares, extras and what extras took included."""
    for row in session.execute(_STATEMENTS.earning_not_shared):
        yield Finding(public("earning", row.earning_id), f"{row.amount} earned, {row.shared} shared (ledger units)")
    for row in session.execute(_STATEMENTS.installment_not_earned):
        problem = f"its amount is {row.amount}, its shares sum to {row.earned} (ledger units)"
        yield Finding(public("installment", row.installment_id), problem)


@check("I19", "committed reserve is the price of every answer released or held back, neither paid nor finally refused")
def reserves_are_committed(session: Session) -> Iterator[Finding]:
    """Jobs whose committed reserve is not what released seats may cost, or exceeds account 2020."""
    values = {
        "holding_states": sorted(HOLDING_CLAIM),
        "final_states": sorted(FINAL_ANSWER),
        "job_reserve": int(Code.JOB_RESERVE),
    }
    for row in session.execute(_STATEMENTS.reserve_not_committed, values):
        problem = f"{row.committed} committed, {row.wanted} wanted, {row.held} in the reserve (ledger units)"
        yield Finding(public("job", row.job_id), problem)


@check("E1", "the deferred accounts hold exactly what is scheduled")
def deferred_is_scheduled(session: Session) -> Iterator[Finding]:
    """Payees, contracts and days whose account 2110 or 2120 differs from the scheduled installments."""
    values = {"pay_deferred": int(Code.PAY_DEFERRED), "margin_deferred": int(Code.MARGIN_DEFERRED)}
    for row in session.execute(_STATEMENTS.deferred_not_scheduled, values):
        problem = f"due on {row.due_on}: {row.scheduled} scheduled, {row.deferred} deferred (ledger units)"
        yield Finding(public(PAYEE_NOUNS[row.payee_kind], row.payee_id), problem)


@check("E4", "a margin is earned by who sold under the contract then")
def margins_are_the_sellers(session: Session) -> Iterator[Finding]:
    """Margins of organizations that were not, or no longer, the seller when the answer was accepted."""
    for row in session.execute(_STATEMENTS.margin_of_another):
        problem = f"{public('organization', row.organization_id)} did not sell under its contract then"
        yield Finding(public("earning", row.earning_id), problem)


@check("E3", "every extra is paid by who owes it, or is an open claim; allowances and recourse are what was paid")
def extras_are_met(session: Session) -> Iterator[Finding]:
    """Extras, allowances and layers' debts to the guarantee fund that differ from the payments."""
    kinds = {"layer_kinds": list(LAYER_KINDS)}
    for row in session.execute(_STATEMENTS.extra_not_met, kinds):
        problem = (
            f"{row.amount} owed, {row.paid} paid and {row.unpaid} open; of the paid, {row.to_worker} from margins, "
            f"{row.recourse} owed to the fund and {row.to_fund} paid back to it (ledger units)"
        )
        yield Finding(public("extra", row.extra_id), problem)
    for row in session.execute(_STATEMENTS.allowance_not_met, kinds):
        problem = f"{row.spent} of the allowance counted as spent, {row.paid} paid from it (ledger units)"
        yield Finding(public("job", row.job_id), problem)
    for row in session.execute(_STATEMENTS.recourse_not_met, {"recourse_receivable": int(Code.RECOURSE_RECEIVABLE)}):
        problem = f"{row.owed} {row.currency} owed to the guarantee fund, {row.booked} on 1210 (ledger units)"
        yield Finding(public("organization", row.organization_id), problem)


@check("E7", "a quality claim brings back what was asked, at most the share that the job's terms say, and once")
def quality_claims_are_met(session: Session) -> Iterator[Finding]:
    """Quality claims that brought back, or leave open, another amount than they say, or more than the terms allow."""
    for row in session.execute(_STATEMENTS.quality_claim_not_met):
        problem = (
            f"{row.state}: {row.amount} of {row.most} at most, {row.charged} brought back, {row.uncollected} still "
            f"owed, {row.written_off} written off (ledger units)"
        )
        yield Finding(public("quality_claim", row.quality_claim_id), problem)


@check("E5", "what is set apart as unclaimed is what its installments say")
def unclaimed_is_set_apart(session: Session) -> Iterator[Finding]:
    """Currencies whose account 2170 holds another amount than the unclaimed installments."""
    for row in session.execute(_STATEMENTS.unclaimed_not_met, {"unclaimed": int(Code.UNCLAIMED)}):
        yield Finding(row.currency, f"{row.owed} unclaimed, {row.books} on 2170 (ledger units)")
