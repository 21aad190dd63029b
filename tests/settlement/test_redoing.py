"""Rule 7: a redo beyond the limit is paid by the layer; what was finally rejected is read by paying for it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.buying import buy_rejected
from marketplace.settlement.extra_models import Extra
from marketplace.work import results
from marketplace.work.models import Answer, Claim, Review
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.payouts import make_due_chain
from tests.builders.settlement import Chain, Handed, accept, another, hand_in, make_chain, redo, reject
from tests.builders.work import make_organization, make_worker
from tests.work.test_reviewing import submitted
from tests.work.test_submitting import pass_time

DAY = 24 * 3600


def again(session: Session, handed: Handed, attempt: int) -> None:
    """The worker does once more what was sent back."""
    wanted = select(Answer.item_id).where(Answer.claim_id == handed.claim_id, Answer.state == "redo_requested")
    answers = {item_id: {"label": "car"} for item_id in session.scalars(wanted)}
    submit(session, handed.worker, handed.claim_id, answers, attempt)


def chain_at_its_limit(session: Session, *, earned: int, **overrides: object) -> tuple[Chain, Handed]:
    """A chain that allows no unpaid redo, whose layer 2 has margin from `earned` answers at 0.25; one claim waits."""
    chain = make_chain(session, items=earned + 2, redo_max=0, **overrides)  # type: ignore[arg-type]
    for _ in range(earned):
        accept(session, chain, hand_in(session, chain))
    return chain, hand_in(session, chain)


def test_rule_7_a_redo_beyond_the_limit_is_paid_by_the_layer_out_of_its_margin(session: Session) -> None:
    chain, handed = chain_at_its_limit(session, earned=2)
    verdicts = [redo(handed.answer_ids[0])]
    with pytest.raises(DomainError, match="redo_limit"), session.begin_nested():
        decide_answers(session, chain.reviewer, handed.claim_id, verdicts)
    decide_answers(session, chain.reviewer, handed.claim_id, verdicts, pay_redo=True)
    extra = session.scalars(select(Extra)).one()
    assert (extra.kind, extra.worker_id) == ("redo_fee", handed.worker.person_id)
    assert extra.money == Money.parse("0.35", "CNY")
    again(session, handed, 2)
    accept(session, chain, handed)
    assert session.get_one(Claim, handed.claim_id).state == "decided"


def test_rule_7_a_layer_without_margin_left_may_not_ask_for_a_paid_redo(session: Session) -> None:
    chain, handed = chain_at_its_limit(session, earned=1)
    with pytest.raises(DomainError, match="margin_short"), session.begin_nested():
        decide_answers(session, chain.reviewer, handed.claim_id, [redo(handed.answer_ids[0])], pay_redo=True)
    assert session.scalars(select(Extra)).all() == []
    assert session.get_one(Answer, handed.answer_ids[0], populate_existing=True).state == "submitted"


def test_a_client_has_no_margin_to_pay_a_redo_from(session: Session) -> None:
    market, _, claimed, answers = submitted(session, redo_max=0)
    with pytest.raises(DomainError, match="redo_limit"):
        decide_answers(session, market.reviewer, claimed.id, [redo(answers[0].id)], pay_redo=True)


def test_the_layer_that_reviews_pays_and_no_other(session: Session) -> None:
    chain = make_chain(session, items=4, redo_max=0, acceptance_by="parent")
    upper, contract = chain.layers[0]
    reviewer = another(session, upper, "reviewer")
    for _ in range(2):
        handed = hand_in(session, chain)
        decide_answers(session, reviewer, handed.claim_id, [Verdict(handed.answer_ids[0], "accept")])
    handed = hand_in(session, chain)
    decide_answers(session, reviewer, handed.claim_id, [redo(handed.answer_ids[0])], pay_redo=True)
    assert session.scalars(select(Extra.contract_id)).all() == [contract.id]


def test_a_paid_redo_is_asked_for_alone(session: Session) -> None:
    chain = make_chain(session, items=4, items_per_task=2, redo_max=0)
    accept(session, chain, hand_in(session, chain))
    handed = hand_in(session, chain)
    one, other = handed.answer_ids
    with pytest.raises(DomainError, match="invalid") as refused, session.begin_nested():
        decide_answers(session, chain.reviewer, handed.claim_id, [redo(one), Verdict(other, "accept")], pay_redo=True)
    assert [error.pointer for error in refused.value.errors] == ["/pay_redo_fee"]


def test_within_the_limit_nothing_is_paid(session: Session) -> None:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [redo(handed.answer_ids[0])], pay_redo=True)
    assert session.scalars(select(Extra)).all() == []


def finally_rejected(session: Session) -> tuple[Chain, Handed, Actor]:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    pass_time(session, 7 * DAY)
    assert appeals.finalize_rejections(session) == 1
    return chain, handed, chain.client


def test_rule_7_the_client_reads_what_was_finally_rejected_by_paying_for_it(session: Session) -> None:
    chain, handed, client = finally_rejected(session)
    (result,) = results.results(session, client, chain.job.id).data
    assert (result.state, result.content) == ("rejection_final", None)
    before = reserve.free(session, chain.job)
    bought = buy_rejected(session, client, handed.answer_ids[0], "other", "We want to see it.")
    assert bought.state == "paid_not_used"
    (result,) = results.results(session, client, chain.job.id).data
    assert (result.state, result.used, result.content) == ("paid_not_used", False, {"label": "car"})
    verdicts = session.scalars(select(Review.verdict).order_by(Review.created_at)).all()
    assert verdicts == ["reject", "pay_not_use"]
    with pytest.raises(DomainError, match="state_conflict"), session.begin_nested():
        buy_rejected(session, client, handed.answer_ids[0], "other", "Once more.")
    assert reserve.free(session, chain.job) == before - Money.parse("0.90", "CNY")


def test_nobody_but_the_client_buys_and_only_what_is_finally_rejected(session: Session) -> None:
    chain, handed, client = finally_rejected(session)
    answer_id = handed.answer_ids[0]
    (stranger,) = make_organization(session, "client", "requester")
    with pytest.raises(DomainError, match="not_found"):
        buy_rejected(session, stranger, answer_id, "other", "We want to see it.")
    for actor in (chain.reviewer, make_worker(session)):
        with pytest.raises(DomainError, match="forbidden"):
            buy_rejected(session, actor, answer_id, "other", "We want to see it.")
    for category, comment in (("because", "It is."), ("other", " ")):
        with pytest.raises(DomainError, match="invalid"):
            buy_rejected(session, client, answer_id, category, comment)
    due = make_due_chain(session, items=1)
    answer = session.scalars(select(Answer.id).where(Answer.job_id == due.job.id)).one()
    with pytest.raises(DomainError, match="state_conflict"), session.begin_nested():
        buy_rejected(session, due.client, answer, "other", "We want to see it.")
