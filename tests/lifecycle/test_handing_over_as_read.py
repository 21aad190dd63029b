"""Who accepts a contract is bound to what they read, and to nothing that came after."""

from functools import partial

from sqlalchemy.orm import Session

from marketplace.contracts import amending, handovers
from marketplace.kernel.money import Money
from marketplace.lifecycle import handing_over
from marketplace.lifecycle.recalling import recall_items
from marketplace.lifecycle.standing import standing
from marketplace.work.claiming import claim_next
from marketplace.work.opening import open_tasks
from marketplace.work.withdrawing import finish_batches, withdraw
from tests.builders.defaults import WHY, declare_default, operations
from tests.builders.handovers import accept_handover
from tests.builders.jobs import make_party
from tests.builders.settlement import accept_by, another, hand_in, make_chain, payable_worker
from tests.lifecycle.test_handing_over import Taken, offered, refused, taken

__all__ = ["taken"]


def test_nobody_is_bound_to_prices_or_tasks_that_came_after_what_they_read(session: Session) -> None:
    chain = make_chain(session, prices=("0.855", "0.70", "0.60"), layers_max=3)
    (above, _), (_, contract), (below, child) = chain.layers
    other = make_party(session, "subcontractor")
    declare_default(session, operations(session), contract.id, WHY)
    withdraw(session, below, chain.batch.id)
    recall_items(session, above, child.id, {"standard": 4})
    handover = handovers.offer(session, above, contract.id, other.organization)

    def raised_below() -> None:
        raised = amending.propose(session, below, child.id, {"standard": Money.parse("0.69", "CNY")}, "Denser.")
        amending.accept(session, above, raised.id)

    def opened() -> None:
        open_tasks(session, above, contract.id, "standard", items=1, items_per_task=1, pay=Money.parse("0.69", "CNY"))

    def taken_back() -> None:
        recall_items(session, above, child.id, {"standard": 1})

    for changes in (raised_below, opened, opened, taken_back):
        read = standing(session, contract.id).digest
        changes()
        act = partial(handing_over.accept, session, other, handover.id, read)
        assert refused(act) == "state_conflict", changes.__name__
    assert accept_handover(session, other, handover.id).state == "accepted"


def test_work_that_goes_on_leaves_what_was_read_as_it_was(session: Session, taken: Taken) -> None:
    handover = offered(session, taken)
    read = standing(session, taken.contract.id)
    decider = another(session, taken.platform, "dispute_decider")
    for _ in range(10):
        accept_by(session, decider, hand_in(session, taken.chain))
    session.flush()
    finish_batches(session)
    now = standing(session, taken.contract.id)
    assert ([one.items for one in read.sold_on], now.sold_on) == ([10], [])
    assert handing_over.accept(session, taken.other, handover.id, read.digest).state == "accepted"


def test_tasks_taken_back_that_somebody_works_on_pass_over_too(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (_, contract) = chain.layers
    declare_default(session, operations(session), contract.id, WHY)
    hand_in(session, chain)
    claim_next(session, payable_worker(session), chain.batch.id)
    withdraw(session, above, chain.batch.id)
    stands = standing(session, contract.id)
    assert [(one.to, str(one.price), one.items) for one in stands.sold_on] == [("workers", "0.35 CNY", 2)]
    assert (stands.claims_under_way, stands.claims_to_review) == (1, 1)
