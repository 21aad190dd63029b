import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.identity.models import Organization, Person
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.payouts import gathering
from marketplace.payouts.approving import approve_run, cancel_payout, cancel_run
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.models import Installment
from tests.builders.identity import make_member
from tests.builders.payouts import (
    inside,
    make_approved_run,
    make_due_chain,
    make_finance,
    mature,
    payout_of,
    sandbox,
    states,
)
from tests.builders.settlement import accept, hand_in


def test_one_payout_a_worker_and_one_a_contract_of_a_layer(session: Session) -> None:
    chain = make_due_chain(session, claims=2, items=10, items_per_task=5)
    run = prepare_run(session, make_finance(session).preparer, "sandbox")
    amounts = {
        (payout.payee_kind, payout.payee_id): payout.money
        for payout in session.scalars(select(Payout).where(Payout.run_id == run.id))
    }
    # 5 x 0.35 / 2 = 0.875, 10 x 0.255 / 2 = 1.275, 10 x 0.25 / 2 = 1.25: rounded down to the fen.
    expected = {("worker", worker.person): "0.87" for worker in chain.workers}
    expected |= {
        ("layer", seller.organization): amount
        for (seller, _), amount in zip(chain.layers, ("1.27", "1.25"), strict=True)
    }
    assert amounts == {payee: Money.parse(amount, "CNY") for payee, amount in expected.items()}
    due = select(func.count()).where(Installment.state == "in_payout")
    assert session.scalar(due) == session.scalar(select(func.count()).select_from(PayoutLine)) == 4


def test_what_is_left_over_is_carried_into_the_next_payout(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    worker = chain.workers[0]
    finance = make_finance(session)
    rails = {"sandbox": sandbox(session)}
    first = make_approved_run(session, finance)
    execute_run(inside(session), finance.approver, rails, first.id)
    mature(session)
    second = make_approved_run(session, finance)
    one, two = payout_of(session, first, worker), payout_of(session, second, worker)
    assert (one.money.text(), one.carried_in, one.carried_out) == ("0.87", 0, 5000)
    assert (two.money.text(), two.carried_in, two.carried_out) == ("0.88", 5000, 0)
    execute_run(inside(session), finance.approver, rails, second.id)
    assert session.scalars(select(Installment.state).distinct()).all() == ["paid"]


def test_what_a_payout_leaves_over_is_carried_on_only_once_it_is_settled(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    worker = chain.workers[0]
    finance, rail = make_finance(session), sandbox(session)
    first = make_approved_run(session, finance)
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}")
    execute_run(inside(session), finance.approver, {"sandbox": rail}, first.id)
    mature(session)
    second = make_approved_run(session, finance)
    execute_run(inside(session), finance.approver, {"sandbox": rail}, second.id)
    assert payout_of(session, second, worker).money.text() == "0.87"
    # The first is given up while the rest of the second stands on the same account.
    cancel_payout(session, finance.approver, payout_of(session, first, worker).id, "identity_unclear")
    assert session.scalars(select(Installment.amount).where(Installment.state == "held")).all() == [875_000]


def test_what_is_less_than_a_minor_unit_waits_and_is_not_lost(session: Session) -> None:
    chain = make_due_chain(session, items=3, prices=(), pay="0.01", worker_share_min_ppm=None)
    finance = make_finance(session)
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, finance.preparer, "sandbox")
    for _ in range(2):
        accept(session, chain, hand_in(session, chain, chain.workers[0]))
    mature(session)
    payout = payout_of(session, prepare_run(session, finance.preparer, "sandbox"), chain.workers[0])
    assert (payout.money.text(), payout.carried_out) == ("0.01", 5000)


def test_payees_without_a_destination_on_the_rail_are_left_out(session: Session) -> None:
    make_due_chain(session)
    with pytest.raises(DomainError, match="nothing_due"):
        prepare_run(session, make_finance(session).preparer, "another rail")


def test_a_run_takes_whole_payees_and_workers_first(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_due_chain(session, claims=2, items=10, items_per_task=5)
    mature(session)
    monkeypatch.setattr(gathering, "INSTALLMENTS_MAX", 3)
    finance = make_finance(session)
    kinds = []
    for _ in range(4):
        run = prepare_run(session, finance.preparer, "sandbox")
        payouts = session.scalars(select(Payout).where(Payout.run_id == run.id)).all()
        lines = select(func.count()).where(PayoutLine.payout_id.in_([payout.id for payout in payouts]))
        kinds.append([(payout.payee_kind, session.scalar(lines)) for payout in payouts])
    assert kinds == [[("worker", 2)], [("worker", 2)], [("layer", 2)], [("layer", 2)]]


def test_who_is_paid_elsewhere_or_has_too_little_crowds_nobody_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = make_due_chain(session, items=1, prices=(), pay="0.01", worker_share_min_ppm=None)
    chain = make_due_chain(session, claims=2, items=10, items_per_task=5, prices=())
    elsewhere, here = chain.workers
    session.execute(
        update(PayoutDestination).where(PayoutDestination.payee_id == elsewhere.person).values(rail="another")
    )
    monkeypatch.setattr(gathering, "INSTALLMENTS_MAX", 1)
    run = prepare_run(session, make_finance(session).preparer, "sandbox")
    assert session.scalars(select(Payout.payee_id).where(Payout.run_id == run.id)).all() == [here.person]
    assert tiny.workers


def test_nobody_approves_what_they_prepared(session: Session) -> None:
    make_due_chain(session, items=5, items_per_task=5)
    finance = make_finance(session)
    run = prepare_run(session, finance.preparer, "sandbox")
    with pytest.raises(DomainError, match="payout_two_people"):
        approve_run(session, finance.preparer, run.id)
    assert approve_run(session, finance.approver, run.id).state == "approved"


def test_nobody_approves_a_run_that_pays_them_or_their_organization(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    finance = make_finance(session)
    run = prepare_run(session, finance.preparer, "sandbox")
    platform = session.get_one(Organization, finance.preparer.organization)
    worker = make_member(session, platform, "finance", person=session.get_one(Person, chain.workers[0].person))
    seller = chain.layers[0][0]
    make_member(
        session,
        session.get_one(Organization, seller.organization),
        "manager",
        person=session.get_one(Person, seller.person),
    )
    manager = make_member(session, platform, "finance", person=session.get_one(Person, seller.person))
    for payee in (worker, manager):
        with pytest.raises(DomainError, match="payout_two_people"):
            approve_run(session, payee, run.id)


def test_a_cancelled_run_makes_its_installments_due_again(session: Session) -> None:
    make_due_chain(session, items=5, items_per_task=5)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    cancel_run(session, finance.preparer, run.id)
    assert states(session, run) == {"cancelled": 3}
    assert session.scalar(select(func.count()).where(Installment.state == "due")) == 3
    again = make_approved_run(session, finance)
    assert states(session, again) == {"approved": 3}


def test_only_finance_prepares_approves_and_executes(session: Session) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5)
    run = make_approved_run(session)
    for actor in (chain.client, chain.workers[0], chain.layers[0][0]):
        with pytest.raises(DomainError, match="forbidden"):
            prepare_run(session, actor, "sandbox")
        with pytest.raises(DomainError, match="forbidden"):
            approve_run(session, actor, run.id)
        with pytest.raises(DomainError, match="forbidden"):
            execute_run(inside(session), actor, {"sandbox": sandbox(session)}, run.id)
