"""Pages: what was paid in, what of it a client takes back, and what the platform's people see of that."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.rails.models import Deposit, Refund
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.jobs import make_open_job, text_rows
from tests.builders.web import Browser
from tests.console.conftest import Enter


def make_client(session: Session, name: str) -> Actor:
    return make_member(session, make_organization(session, "client", name=name), "requester")


def pay_in(session: Session, browser: Browser, client: Actor, amount: str) -> Deposit:
    browser.get("/console/money")
    paid = browser.post("/console/money", {"rail": "sandbox", "amount": amount, "currency": "CNY"})
    assert paid.status_code == 303
    return session.scalars(select(Deposit).where(Deposit.organization_id == client.organization)).one()


def test_a_client_takes_back_what_no_job_holds_and_no_more(session: Session, enter: Enter) -> None:
    client = make_client(session, "First Client")
    browser = enter(client)
    path = f"/console/deposits/{public('deposit', pay_in(session, browser, client, '12.50').id)}"
    assert path in browser.get("/console/money").text
    shown = browser.get(path).text
    assert "At most" in shown
    assert "Nothing went back" in shown
    for wrong, said in (("12.51", "can, in whole minor units"), ("12,5", 'aria-invalid="true"')):
        refused = browser.post(f"{path}/refunds", {"amount": wrong})
        assert refused.status_code == 422
        assert said in refused.text
        assert f'value="{wrong}"' in refused.text
    assert browser.post(f"{path}/refunds", {"amount": "2.25"}).status_code == 303
    (refund,) = session.scalars(select(Refund))
    assert (refund.state, refund.money) == ("pending", Money.parse("2.25", "CNY"))
    shown = browser.get(path).text
    assert "10.25" in shown, "what is left of it"
    assert "What went back" in shown
    assert browser.post(f"{path}/refunds", {"amount": "10.25"}).status_code == 303
    assert "Nothing of this deposit can go back now" in browser.get(path).text


def test_what_a_job_holds_does_not_go_back(session: Session, enter: Enter) -> None:
    client = make_client(session, "First Client")
    browser = enter(client)
    path = f"/console/deposits/{public('deposit', pay_in(session, browser, client, '5.00').id)}"
    job, _root = make_open_job(session, client, rows=text_rows(2))
    browser.get(f"/console/jobs/{public('job', job.id)}")
    fund = browser.post(f"/console/jobs/{public('job', job.id)}/fund", {"amount": "4.00"})
    assert fund.status_code == 303
    assert browser.post(f"{path}/refunds", {"amount": "5.00"}).status_code == 422
    assert list(session.scalars(select(Refund))) == []


def test_another_client_finds_neither_the_deposit_nor_its_form(session: Session, enter: Enter) -> None:
    client = make_client(session, "First Client")
    deposit_id = public("deposit", pay_in(session, enter(client), client, "12.50").id)
    other = enter(make_client(session, "Second Client"))
    other.get("/console/money")
    assert deposit_id not in other.get("/console/money").text
    assert other.get(f"/console/deposits/{deposit_id}").status_code == 404
    assert other.post(f"/console/deposits/{deposit_id}/refunds", {"amount": "1.00"}).status_code == 404


def test_finance_and_auditors_read_everybodys_and_change_nothing(session: Session, enter: Enter) -> None:
    first, second = make_client(session, "First Client"), make_client(session, "Second Client")
    browsers = {one.organization: enter(one) for one in (first, second)}
    path = f"/console/deposits/{public('deposit', pay_in(session, browsers[first.organization], first, '12.50').id)}"
    pay_in(session, browsers[second.organization], second, "3.00")
    for role in ("finance", "auditor"):
        staff = enter(make_staff(session, role))
        shown = staff.get("/console/money").text
        assert "First Client" in shown
        assert "Second Client" in shown
        assert "<h2>Pay in" not in shown
        assert "12.50" in staff.get(path).text
        assert "Take it back" not in staff.get(path).text
        assert staff.post(f"{path}/refunds", {"amount": "1.00"}).status_code == 403
