"""Scenes of the tour: tax withheld from a worker is set, anew in vain, and paid; sales tax in fees is to be paid; the
platform's own money moves.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.invoicing.models import Invoice
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.treasury import put_in_capital
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.fee_invoicing import invoice_fees
from tests.builders.payouts import inside
from tests.builders.settlement import move_clock_to
from tests.client_api.story import Story, ok


def withhold(story: Story, valid_from: dt.date, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Proposed by one, approved by another; what was proposed."""
    payee = public("person", story.worker.person_id)
    wanted = {"payee_id": payee, "valid_from": valid_from.isoformat(), "lines": lines}
    proposed = ok(story.finance.post("/withholdings", wanted)).json
    assert story.finance.post(f"/withholdings/{proposed['id']}/approve").status_code == 403
    approved = ok(story.second_finance.post(f"/withholdings/{proposed['id']}/approve")).json
    assert (approved["state"], approved["lines"]) == ("approved", lines)
    ok(story.finance.get(f"/withholdings/{proposed['id']}"))
    return wanted


def tax_is_withheld(story: Story) -> None:
    """From next year on another rate, which changes nothing that is paid in the story."""
    year = market_now(story.session).year
    lines = [{"authority": "KE-KRA", "rate_ppm": 50_000}, {"authority": "KE-SHA", "rate_ppm": 27_500}]
    wanted = withhold(story, dt.date(year + 1, 1, 1), lines)
    another = ok(story.finance.post("/withholdings", {**wanted, "lines": []})).json
    ok(story.finance.post(f"/withholdings/{another['id']}/reject"))
    ok(story.finance.get("/withholdings?state=approved"))
    listed = ok(story.finance.get(f"/tax-years?year={year}")).json["data"]
    assert {line["payee_kind"] for line in listed if line["gross"] != line["net"]} == {"worker"}
    ok(story.upper.get(f"/tax-years?year={year}"))
    ok(story.program.get("/tax-years"))


def tax_goes_to_its_authority(story: Story, rail: SandboxRail) -> None:
    """Given up once, then paid by a line of the bank; and that it may be paid from the operating account."""
    session, finance = story.session, story.finance
    day = market_now(session).date()
    move_clock_to(session, day + dt.timedelta(days=1))
    wanted = {"authority": "KE-KRA", "currency": "CNY", "first": day.isoformat(), "last": day.isoformat()}
    given_up = ok(finance.post("/tax-remittances", wanted)).json
    ok(finance.post(f"/tax-remittances/{given_up['id']}/reject"))
    proposed = ok(finance.post("/tax-remittances", wanted)).json
    path = f"/tax-remittances/{proposed['id']}"
    assert finance.post(f"{path}/approve").status_code == 403
    ok(story.second_finance.post(f"{path}/approve"))
    (payee,) = ok(finance.get(f"{path}/payees")).json["data"]
    assert payee["withheld"] == proposed["amount"]
    assert finance.post(f"{path}/pay", {}).status_code == 422
    assert finance.post(f"{path}/pay", {"reference": "E2E-1"}).status_code == 409
    amount = Money.from_wire(proposed["amount"])
    put_in_capital(session, system_actor("tests"), amount)
    rail.show("other", -amount, "to KRA")
    reconcile(inside(session), {"sandbox": rail})
    (line,) = ok(finance.get("/external-lines?state=unmatched")).json["data"]
    assert ok(finance.post(f"{path}/pay", {"line_id": line["id"]})).json["state"] == "paid"
    ok(finance.get(path))
    ok(story.auditor.get("/tax-remittances?state=paid"))
    (year,) = ok(story.program.get("/tax-years")).json["data"]
    assert year["withheld"][0]["remitted"] == proposed["amount"]


def sales_tax_goes_to_its_authority(story: Story) -> None:
    """The months of the first fees are invoiced with tax inside, and that is proposed for its authority."""
    session, finance = story.session, story.finance
    rate = {"country": "CN", "authority": "CN-STA", "rate_ppm": 60_000, "valid_from": "2020-01-01"}
    ok(finance.post("/sales-tax-rates", rate))
    assert invoice_fees(inside(session)) >= 1
    months = sorted(month for month in session.scalars(select(Invoice.month)) if month)
    last = months_after(months[-1], 1) - dt.timedelta(days=1)
    period = {"first": months[0].isoformat(), "last": last.isoformat()}
    proposed = ok(
        finance.post("/tax-remittances", {"tax": "sales", "authority": "CN-STA", "currency": "CNY", **period})
    ).json
    documents = ok(finance.get(f"/tax-remittances/{proposed['id']}/documents")).json["data"]
    assert {one["month"] for one in documents} == {f"{month:%Y-%m}" for month in months}
    ok(finance.post(f"/tax-remittances/{proposed['id']}/reject"))


def own_money_is_moved(story: Story) -> None:
    """Capital put in and taken back before another agreed, then given to the guarantee fund by two."""
    finance, other = story.finance, story.second_finance
    amount = {"amount": "50.00", "currency": "CNY"}
    wanted = {"kind": "capital", "amount": amount, "reason": "What the owners put in."}
    proposed = ok(finance.post("/own-money-moves", wanted)).json
    path = f"/own-money-moves/{proposed['id']}"
    assert finance.post(f"{path}/approve").status_code == 403
    assert ok(other.post(f"{path}/approve")).json["done"] == amount
    assert finance.post("/own-money-moves", {"kind": "extra", "amount": amount, "reason": "Gone."}).status_code == 422
    again = ok(finance.post("/own-money-moves", wanted)).json
    assert ok(finance.post(f"/own-money-moves/{again['id']}/reject")).json["state"] == "rejected"
    ok(story.auditor.get(path))
    ok(story.auditor.get("/own-money-moves?state=done"))
