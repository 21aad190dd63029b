"""Scenes of the tour: a refund that no rail answered, a payment that is charged back, lost and given up, a worker's
bank that does not take what the rail paid on to it, and pay that finance holds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.lifecycle.chargebacks import settle_chargebacks
from marketplace.rails.bank_refusals import write_standing
from marketplace.rails.models import Deposit, Refund, RefundEvent
from marketplace.rails.onward import BankRefused, Standing
from marketplace.rails.port import Rails
from marketplace.rails.refunds import send_refund
from marketplace.reconciliation.matching import reconcile
from tests.builders.payouts import inside
from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import Story, ok


def a_refund_has_no_answer(market: Market, story: Story, rails: Rails) -> None:
    """Two people of finance say that it never reached the rail."""
    client, session, rail = market.caller(market.organization("client"), "requester"), story.session, rails["sandbox"]
    assert isinstance(rail, SandboxRail)
    paid_in = ok(client.post("/deposits", {"rail": "sandbox", "amount": money("10.00")})).json
    rail.script("refund", "unknown_before_executing")
    made = ok(client.post(f"/deposits/{paid_in['id']}/refunds", {"amount": money("5.00")})).json
    send_refund(inside(session), rails, parse("refund", made["id"]))
    refund = session.get_one(Refund, parse("refund", made["id"]), populate_existing=True)
    refund.first_asked_at = datetime.now(UTC) - timedelta(hours=25)
    session.add_all(
        RefundEvent(
            refund_id=refund.id, kind="not_found", attempt=1, real_at=datetime.now(UTC) - timedelta(hours=hours)
        )
        for hours in (2, 0)
    )
    session.flush()
    ok(story.finance.get("/unanswered-refunds"))
    for person in (story.finance, story.second_finance):
        ok(person.post(f"/refunds/{made['id']}/agree-absent"))


def a_payment_is_charged_back(market: Market, story: Story, rails: Rails) -> None:
    """The client has spent half of it by then."""
    client = market.caller(market.organization("client"), "requester")
    finance, session = story.finance, story.session
    rail = rails["sandbox"]
    assert isinstance(rail, SandboxRail)
    put_in_capital(session, system_actor("tests"), Money.parse("50", "CNY"))
    paid_in = ok(client.post("/deposits", {"rail": "sandbox", "amount": money("10.00")})).json
    ok(client.post(f"/deposits/{paid_in['id']}/refunds", {"amount": money("5.00")}))
    payment = session.get_one(Deposit, parse("deposit", paid_in["id"])).reference
    rail.dispute(payment or "", Money.parse("10", "CNY"), Money.parse("1", "CNY"))
    reconcile(inside(session), rails)
    (row,) = ok(client.get("/chargebacks?state=open")).json["data"]
    path = f"/chargebacks/{row['id']}"
    lost = ok(finance.post(f"{path}/declare-lost", {"reason": "The bank's letter of 3 March."})).json
    settle_chargebacks(inside(session))
    assert lost["state"] == "lost"
    ok(finance.post(f"{path}/write-off", {"reason": "The client is gone."}))
    assert ok(client.get(path)).json["owed"] == money("0.00")


def pay_is_held(story: Story) -> None:
    """By one for two weeks, which another confirms and then ends early; the worker reads why."""
    ends_on = (market_now(story.session).date() + timedelta(days=14)).isoformat()
    payee = public("person", story.worker.person_id)
    wanted = {"payee_id": payee, "reason": "Two accounts share a bank account.", "ends_on": ends_on}
    placed = ok(story.finance.post("/pay-holds", wanted)).json
    assert (placed["state"], placed["asked_until"]) == ("holding", ends_on)
    path = f"/pay-holds/{placed['id']}"
    (told,) = ok(story.program.get("/earnings")).json["holds"]
    assert (told["reason"], told["ends_on"]) == (wanted["reason"], placed["ends_on"])
    assert ok(story.second_finance.post(f"{path}/confirm")).json["ends_on"] == ends_on
    released = ok(story.second_finance.post(f"{path}/release", {"reason": "A couple with one account."})).json
    assert released["state"] == "released"
    assert ok(story.finance.get(path)).json == released
    (row,) = ok(story.finance.get("/pay-holds?state=released")).json["data"]
    assert row["id"] == placed["id"]
    assert ok(story.program.get("/earnings")).json["holds"] == []


def a_bank_refuses(story: Story) -> None:
    """The worker, who has no account at a rail that pays on, is lent one; in the end another bank account works."""
    payee, place = story.worker.person_id, f"acct_{story.worker.person_id.hex[:8]}"
    amount = Money.parse("0.17", "CNY")
    refused = BankRefused("po_1", amount, "account_closed", "ba_1", datetime.now(UTC) - timedelta(days=4))
    write_standing(story.session, payee, "sandbox", place, Standing(False, frozenset({"ba_1"}), (refused,)))
    (row,) = ok(story.finance.get("/bank-refusals?state=open")).json["data"]
    assert (row["amount"], row["code"]) == (money("0.17"), "account_closed")
    (method,) = ok(story.program.get("/payout-methods")).json["data"]
    assert [one["code"] for one in method["bank_refused"]] == ["account_closed"]
    write_standing(story.session, payee, "sandbox", place, Standing(True, frozenset({"ba_2"})))
    assert ok(story.program.get("/payout-methods")).json["data"][0]["bank_refused"] == []
