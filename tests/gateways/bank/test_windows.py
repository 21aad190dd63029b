"""Lines without a reference: taken for payments only where they can be nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank import exporting
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank_models import BankFile
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import bank_wages, in_flight, suspense
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.port import RailLine
from marketplace.reconciliation.automatic import match_without_reference
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.lines import name_of
from marketplace.reconciliation.match_models import LineMatch, LineMatchPayout
from marketplace.reconciliation.models import ExternalLine
from tests.builders.identity import make_staff
from tests.builders.payees import move_to
from tests.builders.payouts import inside, make_finance, mature
from tests.builders.settlement import accept, hand_in, make_chain
from tests.gateways.bank.imitation import OURS, Line, iban
from tests.gateways.bank.standing import AtTheBank, cny


def pay(there: AtTheBank, *batches: int) -> list[Payout]:
    """A sent payout for each worker, of as many answers; the bank has a statement of the day before its file."""
    session, finance = there.session, make_finance(there.session)
    for number, answers in enumerate(batches, start=1):
        chain = make_chain(session, items=answers, items_per_task=answers)
        handed = hand_in(session, chain)
        accept(session, chain, handed)
        written = f"Payee {number} / {iban(f'{number:014}')}"
        move_to(session, handed.worker, there.rail.clean_account(written), rail="bank")
    mature(session)
    run = prepare_run(session, finance.preparer, "bank")
    approve_run(session, finance.approver, run.id)
    execute_run(inside(session), finance.preparer, {"bank": there.rail}, run.id)
    payouts = session.scalars(select(Payout).where(Payout.run_id == run.id).order_by(Payout.amount, Payout.id)).all()
    assert [payout.state for payout in payouts] == ["sent"] * len(batches)
    statement(there, -1)
    return list(payouts)


def statement(there: AtTheBank, days: int) -> None:
    """What the bank has booked by now, as of so many days after the files; a rent makes sure that there is a line."""
    there.bank.receive("1.00", f"rent {days}")
    there.bring(there.bank.camt(market_now(there.session).date() + dt.timedelta(days=days)))
    there.session.expire_all()


def executed(there: AtTheBank) -> list[Line]:
    """What the bank would book of everything that waits, not booked yet."""
    there.send()
    lines, there.bank.lines = there.bank.lines, []
    return sorted(lines, key=lambda line: -line.amount.amount)


def nameless(line: Line) -> Line:
    line.end_to_end, line.iban, line.name = "", "", ""
    return line


def ways(session: Session) -> dict[str, int]:
    return dict(session.execute(select(LineMatch.way, func.count()).group_by(LineMatch.way)).all())


def test_a_line_without_a_reference_is_the_only_payment_of_its_amount_once_no_other_line_can_come(
    session: Session, there: AtTheBank
) -> None:
    few, many = pay(there, 2, 4)
    first, second = executed(there)
    there.bank.lines = [nameless(first), second]
    statement(there, 0)
    assert (few.state, many.state) == ("sent", "reconciled")
    statement(there, 2)
    assert few.state == "sent", "a line with its reference could still come"

    statement(there, 3)

    assert (few.state, ways(session)) == ("reconciled", {"amount_and_date": 1})
    (match,) = session.scalars(select(LineMatch)).all()
    line = session.get_one(ExternalLine, match.line_id)
    assert (line.state, match.kind, match.state, match.proposed_by) == ("matched", "payouts", "done", None)
    assert balance(session, suspense(name_of(line), "CNY")).is_zero
    assert balance(session, in_flight(few.id, "CNY")).is_zero
    assert balance(session, bank_wages("CNY")) == there.bank.balance - cny("4"), "less the rents"
    assert run_checks(session, ["I8", "I9", "I13", "I14", "R10", "E2"]).holds


def test_what_fits_twice_is_never_guessed(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 2, 2, 3)
    lines = executed(there)
    there.bank.lines = [nameless(line) for line in lines]
    statement(there, 0)
    statement(there, 4)
    assert [payout.state for payout in payouts] == ["sent", "sent", "reconciled"]
    assert ways(session) == {"amount_and_date": 1}


def test_two_lines_that_fit_one_payment_are_both_left_to_people(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    twin = Line(line.amount, text="a fee of the same amount")
    there.bank.lines = [nameless(line), twin]
    statement(there, 0)
    statement(there, 4)
    assert (payout.state, ways(session)) == ("sent", {})


def test_the_account_that_a_line_names_decides_between_equal_amounts(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 2, 2)
    lines = executed(there)
    for line in lines:
        line.end_to_end = ""
    there.bank.lines = lines
    statement(there, 0)
    statement(there, 3)
    assert [payout.state for payout in payouts] == ["reconciled", "reconciled"]
    for line, payout in ((one, two) for one in lines for two in payouts):
        part = session.scalars(select(LineMatchPayout).where(LineMatchPayout.payout_id == payout.id)).one()
        assert part.journal_id is not None, line


def test_a_line_that_names_somebody_elses_account_is_no_payment(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    line.end_to_end, line.iban = "", iban("99999999999999")
    there.bank.lines = [line]
    statement(there, 0)
    statement(there, 4)
    assert (payout.state, ways(session)) == ("sent", {})


def test_one_line_for_a_whole_file_is_all_its_payments(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 1, 2, 5)
    lines = executed(there)
    whole = sum((line.amount for line in lines), Money.zero("CNY"))
    there.bank.lines = [Line(whole, text="COLLECTIVE ORDER")]
    statement(there, 1)
    assert {payout.state for payout in payouts} == {"sent"}
    statement(there, 3)
    assert {payout.state for payout in payouts} == {"reconciled"}
    assert ways(session) == {"many_to_one": 1}
    assert len(session.scalars(select(LineMatchPayout.journal_id)).all()) == 3
    assert balance(session, bank_wages("CNY")) == there.bank.balance - cny("3"), "less the rents"
    assert run_checks(session, ["I8", "I9", "R10", "I13"]).holds


def test_a_line_that_names_its_file_is_matched_at_once(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 1, 2)
    lines = executed(there)
    whole = sum((line.amount for line in lines), Money.zero("CNY"))
    there.bank.lines = [Line(whole, text=f"BATCH {session.scalars(select(BankFile.message_id)).one()}")]
    statement(there, 0)
    assert {payout.state for payout in payouts} == {"reconciled"}
    assert ways(session) == {"many_to_one": 1}


def test_a_charge_that_names_a_file_is_a_charge(session: Session, there: AtTheBank) -> None:
    pay(there, 1, 2)
    executed(there)
    file = session.scalars(select(BankFile.message_id)).one()
    there.bank.lines = [Line(cny("-0.35"), text=f"charges of {file}", code="CHRG")]
    statement(there, 0)
    assert session.scalars(select(ExternalLine.kind).where(ExternalLine.amount < 0)).all() == ["fee"]


def test_what_is_left_of_a_file_is_one_line_and_a_file_with_a_missing_payment_is_none(
    session: Session, there: AtTheBank
) -> None:
    payouts = pay(there, 1, 2, 5)
    lines = executed(there)
    rest = sum((line.amount for line in lines[:2]), Money.zero("CNY"))
    there.bank.lines = [Line(rest - cny("0.01"), text="not quite"), lines[2]]
    statement(there, 0)
    there.bank.lines = [Line(rest, text="COLLECTIVE ORDER")]
    statement(there, 1)
    statement(there, 4)
    assert {payout.state for payout in payouts} == {"reconciled"}
    assert ways(session) == {"many_to_one": 1}


def test_the_files_of_one_day_may_come_as_one_line(
    session: Session, there: AtTheBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAYMENTS_MAX", 2)
    payouts = pay(there, 1, 2, 5)
    lines = executed(there)
    assert session.scalars(select(func.count()).select_from(BankFile)).one() == 2
    there.bank.lines = [Line(sum((line.amount for line in lines), Money.zero("CNY")), text="TWO ORDERS")]
    statement(there, 1)
    statement(there, 3)
    assert {payout.state for payout in payouts} == {"reconciled"}


def test_a_payment_is_not_called_unexecuted_while_an_unexplained_debit_may_hold_it(
    session: Session, there: AtTheBank
) -> None:
    (payout,) = pay(there, 3)
    executed(there)
    there.bank.lines = [Line(cny("-500.00"), text="ORDERS")]
    statement(there, 1)
    statement(there, 4)
    said = there.rail.may_declare(session, payout.id)
    assert said is not None
    assert "it may be this payment" in said.why_not


def test_nothing_is_matched_over_a_gap_in_the_statements(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    there.bank.lines = [nameless(line)]
    statement(there, 0)
    there.bank.receive("5.00", "in the statement that is missing")
    missing = there.bank.camt(market_now(session).date() + dt.timedelta(days=1))
    statement(there, 4)
    assert payout.state == "sent"
    there.bring(missing)
    assert payout.state == "reconciled"


class UpTo:
    """The bank rail, of which only so many lines can be read yet."""

    def __init__(self, there: AtTheBank, count: int) -> None:
        self.name, self._there, self._count = "bank", there, count

    def lines(self, _since: dt.datetime | None = None) -> list[RailLine]:
        return list(self._there.rail.lines())[: self._count]


def test_nothing_is_matched_while_lines_of_a_statement_are_still_to_be_read(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    (line,) = executed(there)
    there.bank.lines = [nameless(line), replace(line, amount=line.amount)]
    known = len(list(there.rail.lines()))
    today = market_now(session).date()
    import_statements(session, there.finance, OURS, there.bank.camt(today))
    there.bank.receive("1.00", "rent")
    import_statements(session, there.finance, OURS, there.bank.camt(today + dt.timedelta(days=4)))
    opened, rails = inside(session), {"bank": there.rail}

    import_lines(opened, UpTo(there, known + 1))  # type: ignore[arg-type]

    assert match_without_reference(opened, rails) == 0, "the line that is not read yet may be the payment"
    import_lines(opened, there.rail)
    assert match_without_reference(opened, rails) == 0, "two lines fit"
    assert payout.state == "sent"


def test_matching_again_books_nothing_again(session: Session, there: AtTheBank) -> None:
    payouts = pay(there, 1, 2)
    there.bank.lines = [nameless(line) for line in executed(there)]
    statement(there, 0)
    statement(there, 3)
    journals = session.scalar(text("SELECT count(*) FROM journal"))
    there.book()
    assert session.scalar(text("SELECT count(*) FROM journal")) == journals
    assert {payout.state for payout in payouts} == {"reconciled"}


def test_a_line_on_2900_has_a_reason_and_an_owner(session: Session, there: AtTheBank) -> None:
    second = make_staff(session, "finance")
    there.bank.lines = [Line(cny("5.00"), text="who knows"), Line(cny("6.00"), text="who knows")]
    there.bring()
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    lines = session.scalars(select(ExternalLine).where(ExternalLine.state == "set_aside")).all()
    assert [line.why for line in lines] == ["no_reference", "no_reference"]
    assert {line.owner_id for line in lines} == {there.finance.person, second.person}, "one after the other"
