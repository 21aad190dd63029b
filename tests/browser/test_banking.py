"""Finance at the bank, in the browser: a file downloaded, a statement uploaded, and the payout is settled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import BROWSER
from tests.browser.looking import look
from tests.browser.market import BOXES, Market, true_answer
from tests.browser.tabs import Tabs, reload_until, told
from tests.end_to_end.service import Caller, Visitor, serving
from tests.gateways.bank.imitation import HOLDER, OURS, imitation
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
