"""The page on which finance holds pay, and how others see it."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.ids import public
from marketplace.payouts.preparing import prepare_run
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_hold_models import PayHold
from tests.builders.payouts import make_due_chain, make_finance, payout_of
from tests.console.conftest import Enter


def test_finance_holds_a_worker_another_confirms_and_releases(session: Session, enter: Enter) -> None:
    chain, people = make_due_chain(session, claims=2, items=2, items_per_task=1), make_finance(session)
    worker = public("person", chain.workers[0].person)
    until = market_now(session).date() + dt.timedelta(days=20)
    preparer, approver = enter(people.preparer), enter(people.approver)
    assert "Nothing is held" in preparer.get("/console/pay-holds").text
    asked = {"of": worker, "reason": "Two accounts look alike.", "ends_on": until.isoformat()}
    assert "Say why" in preparer.post("/console/pay-holds", {**asked, "reason": " "}).text
    assert preparer.post("/console/pay-holds", asked).status_code == 303
    page = preparer.get("/console/pay-holds").text
    assert "Two accounts look alike." in page
    path = f"/console/pay-holds/{public('pay_hold', session.scalars(select(PayHold.id)).one())}"
    assert f"{path}/confirm" not in page
    assert f"{path}/confirm" in approver.get("/console/pay-holds").text
    assert "another person must confirm" in preparer.post(f"{path}/confirm").text
    assert approver.post(f"{path}/confirm").status_code == 303
    run = prepare_run(session, people.preparer, "sandbox")
    assert "what is held is left out" in preparer.get(f"/console/payout-runs/{public('payout_run', run.id)}").text
    assert preparer.post(f"{path}/release", {"release_reason": "A namesake."}).status_code == 303
    assert "A namesake." in preparer.get("/console/pay-holds").text
    assert "This hold is released" in preparer.post(f"{path}/release", {"release_reason": "Again."}).text


def test_finance_holds_a_payout_and_an_installment_from_their_pages(session: Session, enter: Enter) -> None:
    chain, people = make_due_chain(session), make_finance(session)
    run = prepare_run(session, people.preparer, "sandbox")
    payout = payout_of(session, run, chain.workers[0])
    browser = enter(people.approver)
    payout_id = public("payout", payout.id)
    assert f"/console/pay-holds?of={payout_id}" in browser.get(f"/console/payouts/{payout_id}").text
    assert f'value="{payout_id}"' in browser.get(f"/console/pay-holds?of={payout_id}").text
    assert browser.post("/console/pay-holds", {"of": payout_id, "reason": "Wait."}).status_code == 303
    session.refresh(payout)
    assert payout.state == "cancelled"
    assert "Finance holds pay of this payee" in browser.get(f"/console/payouts/{payout_id}").text
    layers = select(Installment.id).where(Installment.payee_kind == "layer", Installment.state == "scheduled")
    installment_id = public("installment", session.scalars(layers.limit(1)).one())
    assert f"/console/pay-holds?of={installment_id}" in browser.get("/console/installments").text
    assert browser.post("/console/pay-holds", {"of": installment_id, "reason": "Wait."}).status_code == 303
    assert "it is released" in browser.get("/console/pay-holds").text
