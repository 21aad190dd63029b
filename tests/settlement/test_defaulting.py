"""What a layer in default had earned: held, taken for what it owes, released, or given up."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.default_models import ContractDefault
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import bank_operating, guarantee_fund
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.checks import margins_are_the_sellers
from marketplace.settlement.collecting import settle_open
from marketplace.settlement.defaulting import hold_loose, release_margins
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.states import LAYER_DEFAULT
from marketplace.settlement.writing_off import write_off_extra
from marketplace.work.models import Claim
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import WHY, declare_default, operations, owed
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, payout_of, sandbox, states
from tests.builders.settlement import (
    accept,
    another,
    hand_in,
    make_chain,
)

OPERATOR = Actor(None, None, None, frozenset(), frozenset(["*"]), "command_line", "the operator")


def test_a_payout_approved_before_the_default_is_given_up_and_held(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    mature(session)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    bust, contract = chain.layers[-1]
    declare_default(session, operations(session), contract.id, WHY)
    # What is being paid is not touched by the default itself.
    assert (owed(session, bust, "held"), owed(session, bust, "in_payout")) == (125_000, 125_000)
    assert execute(session, finance, sandbox(session), run) == {"settled": 2, "cancelled": 1}
    assert payout_of(session, run, bust).state == "cancelled"
    assert owed(session, bust, "held") == 250_000
    assert states(session, run)["settled"] == 2


def test_what_comes_back_later_is_held_too(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    mature(session)
    bust, contract = chain.layers[-1]
    declare_default(session, operations(session), contract.id, WHY)
    assert not hold_loose(session)
    default_row = session.scalars(select(Installment).where(Installment.payee_id == bust.organization)).all()
    assert {row.held_reason for row in default_row} == {LAYER_DEFAULT}
    assert release_cured(session) == 0


def test_a_released_hold_is_paid_on_its_days_once_nothing_is_owed(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    bust, contract = chain.layers[-1]
    default = declare_default(session, operations(session), contract.id, WHY)
    finance = make_finance(session)
    with pytest.raises(DomainError, match="forbidden"):
        release_margins(session, bust, default.id, "We are well again.")
    release_margins(session, finance.preparer, default.id, "Everything is settled.")
    assert release_cured(session) == 0
    mature(session)
    assert release_cured(session) == 1
    assert (owed(session, bust, "due"), owed(session, bust, "held")) == (125_000, 125_000)
    with pytest.raises(DomainError, match="state_conflict"):
        release_margins(session, finance.preparer, default.id, "Once more.")


def test_what_the_layer_owes_its_workers_is_taken_from_what_is_held_never_from_the_successor(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    bust, contract = chain.layers[-1]
    claim = session.get_one(Claim, handed.claim_id)
    fund = Money.parse("10", "CNY")
    put_in_capital(session, OPERATOR, fund)
    contribute(session, OPERATOR, fund)
    pay_from_layer(
        session, bust, kind="wage_top_up", contract=contract, worker_id=handed.worker.person, claim=claim,
        amount=Money.parse("1.00", "CNY"), key="top-up",
    )  # fmt: skip
    extra = session.scalars(select(Extra)).one()
    # Its margin of 0.25 gave, the fund the rest: recourse against the layer.
    assert (extra.unpaid_amount, extra.recourse_amount) == (0, 750_000)
    second = hand_in(session, chain)
    accept(session, chain, second)
    default = declare_default(session, operations(session), contract.id, WHY)
    with pytest.raises(DomainError, match="recourse_open"):
        release_margins(session, make_finance(session).preparer, default.id, "Everything is settled.")
    assert settle_open(session) == 1
    session.refresh(extra)
    assert (extra.recourse_amount, owed(session, bust, "held")) == (500_000, 0)
    third = hand_in(session, chain)
    above = chain.layers[0][0]
    reviewer = another(session, above, "reviewer")
    decide_answers(session, reviewer, third.claim_id, [Verdict(one, "accept") for one in third.answer_ids])
    assert settle_open(session) == 0
    assert owed(session, above, "scheduled") == 3 * 255_000 + 250_000


def test_recourse_that_will_never_come_is_the_platforms_cost_and_the_fund_stays_whole(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    bust, contract = chain.layers[-1]
    put_in_capital(session, OPERATOR, Money.parse("10", "CNY"))
    contribute(session, OPERATOR, Money.parse("5", "CNY"))
    extra = pay_from_layer(
        session, bust, kind="wage_top_up", contract=contract, worker_id=handed.worker.person,
        claim=session.get_one(Claim, handed.claim_id), amount=Money.parse("1.00", "CNY"), key="top-up",
    )  # fmt: skip
    default = declare_default(session, operations(session), contract.id, WHY)
    assert write_off_extra(session, OPERATOR, extra.id, "The estate is empty.") == Money.parse("0.75", "CNY")
    with pytest.raises(DomainError, match="state_conflict"):
        write_off_extra(session, OPERATOR, extra.id, "The estate is empty.")
    assert balance(session, guarantee_fund("CNY")) == Money.parse("5", "CNY")
    assert balance(session, bank_operating("CNY")) == Money.parse("4.25", "CNY")
    release_margins(session, make_finance(session).preparer, default.id, "Nothing more will come.")


def test_a_write_off_needs_money_of_the_platforms_own(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    bust, contract = chain.layers[-1]
    put_in_capital(session, OPERATOR, Money.parse("5", "CNY"))
    contribute(session, OPERATOR, Money.parse("5", "CNY"))
    extra = pay_from_layer(
        session, bust, kind="wage_top_up", contract=contract, worker_id=handed.worker.person,
        claim=session.get_one(Claim, handed.claim_id), amount=Money.parse("1.00", "CNY"), key="top-up",
    )  # fmt: skip
    with pytest.raises(DomainError, match="coverage_short"):
        write_off_extra(session, OPERATOR, extra.id, "The estate is empty.")


def test_a_margin_of_somebody_who_did_not_sell_is_found(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    bust, contract = chain.layers[-1]
    session.add(
        ContractDefault(
            contract_id=contract.id, former_organization_id=bust.organization,
            successor_organization_id=chain.client.organization, taker="client", cause="declared", reason=WHY,
            declared_at=market_now(session) - dt.timedelta(days=1),
        )
    )  # fmt: skip
    session.flush()
    assert [finding.problem for finding in margins_are_the_sellers(session)] == [
        f"{public('organization', bust.organization)} did not sell under its contract then"
    ]
    session.rollback()
