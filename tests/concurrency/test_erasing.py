"""Erasing a person while something of theirs is under way, with real commits."""

from functools import partial

from sqlalchemy import Engine, select, text

from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.identity.erasing import erase_person, finish_erasure
from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.settlement.models import Installment
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.models import Batch, Claim
from marketplace.work.submitting import submit
from tests.builders.payouts import make_due_chain, make_finance
from tests.builders.work import answers_to, make_market, make_worker, open_batch
from tests.concurrency.test_claims import at_once

OPERATIONS = Actor(
    None, None, "platform", frozenset({"operations"}), frozenset({"person.erase"}), "command_line", "tests"
)


def erase(engine: Engine, worker: Actor) -> None:
    with transaction(engine) as session:
        erase_person(session, OPERATIONS, worker.person, "asked_in_writing")


def hand_in(engine: Engine, worker: Actor, claimed: Claimed) -> None:
    with transaction(engine) as session:
        submit(session, worker, claimed.id, answers_to(claimed), 1)


def claim(engine: Engine, worker: Actor, batch: Batch) -> None:
    with transaction(engine) as session:
        claim_next(session, worker, batch.id)


def test_a_claim_that_is_handed_in_meanwhile_counts_or_was_given_back(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        market = make_market(session, items_count=12)
        batch = open_batch(session, market)
        workers = [make_worker(session, f"Worker {number}") for number in range(6)]
        held = [claim_next(session, worker, batch.id) for worker in workers]
    for worker, claimed in zip(workers, held, strict=True):
        outcomes = at_once(
            [partial(hand_in, committing_engine, worker, claimed), partial(erase, committing_engine, worker)]
        )
        assert outcomes[1] is None
        with transaction(committing_engine) as session:
            state = session.get_one(Claim, claimed.id).state
            assert state == ("returned" if isinstance(outcomes[0], DomainError) else "submitted")
            assert session.get_one(Person, worker.person).state == "erasing"


def test_what_is_claimed_meanwhile_is_given_back_by_the_sweep(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        market = make_market(session, items_count=12)
        batch = open_batch(session, market)
        workers = [make_worker(session, f"Worker {number}") for number in range(6)]
    for worker in workers:
        at_once([partial(claim, committing_engine, worker, batch), partial(erase, committing_engine, worker)])
    with transaction(committing_engine) as session:
        session.execute(text("UPDATE person SET erasing_look_at = market_now() WHERE state = 'erasing'"))
    looked = 0
    while True:
        with transaction(committing_engine) as session:
            if not finish_erasure(session):
                break
            looked += 1
    assert looked == len(workers)
    with transaction(committing_engine) as session:
        assert set(session.scalars(select(Claim.state))) <= {"returned"}
        assert set(session.scalars(select(Person.state).where(Person.erasing_at.is_not(None)))) == {"erased"}


def test_pay_gets_there_that_is_prepared_meanwhile(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_due_chain(session, claims=4, items=4)
        finance = make_finance(session)

    def prepare() -> None:
        with transaction(committing_engine) as session:
            prepare_run(session, finance.preparer, "sandbox")

    at_once([prepare, *(partial(erase, committing_engine, worker) for worker in chain.workers)])
    with transaction(committing_engine) as session:
        run_id = session.scalars(select(Payout.run_id).distinct()).one()
    with transaction(committing_engine) as session:
        run = approve_run(session, finance.approver, run_id)
    rail = SandboxRail(partial(transaction, committing_engine))
    execute_run(partial(transaction, committing_engine), finance.preparer, {"sandbox": rail}, run.id)
    with transaction(committing_engine) as session:
        of_workers = Payout.payee_id.in_([worker.person for worker in chain.workers])
        assert session.scalars(select(Payout.state).where(of_workers)).all() == ["settled"] * 4
        due = select(Installment.state).where(
            Installment.payee_kind == "worker", Installment.state.not_in(("paid", "scheduled"))
        )
        assert session.scalars(due).all() == []
