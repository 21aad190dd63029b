"""The page of a job's examples and practice items: the client adds and takes away, others of the job look."""

import json

from sqlalchemy.orm import Session

from marketplace.jobs.practice import practice_of
from marketplace.kernel.ids import public
from tests.builders.practice import make_practice
from tests.builders.work import make_market
from tests.console.conftest import Enter


def test_a_client_adds_an_example_and_takes_it_away(session: Session, enter: Enter) -> None:
    market = make_market(session)
    browser = enter(market.requester)
    path = f"/console/jobs/{public('job', market.job.id)}"
    assert f"{path}/practice" in browser.get(path).text
    assert "No examples and no practice items" in browser.get(f"{path}/practice").text
    row = {
        "external_id": "p-1",
        "content": json.dumps({"text": "A waste."}),
        "expected": json.dumps({"label": "bad"}),
        "explanation": "Nothing good is said of it.",
        "is_example": "true",
    }
    assert browser.post(f"{path}/practice", row).status_code == 303
    page = browser.get(f"{path}/practice").text
    for words in ("A waste.", "Nothing good is said of it.", '<span class="chip">example</span>'):
        assert words in page
    (item,) = practice_of(session, market.job.id)
    assert browser.post(f"{path}/practice/{public('item', item.id)}/remove").status_code == 303
    assert practice_of(session, market.job.id) == []


def test_what_cannot_be_read_or_is_no_answer_is_said_at_its_field(session: Session, enter: Enter) -> None:
    market = make_market(session)
    browser = enter(market.requester)
    path = f"/console/jobs/{public('job', market.job.id)}/practice"
    browser.get(path)
    row = {"external_id": "p-1", "content": '{"text": "A waste."}', "expected": "bad"}
    refused = browser.post(path, row)
    assert (refused.status_code, 'id="e-expected">This takes a JSON object.' in refused.text) == (422, True)
    assert "A waste." in refused.text, "what was written stays"
    refused = browser.post(path, {**row, "expected": '{"label": "dull"}'})
    assert refused.status_code == 422
    assert "class" in refused.text
    assert practice_of(session, market.job.id) == []


def test_a_reviewer_reads_them_and_changes_none(session: Session, enter: Enter) -> None:
    market = make_market(session)
    make_practice(session, market)
    path = f"/console/jobs/{public('job', market.job.id)}/practice"
    browser = enter(market.reviewer)
    page = browser.get(path).text
    assert "What a waste of an evening, p-1." in page
    assert "Add one" not in page
    assert "Take away" not in page
    assert browser.post(path, {"external_id": "p-2"}).status_code == 403
