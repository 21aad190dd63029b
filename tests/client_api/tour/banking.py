"""The tour's scene at the bank: files out, statements and a report in, and a payment that the bank executed late."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import delete, func, select

from marketplace.db.clock import market_now
from marketplace.gateways.bank.rail import BankRail
from marketplace.identity.authentication import actor_for_key
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.models import Installment
from marketplace.web.context import KEY
from tests.builders.payees import move_to
from tests.builders.payouts import inside
from tests.builders.settlement import move_clock_to
from tests.client_api.conftest import Answer, Market
from tests.client_api.story import Story, ok
from tests.gateways.bank.imitation import OURS, ImitationBank, imitation


def the_bank_pays(market: Market, story: Story) -> None:
    """The worker is paid by bank: not executed, as it seems, and then after all."""
    rail = BankRail(inside(story.session), {"CNY": OURS["CNY"]}, trial=True)
    context = market.app.extensions[KEY]
    market.app.extensions[KEY] = replace(context, rails={**context.rails, "bank": rail})
    worker = actor_for_key(story.session, story.worker.secret)
    move_to(story.session, worker, rail.clean_account("Wanjiku Kamau / GB82 WEST 12345698765432"), rail="bank")
    _more_is_due(story)
    finance, second, bank, today = story.finance, story.second_finance, imitation(), _today(story)
    run = ok(finance.post("/payout-runs", {"rail": "bank"})).json["id"]
    ok(second.post(f"/payout-runs/{run}/approve"))
    ok(second.post(f"/payout-runs/{run}/execute"))
    ok(finance.get("/bank-status"))
    (made,) = ok(finance.post("/bank-files")).json["data"]
    file = ok(finance.get(f"/bank-files/{made['id']}")).json["content"].encode()
    ok(finance.get("/bank-files"))
    ok(finance.post("/bank-reports", _document(bank.report(file, "ACTC"))))
    _statement(story, bank, today - timedelta(days=1))
    bank.execute(file)
    late, bank.lines = bank.lines, []
    _statement(story, bank, today + timedelta(days=3))
    (payout,) = ok(finance.get(f"/payouts?run_id={run}")).json["data"]
    for person in (finance, second):
        refused = ok(person.post(f"/payouts/{payout['id']}/not-executed")).json
    assert (refused["state"], refused["refusal_code"]) == ("refused", "not_executed_by_bank")
    bank.lines = late
    _statement(story, bank, today + timedelta(days=4))
    assert ok(second.post(f"/payouts/{payout['id']}/came-late")).json["state"] == "sent"
    _statement(story, bank, today + timedelta(days=5))
    assert ok(finance.get(f"/payouts/{payout['id']}")).json["state"] == "reconciled"
    ok(finance.get("/bank-statements"))
    layout = {"name": "Our bank", "currency": "CNY", "date": "Date", "date_form": "YYYY-MM-DD", "amount": "Amount"}
    ok(finance.post("/bank-csv-layouts", {**layout, "balance": "Balance", "text": ["Details"]}))
    ok(finance.get("/bank-csv-layouts"))
    market.app.extensions[KEY] = context
    story.session.execute(delete(PayoutDestination).where(PayoutDestination.rail == "bank"))


def _more_is_due(story: Story) -> None:
    worker_s = (Installment.payee_id == story.worker.person_id, Installment.state == "scheduled")
    due_on = story.session.scalars(select(func.min(Installment.due_on)).where(*worker_s)).one()
    assert due_on is not None
    move_clock_to(story.session, due_on)
    assert fall_due(story.session, 1000)


def _statement(story: Story, bank: ImitationBank, day: date) -> Answer:
    bank.receive("1.00", f"interest {day}")
    return ok(story.finance.post("/bank-statements", _document(bank.camt(day))))


def _document(data: bytes) -> dict[str, str]:
    return {"content_base64": base64.b64encode(data).decode()}


def _today(story: Story) -> date:
    return market_now(story.session).date()
