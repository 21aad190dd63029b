"""Default of a layer: a successor at its prices, workers and layers below untouched."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.queries import get_contract
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, guarantee_fund, held
from marketplace.lifecycle import succeeding
from marketplace.lifecycle.exhausting import exhaust_contracts
from marketplace.lifecycle.freezing import freeze_contract
from marketplace.lifecycle.recalling import recall_contract
from marketplace.lifecycle.succeeding import succeed_silent
from marketplace.provenance.chains import answer_chain
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.defaulting import release_margins
from marketplace.settlement.maturing import fall_due, release_cured
from marketplace.settlement.states import LAYER_DEFAULT
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim
from marketplace.work.verdicts import Verdict
from marketplace.work.withdrawing import finish_batches
from tests.builders.defaults import WHY, declare_default, operations, owed, paid_to
from tests.builders.jobs import make_party
from tests.builders.payouts import mature
from tests.builders.settlement import (
    Chain,
    accept,
    another,
    hand_in,
    make_chain,
    move_clock_to,
    payable_worker,
)

SILENT_FOR = dt.timedelta(days=14)


def test_the_layer_above_goes_on_at_the_same_prices_and_the_defaulted_margin_is_held(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (bust, contract) = chain.layers
    before = hand_in(session, chain)
    accept(session, chain, before)
    waiting = hand_in(session, chain)
    default = declare_default(session, operations(session), contract.id, WHY)
    assert (default.taker, default.successor_organization_id) == ("layer", above.organization)
    taken = session.get_one(Contract, contract.id, populate_existing=True)
    assert (taken.state, taken.seller_organization_id) == ("succeeded", above.organization)
    # Two halves of 0.25 for the answer accepted before: held, not lost, not anybody else's.
    assert (owed(session, bust, "held"), owed(session, bust, "scheduled", "due")) == (250_000, 0)
    assert balance(session, held(bust.organization, LAYER_DEFAULT, "CNY")) == Money.parse("0.25", "CNY")
    # The worker's pay of before stands as it stood, and the answer that waited is the successor's to review.
    assert paid_to(session, before.worker) == 350_000
    with pytest.raises(DomainError, match="not_found"):
        accept(session, chain, waiting)
    decide_answers(session, another(session, above, "reviewer"), waiting.claim_id, [
        Verdict(answer_id, "accept") for answer_id in waiting.answer_ids
    ])  # fmt: skip
    assert paid_to(session, waiting.worker) == 350_000
    assert owed(session, bust, "held", "scheduled", "due") == 250_000
    # 0.255 of its own contract for two answers, and 0.25 of the one it took over for one.
    assert owed(session, above, "scheduled") == 2 * 255_000 + 250_000


def test_workers_go_on_claiming_and_keep_their_leases(session: Session) -> None:
    chain = make_chain(session)
    contract = chain.layers[-1][1]
    worker = payable_worker(session)
    lease = session.get_one(Claim, claim_next(session, worker, chain.batch.id).id).lease_until
    declare_default(session, operations(session), contract.id, WHY)
    assert session.scalars(select(Claim.lease_until).where(Claim.worker_id == worker.person)).one() == lease
    assert claim_next(session, payable_worker(session), chain.batch.id).pay == Money.parse("0.35", "CNY")


def test_layers_below_keep_their_price_under_a_new_buyer(session: Session) -> None:
    chain = make_chain(session)
    (bust, contract), (below, child) = chain.layers
    default = declare_default(session, operations(session), contract.id, WHY)
    assert (default.taker, default.successor_organization_id) == ("client", chain.client.organization)
    kept = session.get_one(Contract, child.id, populate_existing=True)
    assert (kept.state, kept.buyer_organization_id) == ("active", chain.client.organization)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    assert owed(session, below, "scheduled") == 250_000
    assert owed(session, bust, "scheduled", "due", "held") == 0
    assert get_contract(session, chain.client, child.id).id == child.id


def test_what_the_client_keeps_of_a_contract_it_took_over_is_its_deposit_again(session: Session) -> None:
    chain = make_chain(session)
    declare_default(session, operations(session), chain.layers[0][1].id, WHY)
    accept(session, chain, hand_in(session, chain))
    had = balance(session, client_deposits(chain.client.organization, "CNY"))
    mature(session)
    mature(session)
    assert balance(session, client_deposits(chain.client.organization, "CNY")) == had + Money.parse("0.255", "CNY")
    assert owed(session, chain.client, "kept") == 255_000


def test_what_a_client_earned_in_the_place_of_a_layer_is_its_deposit_though_it_was_in_default_itself(
    session: Session,
) -> None:
    chain = make_chain(session)
    staff, (_, contract) = operations(session), chain.layers[0]
    declare_default(session, staff, contract.id, WHY)
    accept(session, chain, hand_in(session, chain))
    before = balance(session, client_deposits(chain.client.organization, "CNY"))
    default = declare_default(session, staff, contract.id, WHY)
    assert owed(session, chain.client, "held") == 255_000
    release_margins(session, another(session, staff, "finance"), default.id, "Nothing is owed.")
    move_clock_to(session, market_now(session) + dt.timedelta(days=365))
    assert release_cured(session) == 2
    assert owed(session, chain.client, "kept") == 255_000
    assert balance(session, client_deposits(chain.client.organization, "CNY")) == before + Money.parse("0.255", "CNY")


def test_the_platform_is_caretaker_where_nobody_above_can_and_its_margin_goes_to_the_guarantee_fund(
    session: Session,
) -> None:
    chain = make_chain(session)
    staff = operations(session)
    declare_default(session, staff, chain.layers[0][1].id, WHY)
    session.get_one(Organization, chain.client.organization).state = "suspended"
    default = declare_default(session, staff, chain.layers[1][1].id, WHY)
    assert (default.taker, default.successor_organization_id) == ("caretaker", staff.organization)
    handed = hand_in(session, chain)
    decider = another(session, staff, "dispute_decider")
    decide_answers(session, decider, handed.claim_id, [Verdict(one, "accept") for one in handed.answer_ids])
    mature(session)
    assert balance(session, guarantee_fund("CNY")) == Money.parse("0.125", "CNY")


def test_a_layer_in_default_takes_nothing_over(session: Session) -> None:
    chain = make_chain(session, prices=("0.80", "0.70", "0.60"), layers_max=3)
    staff = operations(session)
    declare_default(session, staff, chain.layers[1][1].id, WHY)
    # Layer 1 succeeded layer 2; were layer 1 to fail too, the client sells under both.
    declare_default(session, staff, chain.layers[0][1].id, WHY)
    second = declare_default(session, staff, chain.layers[1][1].id, WHY)
    assert second.taker == "client"
    third = declare_default(session, staff, chain.layers[2][1].id, WHY)
    assert third.taker == "client"
    accept_by = another(session, chain.client, "reviewer")
    handed = hand_in(session, chain)
    decide_answers(session, accept_by, handed.claim_id, [Verdict(one, "accept") for one in handed.answer_ids])
    assert paid_to(session, handed.worker) == 350_000


def test_the_seller_may_declare_it_itself_and_nobody_else_of_the_chain(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (bust, contract) = chain.layers
    for stranger in (above, make_party(session, "subcontractor")):
        with pytest.raises(DomainError, match="not_found"):
            declare_default(session, stranger, contract.id, WHY)
    with pytest.raises(DomainError, match="forbidden"):
        declare_default(session, chain.client, contract.id, WHY)
    declare_default(session, bust, contract.id, WHY)
    with pytest.raises(DomainError, match="not_found"):
        declare_default(session, bust, contract.id, WHY)


def test_who_declares_a_default_that_was_declared_before_does_not_hit_the_successor(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (bust, contract) = chain.layers
    staff = operations(session)
    succeeding.declare_default(session, staff, contract.id, bust.organization, WHY)
    with pytest.raises(DomainError, match="seller_differs"):
        succeeding.declare_default(session, staff, contract.id, bust.organization, WHY)
    assert session.get_one(Contract, contract.id).seller_organization_id == above.organization


def test_a_default_says_why_and_is_of_a_contract_that_was_made(session: Session) -> None:
    chain = make_chain(session)
    staff = operations(session)
    with pytest.raises(DomainError, match="invalid") as refused:
        declare_default(session, staff, chain.layers[0][1].id, "  ")
    assert [error.pointer for error in refused.value.errors] == ["/reason"]
    root = session.scalars(select(Contract).where(Contract.job_id == chain.job.id, Contract.layer == 0)).one()
    with pytest.raises(DomainError, match="contract_is_root"):
        declare_default(session, staff, root.id, WHY)
    contract = session.get_one(Contract, chain.layers[1][1].id)
    contract.state = "declined"
    with pytest.raises(DomainError, match="state_conflict"):
        declare_default(session, staff, contract.id, WHY)
    contract.state = "active"


def test_what_was_earned_by_a_contract_that_is_over_is_held_too(session: Session) -> None:
    chain = make_chain(session, items=1)
    (above, _), (bust, contract) = chain.layers
    accept(session, chain, hand_in(session, chain))
    finish_batches(session)
    while exhaust_contracts(session):
        pass
    assert session.get_one(Contract, contract.id, populate_existing=True).state == "closed"
    default = declare_default(session, operations(session), contract.id, WHY)
    kept = session.get_one(Contract, contract.id, populate_existing=True)
    assert (kept.state, kept.seller_organization_id, default.taker) == ("closed", above.organization, "layer")
    assert (owed(session, bust, "held"), owed(session, bust, "scheduled")) == (250_000, 0)
    with pytest.raises(DomainError, match="seller_differs"):
        succeeding.declare_default(session, operations(session), contract.id, bust.organization, WHY)


def test_answers_that_wait_under_a_recalled_contract_are_the_successor_s_to_review(session: Session) -> None:
    chain = silent_chain(session)
    (above, _), (bust, contract) = chain.layers
    operations(session)
    waiting = hand_in(session, chain)
    recall_contract(session, above, contract.id)
    move_clock_to(session, market_now(session) + SILENT_FOR + dt.timedelta(hours=1))
    assert succeed_silent(session, SILENT_FOR) == 1
    kept = session.get_one(Contract, contract.id, populate_existing=True)
    assert (kept.state, kept.seller_organization_id) == ("recalled", above.organization)
    decide_answers(session, another(session, above, "reviewer"), waiting.claim_id, [
        Verdict(answer_id, "accept") for answer_id in waiting.answer_ids
    ])  # fmt: skip
    assert paid_to(session, waiting.worker) == 350_000
    assert owed(session, bust, "held", "scheduled", "due") == 0
    assert owed(session, above, "scheduled") == 255_000 + 250_000


def test_a_frozen_contract_is_claimable_again_under_its_successor(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (_, contract) = chain.layers
    freeze_contract(session, above, contract.id, "We cannot reach them.")
    with pytest.raises(DomainError):
        claim_next(session, payable_worker(session), chain.batch.id)
    declare_default(session, operations(session), contract.id, WHY)
    assert len(claim_next(session, payable_worker(session), chain.batch.id).items) == 1


def test_the_successor_reads_the_chains_it_earns_by(session: Session) -> None:
    chain = make_chain(session, price_visibility="finance_only")
    (above, _), (bust, contract) = chain.layers
    handed = hand_in(session, chain)
    declare_default(session, operations(session), contract.id, WHY)
    seen = answer_chain(session, above, handed.answer_ids[0])
    assert [part.part.own for part in seen.parts if part.part.kind == "margin"] == [True, True]
    former = answer_chain(session, bust, handed.answer_ids[0])
    assert [part.part.own for part in former.parts if part.part.kind == "margin"] == [True]


def silent_chain(session: Session) -> Chain:
    return make_chain(session, auto_accept_seconds=90 * 86_400)


def test_a_layer_that_lets_answers_wait_and_says_nothing_is_in_default(session: Session) -> None:
    chain = silent_chain(session)
    operations(session)
    handed = hand_in(session, chain)
    move_clock_to(session, market_now(session) + SILENT_FOR - dt.timedelta(hours=1))
    assert succeed_silent(session, SILENT_FOR) == 0
    move_clock_to(session, market_now(session) + dt.timedelta(hours=2))
    assert succeed_silent(session, SILENT_FOR) == 1
    taken = session.get_one(Contract, chain.layers[-1][1].id, populate_existing=True)
    assert taken.state == "succeeded"
    # The successor has its own two weeks.
    assert succeed_silent(session, SILENT_FOR) == 0
    assert session.get_one(Answer, handed.answer_ids[0]).state == "submitted"


def test_a_layer_that_reviews_is_not_silent_though_an_answer_waits(session: Session) -> None:
    chain = silent_chain(session)
    operations(session)
    hand_in(session, chain)
    reviewed = hand_in(session, chain)
    move_clock_to(session, market_now(session) + SILENT_FOR)
    accept(session, chain, reviewed)
    move_clock_to(session, market_now(session) + dt.timedelta(days=1))
    assert succeed_silent(session, SILENT_FOR) == 0


def test_nothing_waits_where_silence_accepts_before(session: Session) -> None:
    chain = make_chain(session)
    operations(session)
    move_clock_to(session, market_now(session) + SILENT_FOR)
    hand_in(session, chain)
    assert succeed_silent(session, SILENT_FOR) == 0
    assert fall_due(session) == 0
