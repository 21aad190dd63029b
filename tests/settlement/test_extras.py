"""Extras (J18, J19): paid beside the price of answers, each from who owes it, and never lost."""

import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.jobs import reserve
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import guarantee_fund, held, job_reserve, margin_due, pay_due, recourse
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.settlement import extras
from marketplace.settlement.collecting import settle_open
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.models import Installment
from marketplace.work.models import Claim
from tests.audit.parts import SIGNER, seal_all
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, mature, sandbox
from tests.builders.settlement import Chain, Handed, accept, hand_in, make_chain, payable_worker
from tests.builders.work import make_worker

ACTOR = system_actor("tests")


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def from_allowance(session: Session, chain: Chain, handed: Handed, amount: str, key: str = "one") -> Extra | None:
    return extras.pay_from_allowance(
        session,
        ACTOR,
        kind="bonus",
        job=chain.job,
        claim=session.get_one(Claim, handed.claim_id),
        worker_id=handed.worker.person,
        contract_id=chain.batch.contract_id,
        amount=cny(amount),
        key=key,
    )


def from_layer(
    session: Session, chain: Chain, worker_id: uuid.UUID, amount: str, *, kind: str = "wage_top_up", key: str = "one"
) -> Extra:
    contract = chain.layers[-1][1]
    return extras.pay_from_layer(
        session, ACTOR, kind=kind, contract=contract, worker_id=worker_id, claim=None, amount=cny(amount), key=key
    )


def owed(session: Session, payee_id: uuid.UUID) -> list[tuple[str, int]]:
    rows = session.scalars(
        select(Installment)
        .where(Installment.payee_id == payee_id)
        .order_by(Installment.due_on, Installment.id)
        .execution_options(populate_existing=True)
    )
    return [(row.state, row.amount) for row in rows]


def holds(session: Session) -> bool:
    return run_checks(session).holds


def test_a_clients_extra_is_paid_from_the_allowance_on_the_days_of_the_workers_terms(session: Session) -> None:
    chain = make_chain(session, items=2, allowance=cny("5.00"))
    handed = hand_in(session, chain)
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    extra = from_allowance(session, chain, handed, "1.00")
    assert extra is not None
    assert before - balance(session, job_reserve(chain.job.id, "CNY")) == cny("1.00")
    assert owed(session, handed.worker.person) == [("scheduled", 500_000), ("scheduled", 500_000)]
    accept(session, chain, handed)
    # Same days, same installments: the extra is a line of its own in them.
    assert owed(session, handed.worker.person) == [("scheduled", 675_000), ("scheduled", 675_000)]
    assert holds(session)


def test_what_is_paid_from_the_allowance_leaves_less_of_it_and_seats_as_much_as_before(session: Session) -> None:
    chain = make_chain(session, items=2, allowance=cny("5.00"))
    handed = hand_in(session, chain)
    seats_may_cost = reserve.spendable(session, chain.job)
    from_allowance(session, chain, handed, "3.00")
    assert reserve.allowance_left(session, chain.job) == cny("2.00")
    assert reserve.spendable(session, chain.job) == seats_may_cost


def test_an_allowance_that_is_used_up_pays_nothing_more_and_takes_nothing_from_seats(session: Session) -> None:
    chain = make_chain(session, items=2, allowance=cny("5.00"))
    handed = hand_in(session, chain)
    assert from_allowance(session, chain, handed, "4.00") is not None
    assert from_allowance(session, chain, handed, "1.01", "two") is None
    assert from_allowance(session, chain, handed, "1.00", "three") is not None
    assert session.query(Extra).count() == 2


def test_an_extra_is_paid_once_whoever_asks_again(session: Session) -> None:
    chain = make_chain(session, items=2, allowance=cny("5.00"))
    handed = hand_in(session, chain)
    first, second = (from_allowance(session, chain, handed, "1.00") for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert reserve.allowance_left(session, chain.job) == cny("4.00")
    with pytest.raises(DomainError, match="extra_differs"):
        from_allowance(session, chain, handed, "2.00")


def test_a_layer_pays_at_once_from_what_is_due_then_from_the_latest_date(session: Session) -> None:
    chain = make_due_chain(session, items=4, items_per_task=4, claims=1)
    organization, contract = chain.layers[-1][0].organization, chain.layers[-1][1]
    worker = chain.workers[0].person
    assert owed(session, organization) == [("due", 500_000), ("scheduled", 500_000)]
    from_layer(session, chain, worker, "0.70")
    assert owed(session, organization) == [("cancelled", 0), ("scheduled", 300_000)]
    assert balance(session, margin_due(organization, contract.id, "CNY")).is_zero
    assert ("due", 700_000) in owed(session, worker)
    assert balance(session, pay_due(worker, "CNY")) == cny("1.40")
    assert holds(session)


def test_the_latest_date_of_a_margin_gives_first_where_nothing_is_due(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=4)
    accept(session, chain, handed := hand_in(session, chain))
    from_layer(session, chain, handed.worker.person, "0.60")
    assert owed(session, chain.layers[-1][0].organization) == [("scheduled", 400_000), ("cancelled", 0)]
    assert holds(session)


def test_a_layer_with_no_margin_left_may_not_ask_for_a_paid_redo(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=4)
    accept(session, chain, handed := hand_in(session, chain))
    with pytest.raises(DomainError, match="margin_short"):
        from_layer(session, chain, handed.worker.person, "1.01", kind="redo_fee")
    assert session.query(Extra).count() == 0
    from_layer(session, chain, handed.worker.person, "1.00", kind="redo_fee")
    assert holds(session)


def test_where_the_margin_does_not_reach_the_fund_pays_and_the_layer_owes_it(session: Session) -> None:
    put_in_capital(session, ACTOR, cny("10.00"))
    contribute(session, ACTOR, cny("10.00"))
    chain = make_chain(session, items=4, items_per_task=2)
    first, second = hand_in(session, chain), hand_in(session, chain)
    accept(session, chain, first)
    debtor = chain.layers[-1][0].organization
    extra = from_layer(session, chain, first.worker.person, "0.80")
    # 0.50 of margin, 0.30 of the fund.
    assert (extra.unpaid_amount, extra.recourse) == (0, cny("0.30"))
    assert balance(session, recourse(debtor, "CNY")) == cny("0.30")
    assert balance(session, pay_due(first.worker.person, "CNY")) == cny("0.80")
    assert holds(session)
    assert settle_open(session) == 0
    accept(session, chain, second)
    assert settle_open(session) == 1
    assert balance(session, recourse(debtor, "CNY")).is_zero
    assert balance(session, guarantee_fund("CNY")) == cny("10.00")
    assert sum(amount for _, amount in owed(session, debtor)) == cny("0.20").amount
    assert settle_open(session) == 0
    assert holds(session)


def test_where_the_fund_is_empty_too_the_claim_stays_open_until_the_layer_earns_again(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=1)
    handed = hand_in(session, chain)
    worker = handed.worker.person
    extra = from_layer(session, chain, worker, "0.40")
    assert (extra.unpaid, extra.journal_id) == (cny("0.40"), None)
    assert settle_open(session) == 0
    assert holds(session)
    accept(session, chain, handed)
    assert settle_open(session) == 1
    assert extra.unpaid == cny("0.15")
    accept(session, chain, hand_in(session, chain))
    assert settle_open(session) == 1
    session.refresh(extra)
    assert extra.unpaid.is_zero
    assert balance(session, pay_due(worker, "CNY")) == cny("0.40")
    assert holds(session)


def test_the_fund_lends_no_more_than_it_holds(session: Session) -> None:
    put_in_capital(session, ACTOR, cny("2.00"))
    contribute(session, ACTOR, cny("1.00"))
    chain = make_chain(session, items=4)
    worker = payable_worker(session).person
    assert from_layer(session, chain, worker, "0.70").unpaid.is_zero
    second = from_layer(session, chain, worker, "0.70", key="two")
    assert (second.unpaid, second.recourse) == (cny("0.40"), cny("0.30"))
    assert holds(session)
    contribute(session, ACTOR, cny("1.00"))
    assert settle_open(session) == 1
    assert settle_open(session) == 0
    assert second.unpaid.is_zero
    assert holds(session)


def test_a_worker_without_a_payout_method_finds_the_extra_held(session: Session) -> None:
    chain = make_chain(session, items=4)
    accept(session, chain, hand_in(session, chain))
    worker = make_worker(session).person
    from_layer(session, chain, worker, "0.10")
    assert owed(session, worker) == [("held", 100_000)]
    assert balance(session, held(worker, "no_payout_method", "CNY")) == cny("0.10")
    assert holds(session)


def test_extras_are_paid_out_with_the_rest_and_the_log_says_what_the_rows_say(session: Session) -> None:
    chain = make_due_chain(session, items=4, items_per_task=4, allowance=cny("5.00"))
    finance = make_finance(session)
    from_layer(session, chain, chain.workers[0].person, "0.30")
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    states = dict(session.execute(select(Installment.amount, Installment.state)).all())
    # 0.70 of the first half and 0.30 of the extra; the layer's 0.50 gave 0.30.
    assert (states[300_000], states[200_000]) == ("paid", "paid")
    mature(session)
    assert holds(session)
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding
    session.execute(text("UPDATE extra SET amount = amount + 1, unpaid_amount = unpaid_amount + 1"))
    finding = verify(session, SIGNER.verifier).finding
    assert finding is not None
    assert finding.table == "extra"
