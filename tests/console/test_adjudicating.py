from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.models import Item
from marketplace.kernel.ids import public
from marketplace.work.overlap_models import Adjudication
from tests.builders.settlement import another
from tests.console.conftest import Enter
from tests.work.test_adjudicating import by_layers


def test_a_reviewer_of_the_client_chooses_one_of_the_answers(session: Session, enter: Enter) -> None:
    chain, _ = by_layers(session)
    browser = enter(another(session, chain.client, "reviewer"))
    queue = browser.get("/console/adjudications")
    path = f"/console/adjudications/{public('item', session.scalars(select(Item.id)).one())}"
    assert path in queue.text
    page = browser.get(path)
    assert page.text.count('type="radio" name="answer"') == 3
    assert "checked" not in page.text
    assert browser.post(path, {"reason": "It has two doors."}).status_code == 422
    given = {"answer": "own", "own-label": "bus", "reason": "It has two doors."}
    assert browser.post(path, given).status_code == 303
    [decided] = session.scalars(select(Adjudication)).all()
    assert (decided.content, decided.answer_id, decided.reason) == ({"label": "bus"}, None, "It has two doors.")
    assert "Nothing to decide" in browser.get("/console/adjudications").text


def test_an_own_answer_that_is_none_is_said_so_and_nothing_typed_is_lost(session: Session, enter: Enter) -> None:
    chain, _ = by_layers(session)
    browser = enter(another(session, chain.client, "reviewer"))
    path = f"/console/adjudications/{public('item', session.scalars(select(Item.id)).one())}"
    browser.get(path)
    refused = browser.post(path, {"answer": "own", "own-label": "", "reason": "A long thought."})
    assert refused.status_code == 422
    assert "A long thought." in refused.text
    assert session.scalars(select(Adjudication)).all() == []
