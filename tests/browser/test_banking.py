"""Finance at the bank, in the browser: a file downloaded, a statement uploaded, and the payout is settled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from marketplace.kernel.money import Money
from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import BOXES, Market, true_answer
from tests.browser.tabs import Tabs, reload_until, told
from tests.end_to_end.service import Caller, Visitor, serving
from tests.gateways.bank.imitation import HOLDER, OURS, ImitationBank, Line, imitation
from tests.server import Server

pytestmark = BROWSER
WORKER: Final = "amara@people.example"


@pytest.fixture
def banking(browser: Browser, server: Server, tmp_path: Path) -> Iterator[tuple[Market, Tabs]]:
    """A demo market of its own that pays by bank."""
    account = OURS["CNY"]
    settings = {
        "BANK_ACCOUNTS": f"CNY:{account.number}:{account.bic}",
        "BANK_HOLDER": HOLDER,
        "BANK_TRIAL": "1",
        "RECONCILIATION_ALONE_MAX": "0.02 CNY",
    }
    with serving(server, tmp_path, demo=True, **settings) as service:
        market = Market(service)
        market.wait_until_open()
        tabs = Tabs(browser, market)
        yield market, tabs
        tabs.close()
        assert not tabs.troubles, told(tabs.troubles)


def somebody_earned(market: Market) -> None:
    """A new worker who is paid by bank has done a task, and it is due."""
    visitor = Visitor(market.service)
    visitor.sign_up("worker", WORKER, name="Amara Otieno", country="KE", languages=["en"], adult="yes")
    account = {"rail": "bank", "destination": "Amara Otieno / GB82 WEST 12345698765432"}
    visitor.submit("/work/payout-method", account, "/work/payout-method")
    worker = Caller(market.service, visitor.make_key("/work/keys", "/work/keys", {"name": "test"}))
    batch = next(row for row in worker.every("/worker/v1/tasks") if row["title"].startswith(BOXES))
    claim = worker.post("/worker/v1/claims", {"batch_id": batch["id"]})
    answers = {item["id"]: true_answer(item["external_id"]) for item in claim["items"]}
    worker.post(f"/worker/v1/claims/{claim['id']}/submit", {"attempt": claim["attempt"], "answers": answers})
    market.decide("reviewer", claim["id"], [{"verdict": "accept"}] * len(claim["items"]))
    while not any(row["state"] == "due" for row in worker.every("/worker/v1/installments")):
        market.service.command("clock", "advance", "--to-next-due")


def a_run_is_sent(first: Page, second: Page) -> str:
    first.goto("/console/payout-runs")
    first.get_by_label("Rail").select_option("bank")
    first.get_by_role("button", name="Prepare").click()
    expect(first.get_by_role("status")).to_contain_text("Another person must approve it")
    path = "/" + first.url.split("/", 3)[3]
    second.goto(path)
    second.get_by_role("button", name="Approve").click()
    second.get_by_role("button", name="Execute").click()
    expect(second.get_by_role("status")).to_contain_text("Sent")
    return path


def test_a_payout_goes_out_by_a_file_and_is_settled_by_a_statement(
    banking: tuple[Market, Tabs], tmp_path: Path
) -> None:
    market, tabs = banking
    somebody_earned(market)
    first, second = tabs.open("finance_1"), tabs.open("finance_2")
    run = a_run_is_sent(first, second)
    first.goto("/console")
    first.get_by_role("navigation", name="Main").get_by_text("Paying out").click()
    first.get_by_role("link", name="Bank", exact=True).click()
    expect(first.get_by_text("1 payment,")).to_be_visible()
    faults = look(first, "finance with payments that wait for the bank")

    first.get_by_role("button", name="Make payment files").click()
    expect(first.get_by_role("status")).to_contain_text("Made: 1")
    with first.expect_download() as waited:
        first.get_by_role("link", name=re.compile("^TEST-")).click()
    file = tmp_path / waited.value.suggested_filename
    waited.value.save_as(file)
    bank = imitation()
    (paid,) = bank.execute(file.read_bytes())
    assert paid.startswith("PO-")
    statement = tmp_path / "statement.xml"
    today = re.findall(r"\d{4}-\d\d-\d\d", market.service.command("clock", "show"))[0]
    statement.write_bytes(bank.camt(dt.date.fromisoformat(today)))

    first.get_by_label("File").first.set_input_files(file)
    first.get_by_role("button", name="Import", exact=True).click()
    expect(first.get_by_role("alert")).to_contain_text("none of camt.053")
    first.get_by_label("File").first.set_input_files(statement)
    first.get_by_role("button", name="Import", exact=True).click()
    expect(first.get_by_role("row", name=re.compile("S-1.*1 transfer"))).to_be_visible()
    faults += look(first, "finance who imported a statement")
    first.get_by_label("File").first.set_input_files(statement)
    first.get_by_role("button", name="Import", exact=True).click()
    expect(first.get_by_text("imported before, nothing changed")).to_be_visible()

    first.goto(run)
    reload_until(first.get_by_role("heading", name=re.compile("Payout run done")))
    first.get_by_role("link", name="Amara Otieno").click()
    reload_until(first.get_by_role("heading", name=re.compile("Amara Otieno reconciled")))
    assert not faults, told(faults)


def test_a_day_of_finance_from_a_line_without_a_reference_to_the_closed_month(
    banking: tuple[Market, Tabs], tmp_path: Path
) -> None:
    market, tabs = banking
    somebody_earned(market)
    bank, first, second = imitation(), tabs.open("finance_1"), tabs.open("finance_2")
    bank.receive("500.00", "who knows")
    bank.lines.append(Line(Money.parse("-0.02", "CNY", negative=True), text="something small"))
    bring(market, first, bank, tmp_path)
    first.goto("/console/reconciliation")
    reload_until(open_line(first, "500.00").get_by_text("line without a journal"))
    faults = look(first, "finance with lines that nothing explains")
    a_day_passes(market, first, "500.00")
    expect(open_line(first, "500.00")).to_contain_text("it names nothing that we know")
    first.get_by_role("button", name="Look after it").click()
    expect(first.get_by_role("status")).to_contain_text("yours to explain")
    expect(first.get_by_role("button", name="Look after it")).to_have_count(0)

    say_what_it_was(first, "0.02", "fee", "Their letter of today.")
    expect(first.get_by_role("status")).to_contain_text("Kept.")
    say_what_it_was(first, "500.00", None, "Their mail of today.")
    expect(first.get_by_role("status")).to_contain_text("another person must agree")
    expect(first.get_by_role("button", name="Agree")).to_have_count(0)
    another_agrees(second)
    expect(open_line(second, "500.00")).to_have_count(0)
    first.goto("/console/reconciliation")
    first.get_by_role("row", name="a client's deposit").locator("xpath=following-sibling::tr[1]").locator(
        "summary"
    ).click()
    undoing = first.get_by_role("row").filter(has=first.get_by_role("button", name="Undo"), visible=True)
    undoing.get_by_label("Why").fill("It was somebody else's.")
    undoing.get_by_role("button", name="Undo").click()
    expect(first.get_by_role("status")).to_contain_text("Another person must agree")
    faults += look(first, "finance who asked to undo a match")
    another_agrees(second)
    expect(open_line(second, "500.00")).to_contain_text("on 2900")

    run = a_run_is_sent(first, second)
    first.goto("/console/bank")
    first.get_by_role("button", name="Make payment files").click()
    with first.expect_download() as waited:
        first.get_by_role("link", name=re.compile("^TEST-")).click()
    bank.execute(waited.value.path().read_bytes())
    (paid,) = bank.lines
    paid.end_to_end, paid.iban, paid.name = "", "", ""
    amount = paid.amount.text().removeprefix("-")
    bring(market, first, bank, tmp_path)
    a_day_passes(market, first, amount)
    first.goto(run)
    payout = first.get_by_role("link", name="Amara Otieno").get_attribute("href") or ""
    first.goto("/console/reconciliation")
    say_what_it_was(first, amount, "payouts", "The only order of that day.", payout.rpartition("/")[2])
    expect(first.get_by_role("status")).to_contain_text("another person must agree")
    another_agrees(second)
    first.goto(run)
    reload_until(first.get_by_role("heading", name=re.compile("Payout run done")))
    close_a_month(first, second)
    assert not faults, told(faults)


def bring(market: Market, page: Page, bank: ImitationBank, folder: Path) -> None:
    """Import what the bank has to tell of today."""
    today = re.findall(r"\d{4}-\d\d-\d\d", market.service.command("clock", "show"))[0]
    statement = folder / f"statement-{bank.number}.xml"
    statement.write_bytes(bank.camt(dt.date.fromisoformat(today)))
    page.goto("/console/bank")
    page.get_by_label("File").first.set_input_files(statement)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("row", name=re.compile(f"S-{bank.number}.*other"))).to_be_visible()


def open_line(page: Page, amount: str) -> Locator:
    """The row of a line that nothing explains."""
    return page.get_by_role("table", name="What does not match").locator("tr:has(th)").filter(has_text=amount)


def a_day_passes(market: Market, page: Page, amount: str) -> None:
    """Lines of the bank have waited for a day by real time, and the next tick sets them aside."""
    with psycopg.connect(market.service.environment["DATABASE_OWNER_URL"]) as connection:
        connection.execute("UPDATE external_line SET imported_at = imported_at - interval '24 hours'")
    page.goto("/console/reconciliation")
    reload_until(open_line(page, amount).get_by_text("not explained, on 2900"))


def say_what_it_was(page: Page, amount: str, kind: str | None, reason: str, payouts: str = "") -> None:
    """Fill in the form below a line; `kind` None leaves the first choice."""
    form = open_line(page, amount).locator("xpath=following-sibling::tr[1]")
    if kind is not None:
        form.get_by_label("It was").select_option(kind)
    if payouts:
        form.get_by_label("Which payouts").fill(payouts)
    form.get_by_label("Why").fill(reason)
    form.get_by_role("button", name="Keep").click()


def another_agrees(page: Page) -> None:
    page.goto("/console/reconciliation")
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_role("status")).to_contain_text("Booked.")


def close_a_month(first: Page, second: Page) -> None:
    """One proposes, the other approves."""
    first.goto("/console/periods")
    month = first.get_by_role("row").filter(has=first.locator(".chip.waiting")).first.get_by_role("link").inner_text()
    first.get_by_role("link", name=month).click()
    first.get_by_role("button", name="Propose to close it").click()
    expect(first.get_by_role("status")).to_contain_text("Another person must approve it")
    second.goto(f"/console/periods/{month}")
    second.get_by_role("button", name="Approve and close the month").click()
    expect(second.get_by_role("status")).to_contain_text("Nothing is recorded any more")
