"""What workers are told of a client before a claim: which part it rejects, and after how many days they are paid."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.payouts.recovering import confirm_sent
from marketplace.protection import clients
from marketplace.protection.client_models import ClientFigure
from marketplace.protection.clients import UNKNOWN, ClientRecord, DaysToPay, Rejections, client_records, measure_clients
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.models import Installment
from marketplace.work import finding
from tests.builders.payouts import execute, inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to, payable_worker, reject


def worked(session: Session, *, accepted: int, rejected: int, workers: int = 3) -> Chain:
    """A chain of which one item is still open, with so many answers decided."""
    chain = make_chain(session, items=accepted + rejected + 1)
    people = [payable_worker(session) for _ in range(workers)]
    for number in range(accepted + rejected):
        handed = hand_in(session, chain, people[number % workers])
        if number < accepted:
            accept(session, chain, handed)
        else:
            decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    return chain


def known(session: Session, chain: Chain) -> ClientRecord:
    looking = payable_worker(session)
    batches = finding.open_batches(session, looking).data
    assert [batch.id for batch in batches] == [chain.batch.id]
    return client_records(session, batches)[chain.batch.id]


def test_workers_read_which_part_of_the_answers_a_client_rejected(session: Session) -> None:
    chain = worked(session, accepted=19, rejected=2)
    assert known(session, chain) == UNKNOWN
    assert measure_clients(session) == 1
    # 2 of 21 are 9.5 percent: rounded up, for nobody is to read less than there was.
    assert known(session, chain) == ClientRecord(Rejections(10, 21), None)
    assert measure_clients(session) == 0, "once a day"


@pytest.mark.parametrize(("answers", "workers"), [(19, 3), (20, 2)])
def test_of_too_few_answers_or_workers_nothing_is_said(session: Session, answers: int, workers: int) -> None:
    chain = worked(session, accepted=answers - 1, rejected=1, workers=workers)
    measure_clients(session)
    assert known(session, chain) == UNKNOWN


def test_what_was_decided_before_the_window_is_forgotten_with_the_next_measure(session: Session) -> None:
    chain = worked(session, accepted=19, rejected=1)
    measure_clients(session)
    move_clock_to(session, market_now(session) + clients.WINDOW + dt.timedelta(hours=1))
    assert known(session, chain).rejections == Rejections(5, 20)
    assert measure_clients(session) == 1
    assert known(session, chain) == UNKNOWN


def test_days_to_pay_are_those_from_acceptance_to_payment_and_not_what_a_worker_took_early(session: Session) -> None:
    chain = worked(session, accepted=20, rejected=0)
    accepted_on = market_now(session).date()
    mature(session)
    days = (market_now(session).date() - accepted_on).days
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    confirm_sent(inside(session), {"sandbox": sandbox(session)})
    measure_clients(session)
    assert known(session, chain).days_to_pay == DaysToPay(days, days, 20)
    first = session.scalars(select(Installment).where(Installment.payee_kind == "worker").limit(1)).one()
    first.advanced_at = func.market_now()
    session.flush()
    move_clock_to(session, market_now(session) + dt.timedelta(days=1))
    measure_clients(session)
    assert known(session, chain).days_to_pay is None, "two workers are too few"


def test_a_client_without_work_under_way_is_not_measured(session: Session) -> None:
    chain = worked(session, accepted=1, rejected=0)
    chain.job.state = "settled"
    session.flush()
    assert measure_clients(session) == 0
    assert session.scalars(select(ClientFigure)).all() == []
