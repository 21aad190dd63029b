"""The worker's pages about corrected, rejected and contested answers."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.verdicts import Verdict
from tests.builders.settlement import hand_in, make_chain, reject
from tests.builders.web import Browser
from tests.builders.work import make_organization


def test_a_worker_sees_what_a_reviewer_corrected(session: Session, browser: Browser, worker: Actor) -> None:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain, worker)
    fixed = Verdict(handed.answer_ids[0], "accept", correction={"label": "bus"})
    decide_answers(session, chain.reviewer, handed.claim_id, [fixed])
    page = browser.get(f"/work/claims/{public('claim', handed.claim_id)}").text
    assert "Accepted, with a corrected copy:" in page
    assert "car → bus" in page


def test_several_rejections_are_contested_on_one_page_and_one_is_appealed_against(
    session: Session, browser: Browser, worker: Actor
) -> None:
    chain = make_chain(session, items=3, items_per_task=3)
    handed = hand_in(session, chain, worker)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(answer_id) for answer_id in handed.answer_ids])
    claim = f"/work/claims/{public('claim', handed.claim_id)}"
    assert "Contest several of these at once" in browser.get(claim).text
    page = browser.get(f"{claim}/dispute").text
    assert page.count('name="answer"') == 3
    chosen = [public("answer", answer_id) for answer_id in handed.answer_ids[:2]]
    assert browser.post(f"{claim}/dispute", {"answer": chosen, "reason": " "}).status_code == 422
    assert browser.post(f"{claim}/dispute", {"answer": chosen, "reason": "All are cars."}).status_code == 303
    disputes = session.scalars(select(Dispute).order_by(Dispute.id)).all()
    assert len(disputes) == 2
    (decider,) = make_organization(session, "platform", "dispute_decider")
    appeals.decide_dispute(session, decider, disputes[0].id, "upheld", "A bus it is.")
    path = f"/work/answers/{public('answer', disputes[0].answer_id)}/appeal"
    assert path in browser.get(claim).text
    assert "A bus it is." in browser.get(path).text
    assert browser.post(path, {"reason": " "}).status_code == 422
    assert browser.post(path, {"reason": "It has four wheels."}).status_code == 303
    assert session.scalars(select(Appeal.side)).all() == ["worker"]
    assert "You appealed:" in browser.get(claim).text
    assert path not in browser.get(claim).text
