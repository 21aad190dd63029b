"""Matching in several processes at once, and people beside it: each line is booked once, whole."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from marketplace.db.clock import market_now
from marketplace.db.engine import make_engine, transaction
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank.rail import BankRail
from marketplace.kernel.money import Money
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal
from marketplace.payouts.models import Payout
from marketplace.reconciliation import by_hand
from marketplace.reconciliation.automatic import match_without_reference
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import put_aside
from tests.builders.at_once import at_once
from tests.builders.identity import make_staff
from tests.builders.payouts import inside, make_finance
from tests.gateways.bank.imitation import OURS, Line, imitation
from tests.gateways.bank.standing import AtTheBank
from tests.gateways.bank.test_windows import executed, nameless, pay, statement
from tests.keys import KEYS

PROCESSES = 3


def prepare(engine: Engine, *batches: int, whole: bool = False) -> int:
    """Sent payouts whose lines have no reference, all statements kept and nothing matched; returns how many lines."""
    with transaction(engine) as session:
        rail = BankRail(lambda: transaction(engine), {"CNY": OURS["CNY"]}, trial=True)
        inner = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
        there = AtTheBank(session, inner, imitation(), make_staff(session, "finance"))
        pay(there, *batches)
        lines = [nameless(line) for line in executed(there)]
        if whole:
            lines = [Line(sum((line.amount for line in lines), Money.zero("CNY")), text="ORDERS")]
        there.bank.lines = list(lines)
        statement(there, 0)
        there.bank.receive("1.00", "rent")
        last = market_now(session).date() + dt.timedelta(days=3)
        import_statements(session, there.finance, OURS, there.bank.camt(last))
    import_lines(lambda: transaction(engine), rail)
    return len(lines)


def match_in_a_process(url: str) -> int:
    """What the sweep of one process does."""
    engine = make_engine(url, application_name="tests", keys=KEYS)
    rail = BankRail(lambda: transaction(engine), {"CNY": OURS["CNY"]}, trial=True)
    try:
        return match_without_reference(lambda: transaction(engine), {"bank": rail})
    finally:
        engine.dispose()


def in_processes(engine: Engine) -> list[int]:
    url = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        return sorted(pool.map(match_in_a_process, [url] * PROCESSES))


def booked_once(engine: Engine, payouts: int, lines: int) -> None:
    with transaction(engine) as session:
        states = session.execute(select(Payout.state, func.count()).group_by(Payout.state)).all()
        assert states == [("reconciled", payouts)]
        assert session.scalars(select(func.count()).where(Journal.kind == "J6")).one() == payouts
        matches = select(func.count()).select_from(LineMatch).where(LineMatch.state == "done")
        assert session.scalars(matches).one() == lines
        assert session.scalars(select(func.count()).select_from(LineMatchPayout)).one() == payouts
        assert run_checks(session, ["I8", "I9", "I13", "I14", "I17", "R10", "E2"]).holds


@pytest.mark.slow
def test_processes_that_match_at_once_book_each_line_once(committing_engine: Engine) -> None:
    lines = prepare(committing_engine, 1, 2, 3, 4)
    assert sum(in_processes(committing_engine)) == lines
    booked_once(committing_engine, 4, lines)
    assert in_processes(committing_engine) == [0, 0, 0]


@pytest.mark.slow
def test_processes_that_match_one_line_of_many_at_once_book_it_once(committing_engine: Engine) -> None:
    prepare(committing_engine, 1, 2, 3, whole=True)
    assert in_processes(committing_engine) == [0, 0, 1]
    booked_once(committing_engine, 3, 1)


def test_a_person_and_the_sweep_match_the_same_line_once(committing_engine: Engine) -> None:
    prepare(committing_engine, 1, 2, whole=True)
    engine = committing_engine
    with transaction(engine) as session:
        person = make_finance(session).preparer
        line = session.scalars(select(ExternalLine).where(ExternalLine.amount < 0)).one()
        put_aside(session, person, line)
        line_id, payout_ids = line.id, list(session.scalars(select(Payout.id)))
    said = by_hand.Said("payouts", "why", payout_ids)
    alone = by_hand.Alone({"CNY": Money.parse("100", "CNY")})

    def by_person() -> None:
        with transaction(engine) as session:
            by_hand.propose_match(session, person, line_id, said, alone)

    def by_sweep() -> None:
        rail = BankRail(lambda: transaction(engine), {"CNY": OURS["CNY"]}, trial=True)
        match_without_reference(lambda: transaction(engine), {"bank": rail})

    outcomes = at_once(by_person, by_sweep, by_sweep, by_person)
    assert outcomes["done"] >= 2
    booked_once(engine, 2, 1)
