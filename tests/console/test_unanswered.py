"""The page of what rails did not answer."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import RefundEvent
from marketplace.rails.refunds import order_refund, send_refund
from tests.builders.identity import make_member, make_organization
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, payout_of, sandbox
from tests.console.conftest import Enter
from tests.rails.test_refunds import cny


def test_payouts_and_refunds_without_an_answer_stand_on_one_page(session: Session, enter: Enter) -> None:
    chain, people, rail = make_due_chain(session), make_finance(session), sandbox(session)
    run = make_approved_run(session, people)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, people, rail, run)
    client = make_member(session, make_organization(session, "client"), "requester")
    deposit = start_deposit(session, client, "sandbox", cny("900"))
    collect(inside(session), {"sandbox": rail}, deposit.id)
    rail.script("refund", "unknown_before_executing")
    refund = order_refund(session, client, deposit.id, cny("100"))
    send_refund(inside(session), {"sandbox": rail}, refund.id)
    session.execute(text("UPDATE refund SET first_asked_at = first_asked_at - interval '24 hours'"))
    session.expire_all()
    first, second = enter(people.preparer), enter(people.approver)

    page = first.get("/console/unanswered").text
    assert f'/console/payouts/{public("payout", payout_of(session, run, chain.workers[0]).id)}"' in page
    path = f"/console/refunds/{public('refund', refund.id)}/agree-absent"
    assert "Two looks at the rail" in page
    assert first.post(path).status_code == 422

    now = dt.datetime.now(dt.UTC)
    session.add_all(
        RefundEvent(refund_id=refund.id, kind="not_found", attempt=1, real_at=now - dt.timedelta(hours=hours))
        for hours in (2, 0)
    )
    session.flush()
    assert f'action="{path}"' in first.get("/console/unanswered").text
    assert first.post(path).status_code == 303
    assert "another person must agree" in first.get("/console/unanswered").text
    second.get("/console/unanswered")
    assert second.post(path).status_code == 303
    session.expire_all()
    assert (refund.attempt, refund.first_asked_at) == (2, None)
    assert "Every refund has its answer" in second.get("/console/unanswered").text
