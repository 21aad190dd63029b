"""Files of a bank that something happened to on their way: read whole or refused, booked whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.bank import camt053, mt940
from marketplace.gateways.bank.statements import Statement
from marketplace.gateways.bank_models import BankLine, BankStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.ledger.models import Journal
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.statements import bring_statements
from tests.books import books_hold
from tests.builders.payouts import inside
from tests.gateways.bank.imitation import ImitationBank, Line, imitation
from tests.gateways.bank.mangling import mangled
from tests.gateways.bank.standing import DAY, AtTheBank, a_deposit, cny
from tests.gateways.bank.test_windows import executed, pay

PAYOUT = f"PO-{'0' * 25}1-001"
EACH = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def filled(bank: ImitationBank, *references: str, deposit: str = "RF18539007547034") -> ImitationBank:
    """What a bank has to tell of a busy day."""
    bank.lines = [Line(cny("-12.34"), one, name="Amara & Söhne", iban="GB82WEST12345698765432") for one in references]
    bank.receive("900.00", f"INVOICE {deposit}")
    bank.receive("7.00", "rent <May>")
    bank.give_back(references[0], "12.34")
    bank.charge("0.35")
    return bank


SOUND = (
    *(filled(imitation(), PAYOUT).camt(DAY, version) for version in ("02", "04", "08")),
    filled(imitation(), PAYOUT).mt940(DAY),
    filled(imitation(), PAYOUT).mt940(DAY) + filled(imitation(balance="5"), PAYOUT).mt940(DAY),
)


def read_or_refused(data: bytes) -> list[Statement]:
    """By both readers, whichever the file seems to be for."""
    found = []
    for read in (camt053.read, mt940.read):
        try:
            found += read(data)
        except DomainError as refusal:
            if refusal.slug != "statement_invalid":
                raise
    return found


@settings(EACH, max_examples=300)
@given(mangled(SOUND))
def test_a_mangled_file_is_read_or_refused(data: bytes) -> None:
    for one in read_or_refused(data):
        assert one.digest()


@pytest.mark.campaign
@settings(EACH, max_examples=2_000)
@given(mangled(SOUND))
def test_very_many_mangled_files_are_read_or_refused(data: bytes) -> None:
    for one in read_or_refused(data):
        assert one.digest()


def counted(session: Session) -> dict[str, int]:
    tables = (BankStatement, BankLine, ExternalLine, Journal)
    return {one.__tablename__: session.scalars(select(func.count()).select_from(one)).one() for one in tables}


def brought_whole_or_not_at_all(there: AtTheBank, data: bytes) -> None:
    """Bring a file as finance does; refused it changed nothing, taken each statement leads from opening to closing."""
    session = there.session
    before = counted(session)
    try:
        imported = bring_statements(inside(session), there.finance, {"bank": there.rail}, data)
    except DomainError as refusal:
        if refusal.slug not in {"statement_invalid", "statement_changed"} or counted(session) != before:
            raise
        return
    after = counted(session)
    assert after["bank_statement"] - before["bank_statement"] == sum(one.is_new for one in imported)
    rows = session.execute(
        select(BankStatement, func.count(BankLine.id), func.coalesce(func.sum(BankLine.minor_units), 0))
        .outerjoin(BankLine, BankLine.statement_id == BankStatement.id)
        .group_by(BankStatement.id)
    ).all()
    for statement, count, moved in rows:
        assert statement.line_count == count
        assert statement.opening + moved == statement.closing
    assert after["external_line"] == after["bank_line"] == sum(count for _, count, _ in rows)
    books_hold(session)
    assert [one.is_new for one in bring_statements(inside(session), there.finance, {"bank": there.rail}, data)] == [
        False for _ in imported
    ]
    assert counted(session) == after


@pytest.mark.slow
@pytest.mark.parametrize("form", ["02", "08", "mt940"])
def test_a_mangled_file_is_booked_whole_or_not_at_all(
    session: Session, there: AtTheBank, client: Actor, form: str
) -> None:
    deposit = a_deposit(there, client).reference or ""
    payouts = pay(there, 1, 2)
    sent = executed(there)
    bank = imitation(balance=there.bank.balance.text())
    bank.lines = [*sent, *filled(imitation(), PAYOUT, deposit=deposit).lines]
    bank.give_back(sent[0].end_to_end, sent[0].amount.text().removeprefix("-"))
    bank.number = 7
    sound = _written(bank, DAY + dt.timedelta(days=900), form)
    booked = []

    @settings(EACH, max_examples=60, database=None)
    @given(mangled((sound,)))
    def each(data: bytes) -> None:
        with session.begin_nested() as beginning:
            brought_whole_or_not_at_all(there, data)
            booked.append(session.scalars(select(func.count()).select_from(BankStatement)).one())
            beginning.rollback()
        session.expire_all()

    each()
    assert len(set(booked)) > 1, "some are taken, some are refused"
    brought_whole_or_not_at_all(there, sound)
    session.expire_all()
    assert {payout.state for payout in payouts} == {"reconciled", "returned"}


def _written(bank: ImitationBank, day: dt.date, form: str) -> bytes:
    write: Callable[[], bytes] = (lambda: bank.mt940(day)) if form == "mt940" else (lambda: bank.camt(day, form))
    return write()
