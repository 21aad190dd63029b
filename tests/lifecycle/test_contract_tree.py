"""Any order of what the parties of a tree of contracts do keeps its items, prices and money whole."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.contracts import amending, offering
from marketplace.contracts.checks import allotments_are_disjoint
from marketplace.contracts.models import Amendment, Contract, ContractRate
from marketplace.contracts.ordinals import count
from marketplace.contracts.promises import buying_prices, promised_prices
from marketplace.contracts.queries import halted
from marketplace.contracts.states import AMENDABLE, HOLDING, PRICED
from marketplace.db import clock
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.exhausting import exhaust_contracts
from marketplace.lifecycle.freezing import freeze_contract, unfreeze_contract
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.recalling import recall_contract, recall_items
from marketplace.work import holding, leases
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Claim, Task
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.work import make_worker
from tests.invariants import check_invariants

ITEMS = 10
parties = st.integers(0, 14)
"""One of the five by number, or from 5 on whoever the verb is meant for: mostly right, and often wrong."""
which = st.integers(0, 11)
prices = st.sampled_from(["0.85", "0.70", "0.60", "0.50", "0.40", "0.05"])
few = st.integers(1, 6)


class Tree(RuleBasedStateMachine):
    """Ten items, a client, four layers' organizations and two workers, in one transaction that is rolled back."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        client = make_party(self.session)
        self.parties = [client, *(make_party(self.session, "subcontractor") for _ in range(4))]
        job, self.root = make_open_job(self.session, client, layers_max=3, worker_share_min_ppm=100_000)
        self.job_id = job.id
        self.workers = [make_worker(self.session) for _ in range(2)]

    def teardown(self) -> None:
        check_invariants(self.session)
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    @initialize()
    def two_layers(self) -> None:
        """Begin with a way down and work at its end, so that short runs meet these too."""
        client, first, second, *_ = self.parties
        upper = make_offer(self.session, client, self.root, first, "0.80", items=8)
        offering.accept(self.session, first, upper.id)
        lower = make_offer(self.session, first, upper, second, "0.60", items=6)
        offering.accept(self.session, second, lower.id)
        pay = Money.parse("0.40", "CNY")
        open_tasks(self.session, second, lower.id, "standard", items=4, items_per_task=2, pay=pay)
        claim_next(self.session, self.workers[0])

    def attempt(self, verb: Any, *arguments: Any, **options: Any) -> None:
        """What the domain refuses changes nothing."""
        try:
            with self.session.begin_nested():
                verb(self.session, *arguments, **options)
        except DomainError:
            self.session.expire_all()

    def contracts(self, *states: str) -> Sequence[Contract]:
        wanted = select(Contract).where(Contract.job_id == self.job_id).order_by(Contract.id)
        if states:
            wanted = wanted.where(Contract.state.in_(states))
        return self.session.scalars(wanted.execution_options(populate_existing=True)).all()

    def one(self, number: int, *states: str) -> Contract:
        """A contract by number: of those in one of the states if there are any, else of all; seldom the root."""
        found = list(self.contracts(*states) or self.contracts())
        return found[number % len(found)] if number % 6 == 0 else found[-1 - number % len(found)]

    def party(self, number: int, organization_id: Any) -> Actor:
        """The party of that number, or the one that the organization is."""
        if number < len(self.parties):
            return self.parties[number]
        return next(one for one in self.parties if one.organization_id == organization_id)

    @rule(parent=which, seller=st.integers(0, 4), price=prices, items=few)
    def offer(self, parent: int, seller: int, price: str, items: int) -> None:
        above = self.one(parent, "active")
        buyer = self.party(99, above.seller_organization_id)
        self.attempt(lambda session: make_offer(session, buyer, above, self.parties[seller], price, items=items))

    @rule(contract=which, party=parties, verb=st.sampled_from([offering.accept, offering.accept, offering.decline]))
    def answer(self, contract: int, party: int, verb: Any) -> None:
        offered = self.one(contract, "offered")
        self.attempt(verb, self.party(party, offered.seller_organization_id), offered.id)

    @rule(contract=which, party=parties)
    def withdraw(self, contract: int, party: int) -> None:
        offered = self.one(contract, "offered")
        self.attempt(offering.withdraw, self.party(party, offered.buyer_organization_id), offered.id)

    @rule(contract=which, party=parties, items=few, all_of_it=st.booleans())
    def recall(self, contract: int, party: int, items: int, all_of_it: bool) -> None:
        chosen = self.one(contract, "active", "frozen")
        buyer = self.party(party, chosen.buyer_organization_id)
        if all_of_it:
            self.attempt(recall_contract, buyer, chosen.id)
        else:
            self.attempt(recall_items, buyer, chosen.id, {"standard": items})

    @rule(contract=which, party=parties)
    def freeze(self, contract: int, party: int) -> None:
        chosen = self.one(contract, "active")
        self.attempt(freeze_contract, self.party(party, chosen.buyer_organization_id), chosen.id, "Wait.")

    @rule(contract=which, party=parties)
    def unfreeze(self, contract: int, party: int) -> None:
        chosen = self.one(contract, "frozen")
        self.attempt(unfreeze_contract, self.party(party, chosen.buyer_organization_id), chosen.id)

    @rule(contract=which, party=parties, price=prices)
    def propose(self, contract: int, party: int, price: str) -> None:
        new = {"standard": Money.parse(price, "CNY")}
        chosen = self.one(contract, "active")
        self.attempt(
            amending.propose, self.party(party, chosen.seller_organization_id), chosen.id, new, "Other scenes."
        )

    @rule(verb=st.sampled_from([amending.accept, amending.accept, amending.decline, amending.withdraw]))
    def settle(self, verb: Any) -> None:
        for amendment_id in self.session.scalars(select(Amendment.id).where(Amendment.state == "proposed")).all():
            for party in self.parties:
                self.attempt(verb, party, amendment_id)

    @rule(contract=which, pay=prices, items=few)
    def open(self, contract: int, pay: str, items: int) -> None:
        chosen = self.one(contract, "active")
        seller = self.party(99, chosen.seller_organization_id)
        pays = Money.parse(pay, "CNY")
        self.attempt(open_tasks, seller, chosen.id, "standard", items=items, items_per_task=2, pay=pays)

    @rule(worker=st.integers(0, 1))
    def claim(self, worker: int) -> None:
        self.attempt(claim_next, self.workers[worker])

    @rule(worker=st.integers(0, 1))
    def give_back(self, worker: int) -> None:
        held = select(Claim).where(Claim.worker_id == self.workers[worker].person, Claim.state == "claimed")
        for claim in self.session.scalars(held).all()[:1]:
            self.attempt(holding.give_back, self.workers[worker], claim.id)

    @rule(pause=st.booleans())
    def pause(self, pause: bool) -> None:
        self.attempt(pause_job if pause else resume_job, self.parties[0], self.job_id)

    @rule(days=st.sampled_from([1, 8]))
    def time_passes(self, days: int) -> None:
        later = clock.market_now(self.session) + dt.timedelta(days=days)
        clock.advance(self.session, system_actor("tests"), later, allowed=True)
        for sweep in (offering.expire, amending.expire, leases.expire, exhaust_contracts):
            self.attempt(sweep)

    @invariant()
    def allotments_and_prices_are_right(self) -> None:
        assert list(allotments_are_disjoint(self.session)) == []
        for contract in self.contracts(*PRICED):
            assert contract.layer <= 3
            price = self.session.get_one(ContractRate, (contract.id, "standard")).price
            assert contract.layer == 0 or price >= Money.parse("0.09", "CNY")

    @invariant()
    def every_item_is_in_one_place(self) -> None:
        self.session.expire_all()
        for contract in self.contracts(*HOLDING):
            rate = self.session.get_one(ContractRate, (contract.id, "standard"))
            below = select(ContractRate.allotment).join(Contract, Contract.id == ContractRate.contract_id)
            below = below.where(Contract.parent_id == contract.id, Contract.state.in_(HOLDING))
            given = sum(count(allotment) for allotment in self.session.scalars(below))
            tasks = select(func.coalesce(func.sum(Task.item_count), 0)).join(Batch, Batch.id == Task.batch_id)
            own = self.session.scalar(tasks.where(Batch.contract_id == contract.id, Task.state != "withdrawn"))
            assert count(rate.allotment) == count(rate.free) + given + int(own or 0), contract.state
            assert contract.state != "recalled" or not count(rate.free)

    @invariant()
    def proposals_can_be_accepted_as_far_as_their_proposer_goes(self) -> None:
        for contract in self.contracts(*AMENDABLE):
            ceiling, promised = buying_prices(self.session, contract.id), promised_prices(self.session, contract.id)
            assert all(promised[code] <= ceiling[code] for code in promised)

    @invariant()
    def claimable_is_what_neither_a_pause_nor_a_freeze_holds(self) -> None:
        job_open = self.session.get_one(Job, self.job_id).state == "open"
        held = halted(self.session, [contract.id for contract in self.contracts()])
        for batch in self.session.scalars(select(Batch).where(Batch.job_id == self.job_id, Batch.state == "open")):
            assert batch.claimable == (job_open and batch.contract_id not in held)


@pytest.mark.slow
def test_a_tree_of_contracts_stays_whole_whoever_does_what(engine: Engine) -> None:
    Tree.engine = engine
    run_state_machine_as_test(
        Tree,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
