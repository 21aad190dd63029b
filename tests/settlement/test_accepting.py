import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.jobs.models import JobReserve
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal, Posting
from marketplace.ledger.recipes.accounts import DatedShare, job_reserve, margin_deferred, pay_deferred, platform_fee
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.settlement.queries import shares_of_answers
from marketplace.work.verdicts import Verdict
from tests.builders.jobs import make_party
from tests.builders.settlement import accept, another, hand_in, make_chain, payable_worker, redo, reject


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def committed(session: Session, job_id: object) -> int:
    session.expire_all()
    return session.execute(select(JobReserve.committed_amount).where(JobReserve.job_id == job_id)).scalar_one()


def test_an_accepted_claim_is_one_journal_from_the_reserve_to_fee_margins_and_pay(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=4)
    handed = hand_in(session, chain)
    decisions = accept(session, chain, handed)
    assert len(decisions.payable) == 4
    journal = session.scalars(select(Journal).where(Journal.kind == "J3")).one()
    postings = session.scalars(select(Posting).where(Posting.journal_id == journal.id)).all()
    # Fee once, and each of worker and two layers on two dates.
    assert sorted(posting.amount for posting in postings) == sorted([
        cny("0.18").amount, *[cny("0.70").amount] * 2, *[cny("0.51").amount] * 2, *[cny("0.50").amount] * 2
    ])  # fmt: skip
    assert sum(posting.amount for posting in postings) == cny("3.60").amount
    assert balance(session, platform_fee("CNY")) == cny("0.18")
    assert balance(session, job_reserve(chain.job.id, "CNY")) == cny("996.40")
    assert committed(session, chain.job.id) == 0


def test_installments_stand_in_the_deferred_accounts_by_payee_contract_and_date(session: Session) -> None:
    chain = make_chain(session, items=3)
    worker = payable_worker(session)
    for _ in range(3):
        accept(session, chain, hand_in(session, chain, worker))
    first, second = [due for _, due in chain.batch.terms.due_dates(market_now(session).date())]
    rows = session.scalars(select(Installment).order_by(Installment.due_on, Installment.amount)).all()
    assert [(row.due_on, row.money) for row in rows] == [
        (due_on, cny(amount)) for due_on in (first, second) for amount in ("0.375", "0.3825", "0.525")
    ]
    for row in rows:
        share = DatedShare(row.payee_id, row.contract_id, row.due_on, row.money)
        ref = pay_deferred(share) if row.payee_kind == "worker" else margin_deferred(share)
        assert balance(session, ref) == row.money


def test_what_is_paid_but_not_used_earns_like_an_accepted_answer(session: Session) -> None:
    chain = make_chain(session, items=2, items_per_task=2)
    handed = hand_in(session, chain)
    verdicts = [
        Verdict(handed.answer_ids[0], "accept"),
        Verdict(handed.answer_ids[1], "pay_not_use", "other", "We changed our mind."),
    ]
    decisions = decide_answers(session, chain.reviewer, handed.claim_id, verdicts)
    assert [len(decisions.accepted), len(decisions.paid_not_used)] == [1, 1]
    assert session.scalar(select(func.count()).where(Journal.kind == "J3")) == 1
    assert session.scalar(select(func.count(func.distinct(Earning.answer_id)))) == 2


def test_rejected_and_redone_answers_stay_committed_and_earn_nothing(session: Session) -> None:
    chain = make_chain(session, items=3, items_per_task=3)
    handed = hand_in(session, chain)
    before = committed(session, chain.job.id)
    one, two, three = handed.answer_ids
    decide_answers(session, chain.reviewer, handed.claim_id, [Verdict(one, "accept"), redo(two), reject(three)])
    assert before - committed(session, chain.job.id) == cny("0.90").amount
    assert session.scalars(select(Earning.answer_id).distinct()).all() == [one]


def test_an_answer_is_paid_once_however_often_it_is_accepted(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    with pytest.raises(DomainError, match="state_conflict"):
        accept(session, chain, handed)
    assert session.scalar(select(func.count()).where(Journal.kind == "J3")) == 1


def test_nobody_outside_the_deciding_side_finds_the_claim(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    stranger = another(session, make_party(session, "subcontractor"), "reviewer")
    above = another(session, chain.layers[0][0], "reviewer")
    for actor in (stranger, above):
        with pytest.raises(DomainError, match="not_found"):
            decide_answers(session, actor, handed.claim_id, [Verdict(handed.answer_ids[0], "accept")])
    with pytest.raises(DomainError, match="forbidden"):
        decide_answers(session, handed.worker, handed.claim_id, [Verdict(handed.answer_ids[0], "accept")])


def test_without_layers_the_worker_gets_all_but_the_fee(session: Session) -> None:
    chain = make_chain(session, items=1, prices=(), pay="0.855")
    accept(session, chain, hand_in(session, chain))
    kinds = session.execute(select(Earning.payee_kind, Earning.amount)).all()
    assert [tuple(row) for row in kinds] == [("worker", cny("0.855").amount)]


def test_a_layer_without_margin_earns_nothing_and_is_left_out(session: Session) -> None:
    chain = make_chain(session, items=1, prices=("0.855", "0.855"), pay="0.35")
    accept(session, chain, hand_in(session, chain))
    amounts = session.execute(select(Earning.payee_kind, Earning.amount).order_by(Earning.amount)).all()
    assert [tuple(row) for row in amounts] == [("worker", cny("0.35").amount), ("layer", cny("0.505").amount)]


def test_an_amount_that_does_not_halve_loses_no_unit(session: Session) -> None:
    chain = make_chain(session, items=1, prices=("0.854999",), pay="0.350001")
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    shares = session.scalars(
        select(EarningShare.amount)
        .join(Earning, Earning.id == EarningShare.earning_id)
        .where(Earning.payee_kind == "worker")
    ).all()
    assert sorted(shares) == [cny("0.175").amount, cny("0.175001").amount]
    by_answer = shares_of_answers(session, handed.answer_ids)[handed.answer_ids[0]]
    assert sum(line.share.amount for line in by_answer) == cny("0.854999").amount
