import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.bank_models import BankStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.rails.port import Rails
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.open_matters import OpenMatter, open_matters
from tests.builders.identity import make_staff
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, sandbox
from tests.gateways.bank.imitation import OURS


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def reader(session: Session) -> Actor:
    return make_staff(session, "auditor")


def month_of(session: Session) -> dt.date:
    return market_now(session).date().replace(day=1)


def told(session: Session, reader: Actor, month: dt.date, rails: Rails | None = None) -> dict[str, OpenMatter]:
    return {one.kind: one for one in open_matters(session, reader, month, rails or {})}


def test_lines_that_nothing_explains_are_open_from_their_month_on(session: Session, reader: Actor) -> None:
    month = month_of(session)
    at = dt.datetime.combine(month, dt.time(12), dt.UTC)
    for number, amount in enumerate((cny("5.00"), -cny("2.00"))):
        line = ExternalLine(
            rail="sandbox",
            external_id=f"line {number}",
            kind="unknown",
            amount=amount.amount,
            currency="CNY",
            occurred_at=at,
            reference="?",
        )
        session.add(line)
    session.flush()
    assert told(session, reader, month) == {"line_unmatched": OpenMatter("line_unmatched", 2, (cny("3.00"),))}
    assert told(session, reader, (month - dt.timedelta(days=1)).replace(day=1)) == {}


def test_runs_and_payouts_that_are_not_over_are_open(session: Session, reader: Actor) -> None:
    make_due_chain(session)
    finance, rail = make_finance(session), sandbox(session)
    month = month_of(session)
    rail.script("pay_out", "refuse")
    run = make_approved_run(session, finance)
    assert told(session, reader, month)["run_open"].count == 1
    execute(session, finance, rail, run)
    found = told(session, reader, month)
    assert found["payout_refused"].count == 1
    assert found["run_open"].count == 1


def test_statements_that_do_not_reach_the_end_of_the_month_are_open(session: Session, reader: Actor) -> None:
    rail = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    assert told(session, reader, month_of(session), {"bank": rail})["statement_unread"].count == 1


def test_an_account_that_was_given_up_for_another_is_not_waited_for(session: Session, reader: Actor) -> None:
    rail = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    month = month_of(session)
    for account, closed_on in (("OLD", month - dt.timedelta(days=40)), ("NEW", month - dt.timedelta(days=1))):
        statement = BankStatement(
            id=new_id(),
            account=account,
            statement_id="1",
            currency="CNY",
            opening=0,
            closing=0,
            closed_on=closed_on,
            line_count=0,
            sha256=account.encode(),
        )
        session.add(statement)
    session.flush()
    last_month = (month - dt.timedelta(days=1)).replace(day=1)
    assert told(session, reader, last_month, {"bank": rail}) == {}
    assert told(session, reader, month, {"bank": rail})["statement_unread"].count == 1


def test_it_is_for_who_reads_the_books(session: Session) -> None:
    with pytest.raises(DomainError, match=r"ledger\.read"):
        open_matters(session, make_party(session, "client", "requester"), dt.date(2027, 1, 1), {})
