import base64
import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.rails.methods import keep_destination
from marketplace.settlement.models import Installment
from marketplace.web.context import KEY
from tests.builders.payouts import execute, make_approved_run, make_finance, mature, sandbox
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program
from tests.workers_portal.test_proofs import seal_everything


@pytest.fixture
def paid(session: Session, worker: Actor) -> tuple[Chain, str, str]:
    """Three answers of the worker, earned in one month and half of them paid in a later one."""
    keep_destination(session, worker, "sandbox", f"acct_{worker.person.hex}")
    chain = make_chain(session, items=3)
    for _ in range(3):
        accept(session, chain, hand_in(session, chain, worker))
    earned = f"{market_now(session):%Y-%m}"
    mature(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    return chain, earned, f"{market_now(session):%Y-%m}"


def test_a_program_reads_its_statement_with_the_chain_of_every_answer(
    program: Program, paid: tuple[Chain, str, str]
) -> None:
    _, earned, settled = paid
    assert program.get("/statements").json == {"data": [settled, earned]}
    told = program.get(f"/statement?month={settled}").json
    (one,) = told["data"]
    assert told["month"] == settled
    assert one["sent"]["amount"] == "0.52"
    assert one["closing"]["due"]["amount"] == "0.005"
    lines = program.get(f"/statement-lines?month={earned}").json["data"]
    assert len(lines) == 3
    for line in lines:
        chain = line["price_chain"]
        total = sum(Money.from_wire(part["amount"]).amount for part in chain["parts"])
        assert total == Money.from_wire(chain["client_price"]).amount
    (payout,) = program.get(f"/statement-payouts?month={settled}").json["data"]
    assert payout["state"] == "settled"
    assert payout["rail_reference"]
    rows = program.get(f"/statement-installments?month={settled}").json["data"]
    assert [row["payout_id"] for row in rows] == [payout["id"]]


def test_a_month_that_is_none_is_refused_by_name(program: Program) -> None:
    for path in ("/statement?month=2027-13", "/statement", "/statement-lines?month=May"):
        answer = program.get(path)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/month"
    assert program.get("/statement?month=2027-01&year=2027").status_code == 400


def test_the_pages_show_a_month_and_its_lists(browser: Browser, paid: tuple[Chain, str, str]) -> None:
    _, earned, settled = paid
    months = browser.get("/work/statements").text
    assert f"/work/statements/{earned}" in months
    page = browser.get(f"/work/statements/{settled}").text
    for words in ("Fell due", "Sent by payout", "0.005"):
        assert words in page
    assert "of the client's" in browser.get(f"/work/statements/{earned}?part=answers").text
    assert "0.52" in browser.get(f"/work/statements/{settled}?part=payouts").text
    assert "paid" in browser.get(f"/work/statements/{settled}?part=installments").text.lower()
    assert browser.get("/work/statements/soon").status_code == 422


def test_the_file_has_every_line_and_its_sums_are_those_of_the_statement_and_names_the_log_s_head(
    session: Session, app: Flask, browser: Browser, paid: tuple[Chain, str, str]
) -> None:
    _, earned, _ = paid
    answer = browser.get(f"/work/statements/{earned}/file")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    def total(section: str) -> Money:
        money = [Money.parse(row["amount"], row["currency"]) for row in rows if row["section"] == section]
        return sum(money, Money.zero("CNY"))

    assert [row["what"] for row in rows if row["section"] == "log"] == [], "nothing is sealed yet"
    seal_everything(session, app)
    last = list(csv.DictReader(io.StringIO(browser.get(f"/work/statements/{earned}/file").text)))[-1]
    size, root = browser.get("/log/checkpoint").text.splitlines()[1:3]
    assert (last["section"], last["reference"]) == ("log", f"{size} {base64.b64decode(root).hex()}")

    assert total("answer") == total("movement") == total("closing") == Money.parse("1.05", "CNY")
    for row in rows:
        if row["section"] == "answer":
            parts = [Money.parse(row[name], "CNY") for name in ("fee", "margins_shown", "hidden", "pay")]
            assert sum(parts, Money.zero("CNY")) == Money.parse(row["client_price"], "CNY")


def test_what_waits_for_a_rail_s_minimum_is_told_on_the_page_and_to_programs(
    session: Session, app: Flask, worker: Actor, program: Program, browser: Browser
) -> None:
    keep_destination(session, worker, "sandbox", f"acct_{worker.person.hex}")
    chain = make_chain(session, items=1)
    accept(session, chain, hand_in(session, chain, worker))
    mature(session)
    assert program.get("/earnings").json["waiting"] == []
    context = app.extensions[KEY]
    minimums = {("sandbox", "CNY"): Money.parse("1", "CNY")}
    app.extensions[KEY] = replace(context, settings=replace(context.settings, payout_minimums=minimums))
    (one,) = program.get("/earnings").json["waiting"]
    assert (one["due"]["amount"], one["missing"]["amount"], one["rail"]) == ("0.175", "0.825", "sandbox")
    page = browser.get("/work/earnings").text
    assert "0.825" in page
    due_on = session.scalars(
        select(Installment.due_on).where(Installment.state == "due", Installment.payee_id == worker.person)
    ).one()
    assert one["paid_from"] == (due_on + dt.timedelta(days=60)).isoformat()
    assert "however little it is" in page
    assert "Nothing is taken off it" in page
