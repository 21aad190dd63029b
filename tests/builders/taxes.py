"""Tax that is withheld from payees, and sales tax in the fees of clients."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.invoicing.details import set_sales_tax_rate
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.models import Journal
from marketplace.ledger.treasury import put_in_capital
from marketplace.payouts.tax_models import Withholding
from marketplace.payouts.withholding import TaxLine, decide_withholding, propose_withholding
from marketplace.settlement.fee_invoicing import invoice_fees
from tests.builders.payouts import Finance, inside
from tests.builders.settlement import Chain, make_chain, move_clock_to


def withhold_from(
    session: Session, finance: Finance, payee: Actor, *lines: tuple[str, int], valid_from: dt.date | None = None
) -> Withholding:
    """From today on, unless another day is given, proposed by one finance person and approved by the other."""
    payee_id = payee.organization_id or payee.person
    day = valid_from or market_now(session).date()
    wanted = [TaxLine(authority, rate_ppm) for authority, rate_ppm in lines]
    proposed = propose_withholding(session, finance.preparer, payee_id, day, wanted)
    return decide_withholding(session, finance.approver, proposed.id, approve=True)


def taxed_chain(session: Session, finance: Finance, *rates: tuple[str, int]) -> Chain:
    """A client in Germany, whose fees have these taxes inside."""
    chain = make_chain(session, items=15, items_per_task=3)
    session.get_one(Organization, chain.client.organization).country = "DE"
    for authority, ppm in rates:
        wanted = {"country": "DE", "authority": authority, "rate_ppm": ppm, "valid_from": dt.date(2020, 1, 1)}
        set_sales_tax_rate(session, finance.preparer, **wanted)  # type: ignore[arg-type]
    put_in_capital(session, finance.preparer, Money.parse("10", "CNY"))
    return chain


def end_month(session: Session) -> dt.date:
    """Go to the day on which the month of the newest acceptance or mirror is invoiced; its first day."""
    fees = select(func.max(Journal.effective_on)).where(Journal.kind.in_(["J3", "J10a"]))
    newest: dt.date = session.execute(fees).scalar_one()
    month = newest.replace(day=1)
    move_clock_to(session, months_after(month, 1) + dt.timedelta(days=1))
    invoice_fees(inside(session))
    return month
