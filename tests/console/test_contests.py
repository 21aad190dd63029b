"""Operations answer what workers contest, and let a score begin anew."""

from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.protection.decisions import contest_decision, own_decisions
from marketplace.scores.queries import own_scores
from tests.audit.parts import seal_all
from tests.builders.identity import make_staff
from tests.builders.scores import scored
from tests.console.conftest import Enter


def test_operations_find_for_a_worker_who_contests_a_score(session: Session, enter: Enter) -> None:
    worker = scored(session, right=10, wrong=10)
    seal_all(session)
    (decision,) = own_decisions(session, worker).data
    contest_decision(session, worker, decision.event_id, "The two others copied from each other.")
    browser = enter(make_staff(session, "operations"))
    page = browser.get("/console/contests").text
    assert "copied from each other" in page
    assert "50 of 100" in page
    assert "Let the score begin anew" in page
    person = public("person", worker.person)
    values = {"event": public("event", decision.event_id), "kind": "text_classification", "reason": " "}
    refused = browser.post(f"/console/contests/{person}/forget-score", values)
    assert refused.status_code == 422
    assert own_scores(session, worker) != []
    found = browser.post(f"/console/contests/{person}/forget-score", {**values, "reason": "They did copy."})
    assert found.status_code == 303
    assert own_scores(session, worker) == []
    assert "copied from each other" in browser.get("/console/contests").text, "it still waits for its answer in words"
