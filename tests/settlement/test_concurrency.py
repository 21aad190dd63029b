"""Many reviewers, the clock and the client at one job at once, with real commits."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Engine, func, select

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.jobs.models import Job, JobReserve
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import client_deposits, job_reserve, platform_fee
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Earning, Installment
from tests.builders.at_once import at_once
from tests.builders.settlement import Chain, Handed, accept, hand_in, make_chain, move_clock_to, payable_worker

THREADS = 16
TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE), TermPart(1, 1, Anchor.MONTH_END)))


def prepare(engine: Engine, claims: int, *, workers: int = 4, **overrides: object) -> tuple[Chain, list[Handed]]:
    """A chain with as many claims of two answers submitted, by a few workers."""
    with transaction(engine) as session:
        chain = make_chain(session, items=2 * claims + 4, items_per_task=2, funds="100", **overrides)  # type: ignore[arg-type]
        people = [payable_worker(session) for _ in range(workers)]
        handed = [hand_in(session, chain, people[turn % workers]) for turn in range(claims)]
    return chain, handed


def accepting(engine: Engine, chain: Chain, handed: Handed) -> Callable[[], object]:
    def doing() -> None:
        with transaction(engine) as session:
            accept(session, chain, handed)

    return doing


def journals(engine: Engine) -> int:
    with transaction(engine) as session:
        return session.scalar(select(func.count()).where(Journal.kind == "J3")) or 0


def test_sixteen_reviewers_accept_claims_of_one_job_and_no_cent_is_lost(committing_engine: Engine) -> None:
    chain, handed = prepare(committing_engine, THREADS)
    outcomes = at_once(*(accepting(committing_engine, chain, one) for one in handed))
    assert outcomes == {"done": THREADS}
    with transaction(committing_engine) as session:
        assert balance(session, platform_fee("CNY")) == Money.parse("0.045", "CNY") * (2 * THREADS)
        assert session.scalar(select(func.count()).select_from(Installment)) == 2 * (4 + 2)
        earned = session.scalar(select(func.sum(Earning.amount)))
        assert Money(int(earned or 0), "CNY") == Money.parse("0.855", "CNY") * (2 * THREADS)


def test_reviewers_who_accept_the_same_claim_at_once_pay_it_once(committing_engine: Engine) -> None:
    chain, (one,) = prepare(committing_engine, 1)
    outcomes = at_once(*(accepting(committing_engine, chain, one) for _ in range(8)))
    assert outcomes == {"done": 1, "state_conflict": 7}
    assert journals(committing_engine) == 1


def test_the_clock_and_a_reviewer_accept_a_claim_once(committing_engine: Engine) -> None:
    chain, handed = prepare(committing_engine, 4, auto_accept_seconds=60)
    with transaction(committing_engine) as session:
        move_clock_to(session, market_now(session) + dt.timedelta(minutes=2))

    def by_the_clock() -> None:
        auto_accept(lambda: transaction(committing_engine))

    at_once(by_the_clock, by_the_clock, *(accepting(committing_engine, chain, one) for one in handed))
    # The clock takes several claims in one journal; what matters is that each answer is paid, and once.
    assert 1 <= journals(committing_engine) <= 4
    with transaction(committing_engine) as session:
        paid = session.scalars(select(Earning.answer_id).where(Earning.payee_kind == "worker")).all()
    assert sorted(paid) == sorted(answer_id for one in handed for answer_id in one.answer_ids)


def test_accepting_and_cancelling_at_once_pays_what_was_done_and_returns_the_rest(committing_engine: Engine) -> None:
    chain, handed = prepare(committing_engine, 8)

    def cancelling() -> None:
        with transaction(committing_engine) as session:
            cancel_job(session, chain.client, chain.job.id)

    outcomes = at_once(cancelling, *(accepting(committing_engine, chain, one) for one in handed))
    assert outcomes == {"done": 9}
    with transaction(committing_engine) as session:
        spent = Money.parse("0.90", "CNY") * 16
        assert balance(session, client_deposits(chain.client.organization, "CNY")) == Money.parse("100", "CNY") - spent
        assert balance(session, job_reserve(chain.job.id, "CNY")).is_zero
        assert session.get_one(JobReserve, chain.job.id).committed_amount == 0
        assert session.get_one(Job, chain.job.id).state == "cancelled"


def test_falling_due_while_others_accept_neither_locks_up_nor_loses_anything(committing_engine: Engine) -> None:
    chain, handed = prepare(committing_engine, 12, settlement_terms=TODAY, inspection_days=0)

    def maturing() -> None:
        for _ in range(15):
            with transaction(committing_engine) as session:
                fall_due(session, 3)

    outcomes = at_once(maturing, maturing, maturing, *(accepting(committing_engine, chain, one) for one in handed))
    assert outcomes == {"done": 15}
    with transaction(committing_engine) as session:
        while fall_due(session):
            pass
    with transaction(committing_engine) as session:
        due = session.scalar(select(func.sum(Installment.amount)).where(Installment.state == "due"))
        # The first halves of 24 answers: 0.175 to the worker, 0.1275 and 0.125 to the layers.
        assert Money(int(due or 0), "CNY") == Money.parse("0.4275", "CNY") * 24
