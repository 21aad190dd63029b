"""What two people do to one job at one moment, with real commits; the books are checked after each test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.contracts import handovers
from marketplace.contracts.handover_models import SELLER_CHANGE, Handover
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offering import OfferRate, offer
from marketplace.contracts.ordinals import count
from marketplace.jobs.models import ItemWithdrawal, Job, JobRate, JobReserve
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.items import add_items, withdraw_items
from marketplace.lifecycle.publishing import publish_job
from marketplace.lifecycle.raising import raise_redundancy
from marketplace.lifecycle.succeeding import declare_default
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.defaulting import hold_loose
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from marketplace.work.claiming import claim_next
from marketplace.work.models import Claim, Seat, Task
from marketplace.work.opening import open_tasks
from marketplace.work.verdicts import Verdict
from tests.builders.at_once import at_once
from tests.builders.handovers import accept_handover
from tests.builders.jobs import deposit, make_job, make_open_job, make_party, text_rows
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to
from tests.builders.work import give_money, make_market, make_worker, open_batch

ROUNDS = 6


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def doing(engine: Engine, verb: Callable[..., Any], *arguments: Any, **more: Any) -> Callable[[], object]:
    """The verb in a session of its own, committed."""

    def run() -> object:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return verb(session, *arguments, **more)

    return run


def test_a_claim_that_races_a_cancellation_is_paid_for_or_was_too_late(committing_engine: Engine) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            market = make_market(session, items_count=3)
            batch = open_batch(session, market)
            workers = [make_worker(session) for _ in range(3)]
        outcome = at_once(
            doing(committing_engine, cancel_job, market.requester, market.job.id),
            *(doing(committing_engine, claim_next, worker, batch.id) for worker in workers),
        )
        assert set(outcome) <= {"done", "nothing_to_claim"}
        with Session(committing_engine) as session:
            claims = session.scalar(select(func.count()).where(Claim.job_id == market.job.id)) or 0
            kept = session.get_one(JobReserve, market.job.id).committed
            states = set(session.scalars(select(Seat.state).where(Seat.batch_id == batch.id)))
        assert claims == outcome["done"] - 1
        assert kept == batch.price * claims
        assert states <= {"claimed", "withdrawn"}


def test_items_are_withdrawn_or_offered_or_put_into_tasks_never_two_of_these(committing_engine: Engine) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            client = make_party(session)
            seller = make_party(session, "subcontractor")
            job, root = make_open_job(session, client, rows=text_rows(10))
        rates = {"standard": OfferRate(cny("0.80"), 6)}
        outcome = at_once(
            doing(committing_engine, withdraw_items, client, job.id, all_free=True),
            doing(committing_engine, offer, client, root.id, seller.organization, rates),
            doing(
                committing_engine,
                open_tasks,
                client,
                root.id,
                "standard",
                items=6,
                items_per_task=1,
                pay=cny("0.35"),
            ),
        )
        assert set(outcome) <= {"done", "allotment_short"}
        with Session(committing_engine) as session:
            withdrawn = session.scalar(
                select(func.coalesce(func.sum(ItemWithdrawal.item_count), 0)).where(ItemWithdrawal.job_id == job.id)
            )
            in_tasks = session.scalar(select(func.coalesce(func.sum(Task.item_count), 0)).where(Task.job_id == job.id))
            held = session.scalars(select(ContractRate).where(ContractRate.job_id == job.id))
            free = sum(count(rate.free) for rate in held)
        assert int(withdrawn or 0) + int(in_tasks or 0) + free == 10


def test_items_added_while_the_job_is_published_all_belong_to_its_root(committing_engine: Engine) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            client = make_party(session)
            job = make_job(session, client)
            add_items(session, client, job.id, text_rows(3))
            deposit(session, client.organization, cny("10"))
            fund_job(session, client, job.id, cny("10"))
        outcome = at_once(
            doing(committing_engine, publish_job, client, job.id),
            doing(committing_engine, add_items, client, job.id, list(text_rows(20, start=4))),
            doing(committing_engine, add_items, client, job.id, list(text_rows(20, start=14))),
        )
        assert outcome == {"done": 3}
        with Session(committing_engine) as session:
            rate = session.get_one(JobRate, (job.id, "standard"))
            root = session.scalars(select(ContractRate).where(ContractRate.job_id == job.id)).one()
        assert (rate.item_count, count(root.allotment), count(root.free)) == (33, 33, 33)
        assert rate.item_count_published in {3, 23, 33}


def test_money_that_comes_while_redundancy_is_raised_releases_every_seat_it_covers(committing_engine: Engine) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            market = make_market(session, items_count=4)
            batch = open_batch(session, market)
            give_money(session, market.requester.organization, Money.parse("8", "USD"))
            version = session.get_one(Job, market.job.id).version
            workers = [make_worker(session) for _ in range(2)]
        outcome = at_once(
            doing(committing_engine, raise_redundancy, market.requester, market.job.id, version, 2),
            doing(committing_engine, raise_redundancy, market.requester, market.job.id, version, 3),
            doing(committing_engine, fund_job, market.requester, market.job.id, Money.parse("4", "USD")),
            doing(committing_engine, fund_job, market.requester, market.job.id, Money.parse("4", "USD")),
            *(doing(committing_engine, claim_next, worker, batch.id) for worker in workers),
        )
        assert outcome == {"done": 5, "stale": 1}
        with Session(committing_engine) as session:
            job = session.get_one(Job, market.job.id)
            released = session.scalar(select(func.count()).where(Seat.batch_id == batch.id))
            kept = session.get_one(JobReserve, market.job.id).committed
        assert released == 4 * job.redundancy
        assert kept == Money.parse(str(released), "USD")


def test_of_two_who_declare_a_default_at_once_one_does_and_an_acceptance_beside_it_pays_one_seller(
    committing_engine: Engine,
) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            chain = make_chain(session)
            (above, _), (bust, contract) = chain.layers
            staff = make_party(session, "platform", "operations")
            handed = hand_in(session, chain)
        verdicts = [Verdict(answer_id, "accept") for answer_id in handed.answer_ids]
        outcome = at_once(
            doing(committing_engine, declare_default, staff, contract.id, bust.organization, "They are gone."),
            doing(committing_engine, declare_default, bust, contract.id, bust.organization, "We have to close."),
            doing(committing_engine, decide_answers, chain.reviewer, handed.claim_id, verdicts),
        )
        assert outcome["seller_differs"] == 1
        assert outcome["done"] in {1, 2}
        with Session(committing_engine) as session:
            sold = session.get_one(Contract, contract.id).seller_organization_id
            assert sold == above.organization
            payees = {
                row.payee_id: row.state
                for row in session.scalars(select(Installment).where(Installment.contract_id == contract.id))
                if row.payee_kind == "layer"
            }
        # Accepted before: the former seller's, and held. After: not for its reviewer to accept any more.
        assert payees in ({}, {bust.organization: "held"})


def test_a_default_beside_falling_due_holds_every_margin_once(committing_engine: Engine) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            chain = make_chain(session)
            bust, contract = chain.layers[-1]
            staff = make_party(session, "platform", "operations")
            accept(session, chain, hand_in(session, chain))
            first = session.scalar(select(func.min(Installment.due_on)).where(Installment.state == "scheduled"))
            assert first is not None
            move_clock_to(session, first)
        at_once(
            doing(committing_engine, declare_default, staff, contract.id, bust.organization, "They are gone."),
            doing(committing_engine, fall_due),
            doing(committing_engine, fall_due),
        )
        with Session(committing_engine) as session, session.begin():
            hold_loose(session)
            rows = session.scalars(select(Installment).where(Installment.payee_id == bust.organization)).all()
            assert {row.state for row in rows} == {"held"}
            assert sum(row.amount for row in rows) == 250_000


def test_a_handover_accepted_while_it_is_withdrawn_or_its_seller_defaults_changes_the_seller_once(
    committing_engine: Engine,
) -> None:
    for _ in range(ROUNDS):
        with Session(committing_engine, expire_on_commit=False) as session, session.begin():
            chain = make_chain(session)
            (above, _), (bust, contract) = chain.layers
            staff, other = make_party(session, "platform", "operations"), make_party(session, "subcontractor")
            declare_default(session, staff, contract.id, bust.organization, "They are gone.")
            hand_in(session, chain)
            handover = handovers.offer(session, above, contract.id, other.organization)
        outcome = at_once(
            doing(committing_engine, accept_handover, other, handover.id),
            doing(committing_engine, accept_handover, other, handover.id),
            doing(committing_engine, handovers.withdraw, above, handover.id),
            doing(committing_engine, declare_default, staff, contract.id, above.organization, "They are gone, too."),
        )
        assert set(outcome) <= {"done", "state_conflict", "seller_differs"}
        with Session(committing_engine) as session:
            changes = session.execute(select(SELLER_CHANGE).where(SELLER_CHANGE.c.contract_id == contract.id)).all()
            sells = session.get_one(Contract, contract.id).seller_organization_id
            state = session.get_one(Handover, handover.id).state
        assert state in {"accepted", "withdrawn"}
        successors = {change.successor_organization_id for change in changes}
        assert sells in successors
        assert sells == other.organization or state == "withdrawn"
        assert (other.organization in successors) is (state == "accepted")
