from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.treasury import put_in_capital
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from tests.builders.identity import make_member, make_organization
from tests.builders.payouts import inside, make_finance, sandbox
from tests.console.conftest import Enter


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


def paid_in(session: Session, rail: SandboxRail, client: Actor) -> Deposit:
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    return collect(inside(session), {"sandbox": rail}, ordered.id)


def test_finance_ends_a_chargeback_and_the_client_sees_its_own(session: Session, enter: Enter) -> None:
    rail, finance = sandbox(session), make_finance(session)
    client = make_member(session, make_organization(session, "client", name="Harbour Vision"), "requester")
    other = make_member(session, make_organization(session, "client"), "requester")
    deposit = paid_in(session, rail, client)
    put_in_capital(session, system_actor("tests"), cny("1000"))
    order_refund(session, client, deposit.id, cny("600"))
    rail.dispute(deposit.reference or "", cny("900"), cny("15"))
    reconcile(inside(session), {"sandbox": rail})
    browser, theirs = enter(finance.preparer), enter(client)

    page = browser.get("/console/chargebacks").text
    for shown in ("Harbour Vision", "900.00", "Put in by the platform", "600.00"):
        assert shown in page
    own = theirs.get("/console/chargebacks").text
    assert "Kept for it" in own
    assert "Put in by the platform" not in own
    assert "Nothing was charged back" in enter(other).get("/console/chargebacks").text
    label = public("chargeback", session.scalars(select(Chargeback.id)).one())
    path = f"/console/chargebacks/{label}"
    assert theirs.post(f"{path}/declare-lost", {"reason": "mine"}).status_code == 403
    assert "Say why" in browser.post(f"{path}/declare-lost", {"reason": " "}).text
    browser.get("/console/chargebacks")
    assert browser.post(f"{path}/declare-lost", {"reason": "The bank's letter."}).status_code == 303
    assert "Write off what is owed" in browser.get("/console/chargebacks").text
    assert browser.post(f"{path}/write-off", {"reason": "They are gone."}).status_code == 303
    assert "Write off what is owed" not in browser.get("/console/chargebacks").text


def test_finance_says_that_a_line_was_a_refund_by_hand(session: Session, enter: Enter) -> None:
    rail = sandbox(session)
    client = make_member(session, make_organization(session, "client"), "requester")
    deposit = paid_in(session, rail, client)
    rail.show("refund", cny("-100"), "re_by_hand")
    for _ in range(2):
        reconcile(inside(session), {"sandbox": rail})
        session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    finance = make_finance(session)
    browser = enter(finance.preparer)
    assert "a refund of a deposit" in browser.get("/console/reconciliation").text
    line_id = session.scalars(select(ExternalLine.id).where(ExternalLine.kind == "refund")).one()
    path = f"/console/reconciliation/{public('external_line', line_id)}/explain"
    told = {"as": "refund", "reason": "by telephone", "deposit": ""}
    assert "Say which deposit" in browser.post(path, told).text
    browser.get("/console/reconciliation")
    assert browser.post(path, {**told, "deposit": public("deposit", deposit.id)}).status_code == 303
    match = public("line_match", session.scalars(select(LineMatch.id)).one())
    second = enter(finance.approver)
    second.get("/console/reconciliation")
    assert second.post(f"/console/reconciliation/matches/{match}/approve").status_code == 303
    assert "Everything matches" in browser.get("/console/reconciliation").text
