"""Many claims accepted at once, by a reviewer and by the timer."""

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputers
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.jobs.models import JobReserve
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal, Posting
from marketplace.ledger.recipes.accounts import platform_fee
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import CLAIMS_MAX, accept_claims, auto_accept
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.work.models import Answer, Claim, Review, Seat, Task
from marketplace.work.verdicts import Verdict
from tests.builders.at_once import at_once
from tests.builders.settlement import Chain, Handed, hand_in, make_chain, move_clock_to, payable_worker, redo
from tests.builders.statements import statements


def handed_in(session: Session, chain: Chain, claims: int, workers: int = 2) -> list[Handed]:
    people = [payable_worker(session) for _ in range(workers)]
    return [hand_in(session, chain, people[turn % workers]) for turn in range(claims)]


def states(session: Session) -> Counter[tuple[str, str]]:
    """How many rows of each table are in which state."""
    return Counter(
        (model.__tablename__, state)
        for model in (Answer, Claim, Seat, Task)
        for state in session.scalars(select(model.state))
    )


def money(session: Session) -> dict[str, object]:
    """What everybody is owed, whatever the journals."""
    amount, due = func.sum(Installment.amount), Installment.due_on
    owed = session.execute(
        select(Installment.payee_kind, Installment.payee_id, due, amount).group_by(
            Installment.payee_kind, Installment.payee_id, due
        )
    )
    session.expire_all()
    return {
        "owed": sorted(tuple(row) for row in owed),
        "fee": balance(session, platform_fee("CNY")),
        "committed": session.scalars(select(JobReserve.committed_amount)).one(),
        "earned": sorted(tuple(row) for row in session.execute(select(Earning.payee_kind, Earning.amount))),
        "shares": sorted(session.scalars(select(EarningShare.amount))),
    }


def test_many_claims_of_several_workers_are_one_journal_and_owe_what_one_by_one_would(session: Session) -> None:
    chain = make_chain(session, items=12, items_per_task=2)
    handed = handed_in(session, chain, 6, workers=3)
    aside = session.begin_nested()
    for one in handed:
        decide_answers(session, chain.reviewer, one.claim_id, [Verdict(each, "accept") for each in one.answer_ids])
    wanted = states(session), money(session)
    aside.rollback()
    done = accept_claims(session, chain.reviewer, [one.claim_id for one in handed])
    assert not done.refused
    assert {claim_id: claim.answer_ids for claim_id, claim in done.accepted.items()} == {
        one.claim_id: sorted(one.answer_ids) for one in handed
    }
    session.expire_all()
    assert (states(session), money(session)) == wanted
    journal = session.scalars(select(Journal).where(Journal.kind == "J3")).one()
    # Fee once, two layers and three workers on two dates each.
    assert session.scalar(select(func.count()).where(Posting.journal_id == journal.id)) == 1 + 2 * 2 + 3 * 2
    reviews = session.scalars(select(Review)).all()
    assert {(review.verdict, review.reviewer_person_id) for review in reviews} == {("accept", chain.reviewer.person)}
    assert sorted(review.answer_id for review in reviews) == sorted(each for one in handed for each in one.answer_ids)


def test_claims_that_may_not_be_accepted_are_named_and_untouched_and_the_others_accepted(session: Session) -> None:
    chain, other = make_chain(session, items=8, items_per_task=2), make_chain(session, items=2, items_per_task=2)
    waiting, sent_back, decided = handed_in(session, chain, 3)
    strange = hand_in(session, other)
    decide_answers(session, chain.reviewer, sent_back.claim_id, [redo(sent_back.answer_ids[0])])
    accept_claims(session, chain.reviewer, [decided.claim_id])
    nowhere = new_id()
    before = states(session)
    asked = [waiting.claim_id, sent_back.claim_id, decided.claim_id, strange.claim_id, nowhere]
    done = accept_claims(session, chain.reviewer, asked)
    assert list(done.accepted) == [waiting.claim_id]
    assert {claim_id: error.slug for claim_id, error in done.refused.items()} == {
        sent_back.claim_id: "state_conflict",
        decided.claim_id: "state_conflict",
        strange.claim_id: "not_found",
        nowhere: "not_found",
    }
    session.expire_all()
    changed = states(session)
    assert changed - before == Counter(
        {("answer", "accepted"): 2, ("claim", "decided"): 1, ("seat", "done"): 1, ("task", "done"): 1}
    )


def test_nobody_accepts_their_own_answers_among_many(session: Session) -> None:
    chain = make_chain(session, items=2)
    mine, theirs = handed_in(session, chain, 2)
    me = replace(chain.reviewer, person_id=mine.worker.person)
    done = accept_claims(session, me, [mine.claim_id, theirs.claim_id])
    assert (list(done.accepted), done.refused[mine.claim_id].slug) == ([theirs.claim_id], "review_own_answer")


def test_what_is_held_stays_held_and_keeps_its_claim_waiting(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=2)
    partly, wholly = handed_in(session, chain, 2)
    held = [partly.answer_ids[0], *wholly.answer_ids]
    session.execute(text("UPDATE answer SET state = 'held' WHERE id = ANY(:ids)"), {"ids": held})
    done = accept_claims(session, chain.reviewer, [partly.claim_id, wholly.claim_id])
    assert {claim_id: claim.answer_ids for claim_id, claim in done.accepted.items()} == {
        partly.claim_id: [partly.answer_ids[1]]
    }
    assert done.refused[wholly.claim_id].slug == "state_conflict"
    session.expire_all()
    assert set(session.scalars(select(Answer.id).where(Answer.state == "held"))) == set(held)
    assert session.scalars(select(Claim.state)).all() == ["submitted", "submitted"]


def test_an_answer_accepted_in_bulk_is_paid_once(session: Session) -> None:
    chain = make_chain(session, items=2)
    claim_ids = [one.claim_id for one in handed_in(session, chain, 2)]
    accept_claims(session, chain.reviewer, claim_ids)
    again = accept_claims(session, chain.reviewer, claim_ids)
    assert (again.accepted, set(again.refused)) == ({}, set(claim_ids))
    assert session.scalar(select(func.count()).where(Journal.kind == "J3")) == 1


def test_only_a_reviewer_accepts_and_never_more_than_the_bound(session: Session) -> None:
    chain = make_chain(session, items=1)
    (one,) = handed_in(session, chain, 1)
    with pytest.raises(DomainError, match="forbidden"):
        accept_claims(session, one.worker, [one.claim_id])
    with pytest.raises(ValueError, match="at most"):
        accept_claims(session, chain.reviewer, [new_id() for _ in range(CLAIMS_MAX + 1)])


def test_a_bulk_acceptance_can_be_recomputed_and_says_which_claims_it_was(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=2)
    handed = handed_in(session, chain, 2)
    accept_claims(session, chain.reviewer, [one.claim_id for one in handed])
    kinds = ("claims.accepted", "earnings.booked_together")
    found = session.execute(
        text("SELECT kind, subject_id, body FROM audit_event WHERE kind = ANY(:kinds)"), {"kinds": list(kinds)}
    ).all()
    bodies = {kind: (subject_id, json.loads(bytes(body))["data"]) for kind, subject_id, body in found}
    assert sorted(bodies) == sorted(kinds)
    claims = [{"claim": public("claim", one.claim_id), "attempt": 1, "answer_count": 2} for one in handed]
    assert sorted(bodies["claims.accepted"][1]["claims"], key=str) == sorted(claims, key=str)
    load_recomputers()
    journal_id, logged = bodies["earnings.booked_together"]
    live = recomputers()["earnings.booked_together"](session, [journal_id])
    assert live[journal_id] == logged


def test_a_hundred_claims_take_no_more_statements_than_two(session: Session) -> None:
    chain = make_chain(session, items=102, funds="200")
    worker = payable_worker(session)
    two, hundred = ([hand_in(session, chain, worker).claim_id for _ in range(count)] for count in (2, 100))
    with statements(session) as few:
        accept_claims(session, chain.reviewer, two)
    with statements(session) as many:
        accept_claims(session, chain.reviewer, hundred)
    assert len(many) <= len(few)


def test_bulk_acceptances_and_single_verdicts_at_once_pay_each_answer_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_chain(session, items=24, items_per_task=2, funds="100", auto_accept_seconds=60)
        handed = handed_in(session, chain, 12, workers=4)
        claim_ids = [one.claim_id for one in handed]
        move_clock_to(session, market_now(session) + dt.timedelta(minutes=2))

    def in_bulk() -> None:
        with transaction(committing_engine) as session:
            accept_claims(session, chain.reviewer, claim_ids)

    def backwards() -> None:
        with transaction(committing_engine) as session:
            accept_claims(session, chain.reviewer, claim_ids[::-1])

    def singly(one: Handed) -> None:
        with transaction(committing_engine) as session:
            decide_answers(session, chain.reviewer, one.claim_id, [Verdict(each, "accept") for each in one.answer_ids])

    def by_the_clock() -> None:
        auto_accept(lambda: transaction(committing_engine), portion=5)

    outcomes = at_once(in_bulk, backwards, by_the_clock, by_the_clock, *(lambda one=one: singly(one) for one in handed))
    assert set(outcomes) <= {"done", "state_conflict"}
    with transaction(committing_engine) as session:
        assert balance(session, platform_fee("CNY")) == Money.parse("0.045", "CNY") * 24
        assert session.scalar(select(func.count(func.distinct(Earning.answer_id)))) == 24
        assert set(session.scalars(select(Claim.state))) == {"decided"}


def test_one_claim_that_cannot_be_booked_keeps_no_other_waiting(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_chain(session, items=6, funds="100", auto_accept_seconds=60)
        broken, *_ = handed_in(session, chain, 6)
        # What its worker is owed can grow no more, so that its booking fails.
        due_on = chain.batch.terms.due_dates(market_now(session).date())[0][1]
        full = Installment(
            payee_kind="worker",
            payee_id=broken.worker.person,
            contract_id=chain.batch.contract_id,
            due_on=due_on,
            currency="CNY",
            amount=2**63 - 1,
        )
        session.add(full)
        move_clock_to(session, market_now(session) + dt.timedelta(minutes=2))
    assert auto_accept(lambda: transaction(committing_engine)) == 3
    with transaction(committing_engine) as session:
        left = session.scalars(select(Claim.worker_id).where(Claim.state == "submitted")).all()
        assert left == [broken.worker.person] * 3
        session.execute(text("DELETE FROM installment WHERE id = :id"), {"id": full.id})
