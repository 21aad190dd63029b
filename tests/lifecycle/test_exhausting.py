import datetime as dt

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.offering import accept as accept_offer
from marketplace.contracts.queries import root_of
from marketplace.db.clock import market_now
from marketplace.kernel.money import Money
from marketplace.lifecycle.completing import complete_jobs
from marketplace.lifecycle.exhausting import exhaust_contracts
from marketplace.lifecycle.recalling import recall_contract
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import finalize_rejections
from marketplace.work.opening import open_tasks
from marketplace.work.verdicts import Verdict
from marketplace.work.withdrawing import finish_batches
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.payouts import inside
from tests.builders.settlement import Chain, accept, another, hand_in, make_chain, move_clock_to, reject


def sweep(session: Session) -> None:
    finish_batches(session)
    while exhaust_contracts(session):
        pass


def states(session: Session, chain: Chain) -> list[str]:
    return [session.get_one(Contract, layer.id, populate_existing=True).state for _, layer in chain.layers]


def test_contracts_close_from_below_when_all_their_items_are_answered_and_accepted(session: Session) -> None:
    chain = make_chain(session, items=2)
    accept(session, chain, hand_in(session, chain))
    sweep(session)
    assert states(session, chain) == ["active", "active"]
    accept(session, chain, hand_in(session, chain))
    sweep(session)
    assert states(session, chain) == ["closed", "closed"]
    root = root_of(session, chain.job.id)
    assert root is not None
    assert root.state == "active"
    complete_jobs(inside(session))
    assert session.get_one(Contract, root.id, populate_existing=True).state == "closed"


def test_a_contestable_rejection_keeps_them_exhausted_until_it_is_final(session: Session) -> None:
    chain = make_chain(session, items=1, funds="0.90")
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    sweep(session)
    assert states(session, chain) == ["exhausted", "exhausted"]
    move_clock_to(session, market_now(session) + dt.timedelta(days=8))
    finalize_rejections(session)
    sweep(session)
    assert states(session, chain) == ["closed", "closed"]


def test_a_contract_with_free_items_or_an_open_offer_below_is_not_exhausted(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    job, root = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, root, ["0.80"], items=2)
    pay = Money.parse("0.35", "CNY")
    batch = open_tasks(session, seller, layer.id, "standard", items=1, items_per_task=1, pay=pay)
    chain = Chain(job, client, [(seller, layer)], batch, another(session, seller, "reviewer"))
    accept(session, chain, hand_in(session, chain))
    sweep(session)
    assert states(session, chain) == ["active"]
    offered = make_offer(session, seller, layer, third, "0.50", items=1)
    sweep(session)
    assert states(session, chain) == ["active"]
    accept_offer(session, third, offered.id)
    sweep(session)
    assert states(session, chain) == ["active"]


def test_what_is_under_way_below_a_recalled_part_keeps_the_layer_above_active(session: Session) -> None:
    chain = make_chain(session, items=2)
    (first, upper), (_, lower) = chain.layers
    handed = hand_in(session, chain)
    recall_contract(session, first, lower.id)
    pay = Money.parse("0.35", "CNY")
    batch = open_tasks(session, first, upper.id, "standard", items="all", items_per_task=1, pay=pay)
    own = Chain(chain.job, chain.client, chain.layers[:1], batch, chain.reviewer)
    rest = hand_in(session, own)
    verdicts = [Verdict(answer_id, "accept") for answer_id in rest.answer_ids]
    decide_answers(session, another(session, first, "reviewer"), rest.claim_id, verdicts)
    sweep(session)
    assert states(session, chain) == ["active", "recalled"]
    accept(session, chain, handed)
    sweep(session)
    assert states(session, chain) == ["closed", "recalled"]
