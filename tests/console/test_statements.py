from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from tests.builders.payouts import make_due_chain
from tests.console.conftest import Enter


def test_a_layer_reads_its_own_months_on_a_page_and_as_a_file(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session)
    manager, _ = chain.layers[1]
    browser = enter(manager)
    month = f"{market_now(session):%Y-%m}"
    assert f"/console/statements/{month}" in browser.get("/console/statements").text
    page = browser.get(f"/console/statements/{month}?part=installments").text
    assert "Fell due" in page
    assert "0.125" in page
    answer = browser.get(f"/console/statements/{month}/file")
    assert answer.mimetype == "text/csv"
    assert "0.125" in answer.text
    assert "0.175" not in answer.text  # the worker's


def test_reviewers_of_a_layer_see_no_statements(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session)
    assert enter(chain.reviewer).get("/console/statements").status_code == 403
