"""Pages of review beyond the plain verdict: corrections, what is held, claims in hand, statistics, appeals."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work import disputing
from marketplace.work.dispute_models import Appeal
from marketplace.work.models import Answer
from marketplace.work.review_models import Correction
from tests.builders.settlement import another, hand_in, make_chain, reject
from tests.builders.work import make_organization
from tests.console.conftest import Enter
from tests.console.test_reviewing import states, waiting
from tests.work.test_breaker import rejected_much


def test_an_answer_is_corrected_and_accepted(session: Session, enter: Enter) -> None:
    chain, handed, path = waiting(session)
    browser = enter(chain.reviewer)
    page = browser.get(path).text
    first = public("answer", handed.answer_ids[0])
    assert f'id="correction-{first}"' in page
    for wrong in ("{", "[]", json.dumps({"label": "tram"})):
        answer = browser.post(path, {f"verdict-{first}": "corrected", f"correction-{first}": wrong})
        assert answer.status_code == 422
        assert f'id="e-correction-{first}"' in answer.text
    assert states(session, handed) == ["submitted", "submitted"]
    right = json.dumps({"label": "bus"})
    assert browser.post(path, {f"verdict-{first}": "corrected", f"correction-{first}": right}).status_code == 303
    assert states(session, handed) == ["accepted", "submitted"]
    assert session.scalars(select(Correction.content)).all() == [{"label": "bus"}]


def test_each_reviewer_takes_another_claim_in_hand(session: Session, enter: Enter) -> None:
    chain, _, first = waiting(session)
    second = f"/console/review/{public('claim', hand_in(session, chain).claim_id)}"
    for reviewer, path in ((chain.reviewer, first), (another(session, chain.reviewer, "reviewer"), second)):
        browser = enter(reviewer)
        browser.get("/console/review")
        taken = browser.post("/console/review/next")
        assert (taken.status_code, taken.headers["Location"]) == (303, path)
    page = enter(another(session, chain.reviewer, "reviewer"))
    page.get("/console/review")
    assert page.post("/console/review/next").headers["Location"] == "/console/review"
    assert page.get("/console/review?order=deadline").text.count("another's hand") == 2


def test_what_is_held_is_decided_on_a_page_of_its_own(session: Session, enter: Enter) -> None:
    chain, handed, decider = rejected_much(session)
    path = f"/console/review/{public('claim', handed.claim_id)}"
    browser = enter(decider)
    assert path in browser.get("/console/review?held=1").text
    page = browser.get(path).text
    assert page.count("Rejected without effect yet") == 6
    held = session.scalars(select(Answer.id).where(Answer.state == "held").order_by(Answer.ordinal)).all()
    assert browser.post(path, {f"verdict-{public('answer', held[0])}": "accept"}).status_code == 303
    assert session.scalar(select(Answer.state).where(Answer.id == held[0])) == "accepted"
    rejecting = enter(chain.reviewer)
    assert f'name="verdict-{public("answer", held[1])}"' not in rejecting.get(path).text
    assert "Nothing is held for you" in rejecting.get("/console/review?held=1").text
    contract = f"/console/contracts/{public('contract', chain.batch.contract_id)}"
    assert "Rejections are held" in enter(another(session, chain.client, "requester")).get(contract).text


def test_a_reviewer_and_the_managers_see_how_was_decided(session: Session, enter: Enter) -> None:
    chain, handed, _ = waiting(session)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    assert "100.0" in enter(chain.reviewer).get("/console/review/statistics").text
    assert (
        "How reviewers decide"
        in enter(another(session, chain.client, "requester")).get("/console/review/statistics").text
    )


def test_the_rejecting_side_appeals_and_another_decider_decides(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=1)
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    dispute = disputing.open_dispute(session, handed.worker, handed.answer_ids[0], "It is a car.")
    first, second = make_organization(session, "platform", "dispute_decider", "dispute_decider")
    appeals.decide_dispute(session, first, dispute.id, "overturned", "It is.")
    path = f"/console/disputes/{public('dispute', dispute.id)}"
    reviewer = enter(chain.reviewer)
    assert "Why was the rejection right?" in reviewer.get(path).text
    assert reviewer.post(f"{path}/appeal", {"reason": " "}).status_code == 422
    assert reviewer.post(f"{path}/appeal", {"reason": "It has rails."}).status_code == 303
    own = enter(first)
    own.get(path)
    verdict = {"decision": "granted", "reason": "It has rails."}
    assert own.post(f"{path}/decide-appeal", verdict).status_code == 422
    other = enter(second)
    assert "what was paid stays paid" in other.get(path).text
    assert other.post(f"{path}/decide-appeal", verdict).status_code == 303
    assert session.scalars(select(Appeal.state)).all() == ["granted"]
    assert "Appeal of the rejecting side" in reviewer.get(path).text
