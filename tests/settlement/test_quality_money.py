"""What an upheld quality claim brings back, from whom, and what comes first."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.errors import RECOURSE_OPEN
from marketplace.contracts.offering import accept as accept_offer
from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve, recourse
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.completing import complete_jobs
from marketplace.settlement import quality_deciding
from marketplace.settlement.collecting import settle_open
from marketplace.settlement.defaulting import release_margins
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_collecting import collect_open
from marketplace.settlement.quality_deciding import agree, contest, uphold_silent
from marketplace.settlement.writing_off import write_off_quality_claim
from marketplace.work.models import Claim
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_offer
from tests.builders.defaults import WHY, declare_default, operations, owed, paid_to
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.payouts import execute, inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import Chain, accept, another, hand_in, move_clock_to

OPERATOR = system_actor("tests")
TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),))


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def after(session: Session, **passed: float) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**passed))


def earn_elsewhere(session: Session, layer: Actor) -> None:
    """A job of another client, sold through that layer alone, of which an answer is accepted."""
    client = make_party(session)
    job, root = make_open_job(session, client, rows=text_rows(1), settlement_terms=TODAY)
    contract = accept_offer(session, layer, make_offer(session, client, root, layer, "0.855", 1).id)
    batch = open_tasks(
        session, layer, contract.id, "standard", items="all", items_per_task=1, pay=cny("0.35"), settlement_terms=None
    )
    chain = Chain(job, client, [(layer, contract)], batch, another(session, layer, "reviewer"))
    accept(session, chain, hand_in(session, chain))


def test_a_claim_the_layer_agrees_to_brings_its_margin_back_to_the_reserve_the_latest_first(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, _ = chain.layers[-1]
    worker = handed[0].worker
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    free, paid = reserve.free(session, chain.job), paid_to(session, worker)
    claim = open_claim(session, chain.client, answers(handed), "0.20")
    assert (claim.against_organization_id, claim.state) == (vouching.organization, "open")
    agree(session, vouching, claim.id)
    assert (claim.state, claim.awarded, claim.uncollected) == ("upheld", cny("0.20"), cny("0"))
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("0.20")
    assert reserve.free(session, chain.job) == free + cny("0.20")
    rows = session.scalars(
        select(Installment).where(Installment.payee_id == vouching.organization).order_by(Installment.due_on)
    ).all()
    # 0.125 on each of two days: the later one gives all, the sooner one the rest.
    assert [(row.amount, row.state) for row in rows] == [(50_000, "scheduled"), (0, "cancelled")]
    assert paid_to(session, worker) == paid
    assert owed(session, chain.layers[0][0], "scheduled") == 255_000


def test_what_comes_back_says_nothing_of_what_the_layer_earned(session: Session) -> None:
    # The layer keeps 0.02 of each answer; three tenths of the client's 0.855 are 0.2565.
    chain, handed = make_accepted(session, claims=12, items=30, prices=("0.855", "0.37"), price_visibility="shares")
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, handed[0].answer_ids, "0.2565")
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    agree(session, vouching, claim.id)
    # 0.24 are there: not enough, so nothing comes back, and the client sees no more than that.
    assert owed(session, vouching, "scheduled") == 240_000
    assert (claim.awarded, claim.collected, claim.uncollected) == (cny("0.2565"), cny("0"), cny("0.2565"))
    assert collect_open(session) == 0
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before
    accept(session, chain, hand_in(session, chain))
    before -= cny("0.90")
    assert collect_open(session) == 1
    assert (claim.collected, claim.uncollected) == (cny("0.2565"), cny("0"))
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("0.2565")
    assert owed(session, vouching, "scheduled") == 3_500


def test_margins_wait_for_what_is_owed_and_workers_do_not(session: Session) -> None:
    chain, handed = make_accepted(session, items=3, prices=("0.855", "0.37"), settlement_terms=TODAY)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed), "0.2")
    agree(session, vouching, claim.id)
    after(session, days=14)
    fall_due(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    assert owed(session, vouching, "due") == 20_000
    assert paid_to(session, handed[0].worker) == 350_000
    assert owed(session, chain.layers[0][0], "paid") == 485_000
    # What will never come is given up: what there is goes back, and the layer is free again.
    assert write_off_quality_claim(session, OPERATOR, claim.id, "They have closed.") == cny("0.18")
    assert (claim.collected, claim.uncollected, claim.written_off) == (cny("0.02"), cny("0"), cny("0.18"))
    assert owed(session, vouching, "due") == 0
    with pytest.raises(DomainError) as refused:
        write_off_quality_claim(session, OPERATOR, claim.id, "Again.")
    assert refused.value.slug == "state_conflict"
    accept(session, chain, hand_in(session, chain))
    after(session, days=14)
    fall_due(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    assert owed(session, vouching, "paid") == 20_000


@pytest.mark.parametrize("there", [True, False])
def test_what_is_given_up_needs_a_reason_and_comes_after_the_workers(session: Session, there: bool) -> None:
    chain, handed = make_accepted(session, items=3, settlement_terms=TODAY)
    vouching, contract = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed), "0.2")
    if there:
        pay_from_layer(
            session,
            vouching,
            kind="wage_top_up",
            contract=contract,
            worker_id=handed[0].worker.person,
            claim=session.get_one(Claim, handed[0].claim_id),
            amount=cny("0.40"),
            key="top-up",
        )
        agree(session, vouching, claim.id)
        with pytest.raises(DomainError, match="owes to workers first"):
            write_off_quality_claim(session, OPERATOR, claim.id, "They have closed.")
    with pytest.raises(DomainError) as refused:
        write_off_quality_claim(session, OPERATOR, claim.id, " ")
    assert refused.value.slug == "invalid"


def test_a_layer_above_claims_and_the_clients_money_comes_back(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, _) = chain.layers
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    claim = open_claim(session, above, answers(handed), "0.1", rule=None)
    agree(session, vouching, claim.id)
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before + cny("0.1")


def test_what_is_in_a_payout_is_out_of_reach_and_the_rest_is_taken_from_the_next_margins(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY, items=3)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    contest(session, vouching, claim.id, "No.")
    after(session, days=14)
    fall_due(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    quality_deciding.decide(session, operations(session), claim.id, "upheld", "They are buses.")
    assert (claim.awarded, claim.uncollected) == (cny("0.25"), cny("0.25"))
    assert collect_open(session) == 0
    before = balance(session, job_reserve(chain.job.id, "CNY"))
    next_one = hand_in(session, chain)
    accept(session, chain, next_one)
    spent = cny("0.90")
    assert collect_open(session) == 1
    assert claim.uncollected == cny("0")
    assert balance(session, job_reserve(chain.job.id, "CNY")) == before - spent + cny("0.25")
    assert balance(session, recourse(vouching.organization, "CNY")) == cny("0")
    assert owed(session, vouching, "scheduled") == 0
    assert collect_open(session) == 0


def test_margins_of_another_contract_pay_what_is_owed_and_a_job_that_ended_gives_it_back(session: Session) -> None:
    chain, handed = make_accepted(session, settlement_terms=TODAY)
    vouching, _ = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    after(session, days=14)
    fall_due(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    uphold_silent(session)
    assert claim.uncollected == cny("0.25")
    cancel_job(session, chain.client, chain.job.id)
    session.commit()
    complete_jobs(inside(session))
    assert chain.job.state == "settled"
    deposit = balance(session, client_deposits(chain.client.organization, "CNY"))
    # The layer earns by another job, of another client.
    earn_elsewhere(session, vouching)
    assert collect_open(session) == 1
    assert claim.uncollected == cny("0")
    complete_jobs(inside(session))
    assert balance(session, job_reserve(chain.job.id, "CNY")) == cny("0")
    assert balance(session, client_deposits(chain.client.organization, "CNY")) == deposit + cny("0.25")


def test_what_a_layer_owes_to_workers_comes_first(session: Session) -> None:
    chain, handed = make_accepted(session, items=3)
    vouching, contract = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed))
    work = session.get_one(Claim, handed[0].claim_id)
    pay_from_layer(
        session,
        vouching,
        kind="wage_top_up",
        contract=contract,
        worker_id=handed[0].worker.person,
        claim=work,
        amount=cny("0.40"),
        key="top-up",
    )
    # 0.25 of margin is gone and 0.15 is still owed to the worker.
    agree(session, vouching, claim.id)
    assert claim.uncollected == cny("0.25")
    for _ in range(2):
        accept(session, chain, hand_in(session, chain))
    assert collect_open(session) == 0
    assert settle_open(session) == 1
    assert collect_open(session) == 1
    assert (claim.uncollected, owed(session, vouching, "scheduled")) == (cny("0"), 100_000)


def test_a_layer_in_default_pays_out_of_what_is_held_and_is_not_released_before(session: Session) -> None:
    chain, handed = make_accepted(session)
    vouching, contract = chain.layers[-1]
    claim = open_claim(session, chain.client, answers(handed), "0.2")
    default = declare_default(session, operations(session), contract.id, WHY)
    assert owed(session, vouching, "held") == 250_000
    agree(session, vouching, claim.id)
    assert (claim.collected, owed(session, vouching, "held")) == (cny("0.2"), 50_000)
    claim.uncollected_amount = claim.amount
    session.flush()
    with pytest.raises(DomainError) as refused:
        release_margins(session, make_party(session, "platform", "finance"), default.id, "Nothing is owed.")
    assert refused.value.spec is RECOURSE_OPEN
    claim.uncollected_amount = 0


def test_the_successor_answers_for_nothing_that_was_vouched_before(session: Session) -> None:
    chain, handed = make_accepted(session)
    (above, _), (vouching, contract) = chain.layers
    declare_default(session, operations(session), contract.id, WHY)
    claim = open_claim(session, chain.client, answers(handed))
    assert claim.against_organization_id == vouching.organization
    with pytest.raises(DomainError) as refused:
        agree(session, above, claim.id)
    assert refused.value.slug == "not_found"
    assert mature(session) == 2
