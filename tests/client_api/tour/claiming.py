"""A scene of the tour: a client's payment is charged back, lost and given up."""

from __future__ import annotations

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.lifecycle.chargebacks import settle_chargebacks
from marketplace.rails.models import Deposit
from marketplace.rails.port import Rails
from marketplace.reconciliation.matching import reconcile
from tests.builders.payouts import inside
from tests.client_api.conftest import Market
from tests.client_api.examples import money
from tests.client_api.story import Story, ok


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
