"""Rule 11: recovery from hard content is paid from the client's allowance, a line of its own."""

import dataclasses

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.jobs.protection import Protection
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.protection.recovery import pay_recovery
from marketplace.settlement.extra_models import Extra
from marketplace.work.claiming import claim_next
from marketplace.work.exposure import set_consent
from tests.builders.jobs import make_job, make_party
from tests.builders.payouts import inside
from tests.builders.settlement import Chain, hand_in, make_chain, payable_worker


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


TEN_MINUTES = Protection(recovery_minutes=10, recovery_rate=cny("30.00"), recovery_after_items=4)


def hard_chain(session: Session, allowance: str, protection: Protection = TEN_MINUTES) -> Chain:
    return make_chain(session, items=20, items_per_task=2, severity=3, allowance=cny(allowance), protection=protection)


def work(session: Session, chain: Chain, tasks: int) -> None:
    worker = payable_worker(session)
    set_consent(session, worker, 3, given=True)
    chain.workers.append(worker)
    for _ in range(tasks):
        hand_in(session, chain, worker)


def paid(session: Session) -> list[tuple[str, Money]]:
    return [(extra.kind, extra.money) for extra in session.scalars(select(Extra).order_by(Extra.id))]


def test_rule_11_recovery_is_paid_each_time_a_worker_has_seen_so_many_items_on_a_day(session: Session) -> None:
    chain = hard_chain(session, "50.00")
    work(session, chain, 1)
    assert pay_recovery(inside(session)) == 0
    for _ in range(4):
        hand_in(session, chain, chain.workers[0])
    assert pay_recovery(inside(session)) == 2
    assert paid(session) == [("recovery", cny("5.00"))] * 2
    assert pay_recovery(inside(session)) == 0
    assert reserve.allowance_left(session, chain.job) == cny("40.00")


def test_rule_11_recovery_after_so_many_minutes(session: Session) -> None:
    chain = hard_chain(
        session, "50.00", Protection(recovery_minutes=6, recovery_rate=cny("30.00"), recovery_after_minutes=5)
    )
    work(session, chain, 1)
    session.execute(text("UPDATE exposure_day SET seconds = 660"))
    assert pay_recovery(inside(session)) == 2
    assert paid(session) == [("recovery", cny("3.00"))] * 2


def test_an_allowance_that_is_used_up_pays_no_more_recovery(session: Session) -> None:
    chain = hard_chain(session, "7.00")
    work(session, chain, 4)
    assert pay_recovery(inside(session)) == 1
    assert pay_recovery(inside(session)) == 0
    assert paid(session) == [("recovery", cny("5.00"))]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"recovery_after_minutes": 30}, "/protection"),
        ({"recovery_after_items": None}, "/protection"),
        ({"recovery_after_items": 0}, "/protection/recovery_after_items"),
        ({"recovery_minutes": 121}, "/protection/recovery_minutes"),
        ({"recovery_rate": Money.parse("1.00", "USD")}, "/protection/recovery_rate/currency"),
        ({"recovery_rate": cny("0")}, "/protection/recovery_rate/amount"),
        ({"recovery_rate": cny("600.00")}, "/allowance"),
    ],
)
def test_an_offer_of_recovery_that_cannot_be_kept_is_refused(
    session: Session, changes: dict[str, object], pointer: str
) -> None:
    client = make_party(session, "client")
    offer = dataclasses.replace(TEN_MINUTES, **changes)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="invalid") as refused:
        make_job(session, client, allowance=cny("50.00"), protection=offer)
    assert pointer in [error.pointer for error in refused.value.errors]


def test_when_the_allowance_is_used_up_no_more_of_the_work_is_given_out(session: Session) -> None:
    chain = hard_chain(session, "7.00")
    work(session, chain, 4)
    pay_recovery(inside(session))
    with pytest.raises(DomainError, match="batch_paused") as refused:
        claim_next(session, chain.workers[0], chain.batch.id)
    assert "allowance for paid recovery" in refused.value.detail
