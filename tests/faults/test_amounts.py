"""The smallest amounts through the longest chain."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.jobs.drafts import RateDraft
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import job_reserve, platform_fee
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Earning, Installment
from tests.builders.payouts import make_finance
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to, payable_worker

ITEMS, LAYERS, TASK = 10_000, 7, 500
PRICE = LAYERS + 1
"""In ledger units: one for each layer and one for the worker; five per cent of it are none."""
ODD = SettlementTerms(
    (TermPart(3, 1, Anchor.ACCEPTANCE), TermPart(5, 2, Anchor.MONTH_END), TermPart(7, 5, Anchor.MONTH_END))
)


@pytest.mark.slow
@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_10_000_items_through_7_layers_at_one_unit_each_with_odd_weights_lose_no_unit(
    session: Session, currency: str
) -> None:
    funds = Money.parse("100", currency)
    chain = make_chain(
        session,
        items=ITEMS,
        items_per_task=TASK,
        currency=currency,
        rates=(RateDraft("standard", Money(PRICE, currency)),),
        prices=[Money(PRICE - layer, currency).text() for layer in range(LAYERS)],
        pay=Money(PRICE - LAYERS, currency).text(),
        settlement_terms=ODD,
        layers_max=LAYERS,
        worker_share_min_ppm=None,
        funds=funds.text(),
    )
    worker = payable_worker(session)
    for _ in range(ITEMS // TASK):
        accept(session, chain, hand_in(session, chain, worker))
    earned = dict(session.execute(select(Earning.payee_id, func.sum(Earning.amount)).group_by(Earning.payee_id)).all())
    assert earned == dict.fromkeys([worker.person, *(seller.organization for seller, _ in chain.layers)], ITEMS)
    assert session.scalar(select(func.sum(Installment.amount))) == ITEMS * (LAYERS + 1)
    assert balance(session, job_reserve(chain.job.id, currency)) == funds - Money(PRICE * ITEMS, currency)
    assert balance(session, platform_fee(currency)).is_zero
    move_clock_to(session, market_now(session) + dt.timedelta(days=240))
    while fall_due(session):
        pass
    prepare_run(session, make_finance(session).preparer, "sandbox")
    # Ten thousand ledger units are one minor unit: everybody gets exactly one, and nothing is left over.
    payouts = session.execute(select(Payout.amount, Payout.carried_out)).all()
    assert payouts == [(ITEMS, 0)] * (LAYERS + 1)
