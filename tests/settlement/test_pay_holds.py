"""Finance holds what is due to a payee: a reason in words, an end, two people for long, and nobody their own."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.identity.models import Membership
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import held, pay_due
from marketplace.settlement import pay_hold_queries
from marketplace.settlement.advancing import offer, offers
from marketplace.settlement.maturing import fall_due, release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_models import PayHold
from marketplace.settlement.pay_holds import confirm_hold, hold_installments, hold_payee, release_hold
from marketplace.settlement.stopping import hold_stopped
from tests.builders.payouts import Finance, make_due_chain, make_finance
from tests.builders.settlement import Chain, move_clock_to

CNY = "CNY"


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_due_chain(session, claims=2, items=2, items_per_task=1)


@pytest.fixture
def finance(session: Session) -> Finance:
    return make_finance(session)


def today(session: Session, days: int = 0) -> dt.date:
    return market_now(session).date() + dt.timedelta(days=days)


def place(
    session: Session, finance: Finance, payee: Actor, days: int | None = 5, *, by: Actor | None = None
) -> PayHold:
    ends_on = None if days is None else today(session, days)
    payee_id = payee.organization_id or payee.person
    return hold_payee(session, by or finance.preparer, payee_id, "Two accounts look alike.", ends_on, days_max=30)


def due_of(session: Session, payee: Actor) -> list[Installment]:
    wanted = select(Installment).where(Installment.payee_id == payee.person).order_by(Installment.due_on)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def test_a_hold_puts_what_is_due_aside_and_ends_by_itself(session: Session, chain: Chain, finance: Finance) -> None:
    worker, other = chain.workers
    place(session, finance, worker)
    assert hold_stopped(session) == 1
    assert hold_stopped(session) == 0
    first, _ = due_of(session, worker)
    assert (first.state, first.held_reason) == ("held", "held_by_finance")
    assert due_of(session, other)[0].state == "due"
    assert balance(session, held(worker.person, "held_by_finance", CNY)) == first.money
    assert balance(session, pay_due(worker.person, CNY)) == Money.zero(CNY)
    assert release_cured(session) == 0
    move_clock_to(session, today(session, 5))
    assert release_cured(session) == 1
    assert hold_stopped(session) == 0
    assert due_of(session, worker)[0].state == "due"
    assert balance(session, pay_due(worker.person, CNY)) == first.money


def test_what_falls_due_during_a_hold_of_a_payee_is_held_at_once(
    session: Session, chain: Chain, finance: Finance
) -> None:
    worker, other = chain.workers
    due_on = due_of(session, worker)[1].due_on
    move_clock_to(session, due_on - dt.timedelta(days=1))
    place(session, finance, worker)
    move_clock_to(session, due_on)
    fall_due(session)
    assert due_of(session, worker)[1].held_reason == "held_by_finance"
    assert due_of(session, other)[1].state == "due"


def test_a_hold_of_one_installment_leaves_the_others(session: Session, chain: Chain, finance: Finance) -> None:
    worker = chain.workers[0]
    first, second = due_of(session, worker)
    hold_installments(session, finance.preparer, [second.id], "Not this one.", today(session, 7), days_max=30)
    assert hold_stopped(session) == 0
    assert first.state == "due"
    move_clock_to(session, second.due_on)
    # It ended long before its day.
    mature_or_fall(session)
    assert due_of(session, worker)[1].state == "due"
    hold_installments(session, finance.approver, [first.id], "This one.", today(session, 7), days_max=30)
    assert hold_stopped(session) == 1
    assert [row.state for row in due_of(session, worker)] == ["held", "due"]


def test_installments_of_more_than_one_payee_are_not_held_together(
    session: Session, chain: Chain, finance: Finance
) -> None:
    ids = [due_of(session, worker)[0].id for worker in chain.workers]
    with pytest.raises(DomainError, match="more than one payee"):
        hold_installments(session, finance.preparer, ids, "These.", today(session, 7), days_max=30)


def mature_or_fall(session: Session) -> None:
    while fall_due(session):
        pass


def test_a_release_needs_a_reason_and_may_come_from_anybody_it_does_not_pay(
    session: Session, chain: Chain, finance: Finance
) -> None:
    worker = chain.workers[0]
    one = place(session, finance, worker)
    with pytest.raises(DomainError, match="Say why"):
        release_hold(session, finance.approver, one.id, "  ")
    assert release_hold(session, finance.approver, one.id, "It was a namesake.").release_reason == "It was a namesake."
    with pytest.raises(DomainError, match="This hold is released"):
        release_hold(session, finance.preparer, one.id, "Again.")
    two = place(session, finance, worker)
    hold_stopped(session)
    release_hold(session, finance.preparer, two.id, "My own mistake.")
    assert release_cured(session) == 1


def test_what_two_holds_cover_is_held_until_the_last_one_ends(session: Session, chain: Chain, finance: Finance) -> None:
    worker = chain.workers[0]
    one = place(session, finance, worker)
    first = due_of(session, worker)[0]
    hold_installments(session, finance.preparer, [first.id], "Also this.", today(session, 7), days_max=30)
    hold_stopped(session)
    release_hold(session, finance.approver, one.id, "Over.")
    assert release_cured(session) == 0
    move_clock_to(session, today(session, 7))
    assert release_cured(session) == 1


def test_a_workers_hold_of_more_than_a_week_needs_another_person(
    session: Session, chain: Chain, finance: Finance
) -> None:
    one = place(session, finance, chain.workers[0], days=20)
    assert (one.ends_on, one.asked_until) == (today(session, 7), today(session, 20))
    with pytest.raises(DomainError, match="another person must confirm"):
        confirm_hold(session, finance.preparer, one.id)
    confirm_hold(session, finance.approver, one.id)
    assert one.ends_on == today(session, 20)
    with pytest.raises(DomainError, match="Nothing of this hold"):
        confirm_hold(session, finance.approver, one.id)


def test_a_hold_that_nobody_confirmed_ends_after_a_week(session: Session, chain: Chain, finance: Finance) -> None:
    one = place(session, finance, chain.workers[0], days=20)
    hold_stopped(session)
    move_clock_to(session, today(session, 7))
    assert release_cured(session) == 1
    with pytest.raises(DomainError, match="Nothing of this hold"):
        confirm_hold(session, finance.approver, one.id)


def test_all_holds_of_a_worker_together_are_no_longer_than_the_setting(
    session: Session, chain: Chain, finance: Finance
) -> None:
    worker = chain.workers[0]
    with pytest.raises(DomainError, match="31 days of 90; 30 are allowed"):
        place(session, finance, worker, days=31)
    assert place(session, finance, worker, days=None).asked_until == today(session, 30)
    # The same days again are no more.
    again = place(session, finance, worker, days=30)
    with pytest.raises(DomainError, match="31 days"):
        place(session, finance, worker, days=31)
    move_clock_to(session, today(session, 7))
    # Neither was confirmed, so seven days were taken.
    place(session, finance, worker, days=23, by=finance.approver)
    assert again.state_on(today(session)) == "ended"
    with pytest.raises(DomainError, match="31 days"):
        place(session, finance, worker, days=24, by=finance.approver)


def test_one_person_alone_holds_a_workers_pay_for_a_week_however_often_they_place_it_anew(
    session: Session, chain: Chain, finance: Finance
) -> None:
    worker = chain.workers[0]
    one = place(session, finance, worker, days=3)
    assert one.asked_until is None
    move_clock_to(session, today(session, 2))
    again = place(session, finance, worker, days=7)
    assert (again.ends_on, again.asked_until) == (today(session, 5), today(session, 7))
    move_clock_to(session, today(session, 6))
    # Not even after a day on which nothing was held: nobody may have been paid on it.
    with pytest.raises(DomainError, match="alone for 7 days of 90; another person must"):
        place(session, finance, worker, days=1)
    other = place(session, finance, worker, days=8, by=finance.approver)
    assert (other.ends_on, other.asked_until) == (today(session, 7), today(session, 8))
    assert place(session, finance, chain.workers[1], days=7).asked_until is None
    move_clock_to(session, today(session, 81))
    # The last of the seven days is the first of these 90.
    assert place(session, finance, worker, days=7).ends_on == today(session, 6)
    move_clock_to(session, today(session, 9))
    assert place(session, finance, chain.workers[1], days=7).asked_until is None


def test_days_that_another_person_confirmed_are_nobodys_alone(session: Session, chain: Chain, finance: Finance) -> None:
    worker = chain.workers[0]
    confirm_hold(session, finance.approver, place(session, finance, worker, days=10).id)
    move_clock_to(session, today(session, 10))
    assert place(session, finance, worker, days=7).asked_until is None


def test_days_that_a_release_gave_back_are_not_counted(session: Session, chain: Chain, finance: Finance) -> None:
    worker = chain.workers[0]
    one = place(session, finance, worker, days=30)
    release_hold(session, finance.approver, one.id, "Over.")
    move_clock_to(session, today(session, 1))
    with pytest.raises(DomainError, match="31 days"):
        place(session, finance, worker, days=30)
    place(session, finance, worker, days=29)


def test_a_layer_may_be_held_until_it_is_released(session: Session, chain: Chain, finance: Finance) -> None:
    one = place(session, finance, chain.layers[0][0], days=None)
    assert (one.ends_on, one.asked_until) == (None, None)
    move_clock_to(session, today(session, 400))
    assert one.state_on(today(session)) == "holding"


def test_nobody_holds_or_releases_what_is_due_to_their_own_organization(
    session: Session, chain: Chain, finance: Finance
) -> None:
    layer = chain.layers[0][0]
    session.add(Membership(person_id=finance.preparer.person, organization_id=layer.organization, role="reviewer"))
    session.flush()
    with pytest.raises(DomainError, match="due to you or to your organization"):
        place(session, finance, layer)
    one = hold_payee(session, finance.approver, layer.organization, "Why.", None, days_max=30)
    with pytest.raises(DomainError, match="due to you or to your organization"):
        release_hold(session, finance.preparer, one.id, "For us.")


def test_a_hold_ends_on_a_day_to_come_and_holds_only_payees(session: Session, chain: Chain, finance: Finance) -> None:
    with pytest.raises(DomainError, match="still to come"):
        place(session, finance, chain.workers[0], days=0)
    with pytest.raises(DomainError, match="no payee with this id"):
        place(session, finance, finance.approver)
    with pytest.raises(DomainError, match=r"pay\.hold"):
        hold_payee(session, chain.workers[0], chain.workers[1].person, "No.", None, days_max=30)


def test_held_pay_is_not_taken_early(session: Session, chain: Chain, finance: Finance) -> None:
    worker = chain.workers[0]
    later = due_of(session, worker)[1]
    assert [one.installment_id for one in offers(session, worker, [later], 0)] == [later.id]
    place(session, finance, worker)
    assert offers(session, worker, [later], 0) == []
    with pytest.raises(DomainError, match="Your pay is held at present"):
        offer(session, worker, later.id, 0)


def test_the_list_tells_holds_by_their_state(session: Session, chain: Chain, finance: Finance) -> None:
    one, two = (place(session, finance, worker) for worker in chain.workers)
    release_hold(session, finance.approver, one.id, "Over.")

    def listed(state: str) -> list[PayHold]:
        return list(pay_hold_queries.pay_holds(session, finance.approver, state=state).data)

    assert (listed("holding"), listed("released"), listed("ended")) == ([two], [one], [])
    assert pay_hold_queries.holds_on(session, chain.workers[1].person) == [two]
    move_clock_to(session, today(session, 5))
    assert (listed("holding"), listed("released"), listed("ended")) == ([], [one], [two])
