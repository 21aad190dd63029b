import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.console import home, reads
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.rails.freezing import freeze
from marketplace.rails.port import PayoutInstruction
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.models import Installment
from tests.builders.identity import make_organization, make_staff
from tests.builders.payouts import inside, make_due_chain, make_finance, sandbox
from tests.console.conftest import Enter


def test_a_run_is_prepared_by_one_approved_by_another_and_sent(session: Session, enter: Enter) -> None:
    make_due_chain(session, claims=2)
    finance = make_finance(session)
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    preparer.get("/console/payout-runs")
    made = preparer.post("/console/payout-runs", {"rail": "sandbox"})
    assert made.status_code == 303, made.text
    path = made.location
    page = preparer.get(path)
    assert "another person must approve it" in page.text
    assert preparer.post(f"{path}/approve").status_code == 422
    approver.get(path)
    assert approver.post(f"{path}/approve").status_code == 303
    assert approver.post(f"{path}/execute").status_code == 303
    session.expire_all()
    run = session.scalars(select(PayoutRun)).one()
    assert run.state in {"executing", "done"}
    assert session.scalars(select(Installment.state).where(Installment.payee_kind == "worker")).all().count("paid") == 2
    payout = session.scalars(select(Payout).where(Payout.payee_kind == "worker")).first()
    assert payout is not None
    detail = preparer.get(f"/console/payouts/{public('payout', payout.id)}")
    assert detail.status_code == 200
    assert "0.17" in detail.text
    assert "0.005" in detail.text  # what is left over is carried


def test_a_run_can_be_called_off(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    browser = enter(make_finance(session).preparer)
    browser.get("/console/payout-runs")
    path = browser.post("/console/payout-runs", {"rail": "sandbox"}).location
    browser.get(path)
    assert browser.post(f"{path}/cancel").status_code == 303
    session.expire_all()
    assert set(session.scalars(select(Installment.state))) >= {"due"}


def test_nothing_due_is_said_and_makes_no_run(session: Session, enter: Enter) -> None:
    browser = enter(make_finance(session).preparer)
    assert "No payout run yet" in browser.get("/console/payout-runs").text
    answer = browser.post("/console/payout-runs", {"rail": "sandbox"})
    assert answer.status_code == 422
    assert session.scalars(select(PayoutRun)).all() == []


def test_installments_are_shown_by_due_date(session: Session, enter: Enter) -> None:
    chain = make_due_chain(session)
    page = enter(make_finance(session).preparer).get("/console/installments").text
    assert "1 worker" in page
    assert "2 layers" in page
    own = enter(chain.layers[0][0]).get("/console/installments").text
    assert "worker" not in own.split("<main")[1].replace("workers first", "")
    assert "0.1275" in own


def test_installments_are_summed_for_a_stretch_of_days_which_leads_to_those_before_and_after(
    session: Session, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due_chain(session)
    monkeypatch.setattr(reads, "DAYS_SHOWN", 1)
    first, last = (
        session.scalars(select(Installment.due_on).distinct().order_by(Installment.due_on)).all()[place]
        for place in (0, -1)
    )
    browser = enter(make_finance(session).preparer)

    def shown(address: str) -> tuple[set[str], str]:
        page = browser.get(address).text
        table = page[page.index("<caption>") :].split("</table>")[0]
        return set(re.findall(r"<th scope=\"row\">(.*?)</th>", table)), page

    (earliest,), page = shown(f"/console/installments?from={first}")
    assert "Earlier days" not in page
    later = f"/console/installments?from={last}"
    assert f'href="{later}">Later days' in page
    (latest,), page = shown(later)
    assert latest != earliest
    assert "Later days" not in page
    assert f'href="/console/installments?from={first}">Earlier days' in page
    assert "Nothing falls due on these days" in browser.get("/console/installments?from=2999-01-01").text
    assert browser.get("/console/installments?from=soon").status_code == 422


def test_the_overview_counts_up_to_a_limit(session: Session, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    make_due_chain(session)
    browser = enter(make_finance(session).preparer)
    due = session.scalars(select(Installment.id).where(Installment.state == "due")).all()

    def said() -> str:
        return browser.get("/console").text.split("Installments due</span>")[1].split("</div>")[0]

    assert said().endswith(f">{len(due)}")
    monkeypatch.setattr(home, "COUNTED_MAX", len(due) - 1)
    assert said().endswith(f">{len(due) - 1}+")


def test_the_trial_balance_balances(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    page = enter(make_finance(session).preparer).get("/console/ledger").text
    assert "balanced" in page
    assert "not balanced" not in page
    assert "4010" in page


def test_reconciliation_shows_what_does_not_match(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    page = enter(make_finance(session).preparer).get("/console/reconciliation")
    assert page.status_code == 200
    assert "journal without a line" in page.text or "Everything matches" in page.text


def test_the_auditor_sees_the_money_and_moves_none(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    browser = enter(make_staff(session, "auditor"))
    for path in ("/console/installments", "/console/payout-runs", "/console/ledger", "/console/reconciliation"):
        assert browser.get(path).status_code == 200
    assert browser.post("/console/payout-runs", {"rail": "sandbox"}).status_code == 403


def test_finance_says_what_a_line_was_that_nothing_explained(session: Session, enter: Enter) -> None:
    rail, client = sandbox(session), make_organization(session, "client", name="Harbour Vision")
    rail.show("other", Money.parse("7.00", "CNY"), "x_1")
    for _ in range(2):
        reconcile(inside(session), {"sandbox": rail})
        session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    finance = make_finance(session)
    browser = enter(finance.preparer)
    assert "not explained, on 2900" in browser.get("/console/reconciliation").text
    (line_id,) = session.scalars(select(ExternalLine.id)).all()
    path = f"/console/reconciliation/{public('external_line', line_id)}/explain"
    told = {"as": public("organization", client.id), "reason": " "}
    assert "Say why" in browser.post(path, told).text
    browser.get("/console/reconciliation")
    assert browser.post(path, {**told, "reason": "their mail of today"}).status_code == 303
    (match_id,) = session.scalars(select(LineMatch.id)).all()
    approve = f"/console/reconciliation/matches/{public('line_match', match_id)}/approve"
    assert "Waits for a second person" in browser.get("/console/reconciliation").text
    assert "another person must agree" in browser.post(approve).text
    second = enter(finance.approver)
    second.get("/console/reconciliation")
    assert second.post(approve).status_code == 303
    page = second.get("/console/reconciliation").text
    assert "Everything matches" in page
    assert "100.00 %" in page, "all lines are explained"
    undo = f"/console/reconciliation/matches/{public('line_match', match_id)}/undo"
    assert "Say why" in second.post(undo, {"reason": " "}).text
    assert second.post(undo, {"reason": "it was another client's"}).status_code == 303
    assert "Undo:" in browser.get("/console/reconciliation").text
    browser.post(approve)
    assert "not explained, on 2900" in browser.get("/console/reconciliation").text
    owner = f"/console/reconciliation/{public('external_line', line_id)}/owner"
    assert browser.post(owner).status_code == 303
    assert finance.preparer.person == session.scalars(select(ExternalLine.owner_id)).one()


def test_finance_sees_that_payouts_are_frozen_and_why(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    browser = enter(make_finance(session).preparer)
    browser.get("/console/payout-runs")
    path = browser.post("/console/payout-runs", {"rail": "sandbox"}).location
    freeze(session, system_actor("tests"), "restored <at night>", None)
    for page in (browser.get("/console/payout-runs").text, browser.get(path).text):
        assert "Payouts are frozen: restored &lt;at night&gt;." in page
        assert f"{path}/cancel" not in page
    refused = browser.post("/console/payout-runs", {"rail": "sandbox"})
    assert refused.status_code == 422
    assert "Two people of finance let them be sent again" in refused.text


def test_one_of_finance_freezes_payouts_and_two_let_them_be_sent_again(session: Session, enter: Enter) -> None:
    make_due_chain(session)
    finance, page = make_finance(session), "/console/payout-freeze"
    one, other = enter(finance.preparer), enter(finance.approver)
    assert "Payouts may be sent." in one.get(page).text
    assert one.post(page, {"reason": "The bank called", "read_from": "yesterday"}).status_code == 422
    assert one.post(page, {"reason": " ", "read_from": ""}).status_code == 422
    late = one.post(page, {"reason": "The bank called", "read_from": "2099-01-01"})
    assert (late.status_code, 'id="e-read_from"' in late.text) == (422, True)
    assert re.search(r'<input id="f-read_from"[^>]* required', late.text) is None, "from the beginning unless given"
    assert one.post(page, {"reason": "The <bank> called", "read_from": ""}).status_code == 303
    assert "The &lt;bank&gt; called" in one.get(page).text
    assert one.post(f"{page}/lift").status_code == 422
    assert one.post(f"{page}/ask", {"reason": "It was nothing"}).status_code == 303
    assert f"{page}/lift" not in one.get(page).text
    assert one.post(f"{page}/lift").status_code == 422
    assert f"{page}/lift" in other.get(page).text
    assert other.post(f"{page}/lift").status_code == 303
    assert "Payouts may be sent." in other.get(page).text
    assert "Freeze payouts" in other.get("/console/payout-runs").text


def test_a_transfer_that_nothing_explains_is_shown_and_can_be_acknowledged(session: Session, enter: Enter) -> None:
    chain, finance, page = make_due_chain(session), make_finance(session), "/console/payout-freeze"
    sandbox(session).pay_out(PayoutInstruction(chain.job.id, 1, "acct_of_nobody", Money.parse("7.00", "CNY")))
    one, other = enter(finance.preparer), enter(finance.approver)
    one.get(page)
    assert one.post(page, {"reason": "The bank called", "read_from": ""}).status_code == 303
    assert one.post(f"{page}/ask", {"reason": "It was nothing"}).status_code == 303
    other.get(page)
    shown = other.post(f"{page}/lift")
    assert shown.status_code == 200
    assert "Payouts stay frozen" in shown.text
    (line,) = re.findall(r'name="line" value="(lin_[0-9a-z]+)"', shown.text)
    known = one.post(f"{page}/acknowledge", {"line": line, "reason": "Paid by hand"})
    assert known.status_code == 303, known.text
    assert line in one.get(page).text
    assert other.post(f"{page}/lift").status_code == 303
