from sqlalchemy.orm import Session

from tests.builders.payouts import make_due_chain, make_finance
from tests.console.conftest import Enter


def test_finance_sees_what_falls_due_and_what_is_left(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    browser = enter(make_finance(session).preparer)
    page = browser.get("/console/cash-forecast?days=365").text
    for words in ("Cash forecast", "Left after workers", "0.175", "CNY", "Missing", '<svg class="chart"'):
        assert words in page
    assert browser.get("/console/cash-forecast?days=9999").status_code == 422
