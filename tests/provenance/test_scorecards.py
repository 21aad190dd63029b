import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.payouts.recovering import confirm_sent
from marketplace.provenance.scorecards import Window, contract_scorecard, organization_scorecard
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import overturn_silent
from marketplace.work.claiming import claim_next
from marketplace.work.disputing import open_dispute
from marketplace.work.leases import expire
from marketplace.work.models import Answer
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, inside, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to, payable_worker, redo, reject


def later(session: Session, **time: int) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**time))


def worked(session: Session) -> Chain:
    """One accepted at once, one after a redo, one rejected and overturned by silence, one rejected, one expired."""
    chain = make_chain(session, items=8)
    worker = payable_worker(session)
    later(session, hours=1)
    accept(session, chain, hand_in(session, chain, worker))
    again = hand_in(session, chain, worker)
    decide_answers(session, chain.reviewer, again.claim_id, [redo(again.answer_ids[0])])
    item_id = session.get_one(Answer, again.answer_ids[0]).item_id
    submit(session, worker, again.claim_id, {item_id: {"label": "bus"}}, 2)
    decide_answers(session, chain.reviewer, again.claim_id, [Verdict(again.answer_ids[0], "accept")])
    for contested in (True, False):
        handed = hand_in(session, chain, worker)
        decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
        if contested:
            open_dispute(session, worker, handed.answer_ids[0], "It is a car.")
    claim_next(session, payable_worker(session), chain.batch.id)
    later(session, days=10)
    assert overturn_silent(session) == 1
    assert expire(session) == 1
    return chain


def test_a_scorecard_counts_what_became_of_answers_claims_and_disputes(session: Session) -> None:
    chain = worked(session)
    seller, contract = chain.layers[1]
    month, quarter = contract_scorecard(session, seller, contract.id)
    assert (month.days, quarter.days) == (30, 90)
    assert (month.answers_decided, month.accepted_first, month.accepted_later, month.redone) == (4, 1, 1, 1)
    assert (month.rejected, month.overturned, month.paid_not_used) == (1, 1, 0)
    assert (month.accepted_first_share, month.rejected_share, month.overturned_share) == (0.25, 0.25, 0.25)
    assert (month.claims_ended, month.claims_expired, month.claims_expired_share) == (5, 1, 0.2)
    assert (month.disputes_decided, month.disputes_lost, month.disputes_lost_share) == (1, 1, 1.0)
    assert month.submitted_after_seconds is not None
    assert 3600 <= month.submitted_after_seconds < 3700
    assert month.answers_decided == quarter.answers_decided


def test_what_ended_before_the_window_does_not_count(session: Session) -> None:
    chain = worked(session)
    seller, contract = chain.layers[1]
    later(session, days=31)
    month, quarter = contract_scorecard(session, seller, contract.id)
    assert (month.answers_decided, month.claims_ended, month.disputes_decided) == (0, 0, 0)
    assert (month.accepted_first_share, month.submitted_after_seconds) == (None, None)
    assert quarter.answers_decided == 4


def test_days_to_pay_count_from_acceptance_to_payment(session: Session) -> None:
    chain = make_chain(session, items=2)
    accept(session, chain, hand_in(session, chain))
    accepted_on = market_now(session).date()
    mature(session)
    paid_on = market_now(session).date()
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    confirm_sent(inside(session), {"sandbox": sandbox(session)})
    windows = organization_scorecard(session, chain.client, chain.layers[0][0].organization)
    assert (windows[1].payments, windows[1].days_to_pay_most) == (1, (paid_on - accepted_on).days)
    assert windows[1].days_to_pay_average == float((paid_on - accepted_on).days)
    of_client = organization_scorecard(session, chain.layers[0][0], chain.client.organization)
    assert of_client[1].days_to_pay_most == windows[1].days_to_pay_most


def test_work_below_counts_for_every_layer_above_it_and_not_for_others(session: Session) -> None:
    chain = worked(session)
    make_chain(session, items=1)
    counts = [organization_scorecard(session, chain.client, seller.organization)[0] for seller, _ in chain.layers]
    assert [window.answers_decided for window in counts] == [4, 4]
    idle = organization_scorecard(session, chain.client, make_party(session, "subcontractor").organization)
    assert idle == [_empty(30), _empty(90)]


def _empty(days: int) -> Window:
    return Window(days, 0, 0, 0, 0, 0, 0, 0, None, 0, 0, 0, 0, 0, None, None)


def test_a_contracts_scorecard_is_its_parties_and_an_organizations_that_of_whoever_may_offer(session: Session) -> None:
    chain = make_chain(session, items=1)
    (first, upper), (second, lower) = chain.layers
    contract_scorecard(session, first, lower.id)
    for stranger, contract in ((chain.client, lower), (second, upper)):
        with pytest.raises(DomainError, match="not_found"):
            contract_scorecard(session, stranger, contract.id)
    for organization in (make_party(session, "platform"), make_party(session, "subcontractor", state="pending")):
        with pytest.raises(DomainError, match="not_found"):
            organization_scorecard(session, chain.client, organization.organization)
    with pytest.raises(DomainError, match="forbidden"):
        organization_scorecard(session, chain.reviewer, first.organization)
