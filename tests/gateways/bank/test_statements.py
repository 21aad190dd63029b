"""Bank statements: each once, sound and in a chain."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.bank.importing import gaps, import_statements
from marketplace.gateways.bank_models import BankLine, BankStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.rails.bank_files import StatementGap
from tests.builders.identity import make_staff
from tests.gateways.bank.imitation import OURS, imitation
from tests.gateways.bank.standing import DAY, AtTheBank, a_deposit, cny, journals


def test_a_statement_is_imported_once_however_often_it_is_brought(
    session: Session, there: AtTheBank, client: Actor
) -> None:
    there.bank.receive("900.00", a_deposit(there, client).reference or "")
    statement = there.bank.camt(DAY)
    assert there.bring(statement).is_new
    assert not there.bring(statement).is_new
    assert journals(session, "J1") == 1
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 1


@pytest.mark.parametrize(("was", "now"), [(b"rent of May", b"rent of June"), (b"<Id>S-1</Id>", b"<Id>S-1-again</Id>")])
def test_a_changed_statement_and_the_same_days_under_another_name_are_refused(
    session: Session, there: AtTheBank, was: bytes, now: bytes
) -> None:
    there.bank.receive("7.00", "rent of May")
    statement = there.bank.camt(DAY)
    there.bring(statement)
    with pytest.raises(DomainError, match="statement_changed"), session.begin_nested():
        there.bring(statement.replace(was, now))
    assert session.scalars(select(func.count()).select_from(BankStatement)).one() == 1


def test_the_same_day_as_mt940_and_as_camt_is_not_booked_twice(session: Session, there: AtTheBank) -> None:
    twin = imitation()
    for bank in (there.bank, twin):
        bank.receive("7.00", "rent")
        bank.charge("7.00")
    there.bring()
    with pytest.raises(DomainError, match="statement_changed"), session.begin_nested():
        there.bring(twin.mt940(DAY))


def test_two_statements_of_a_day_follow_each_other(there: AtTheBank) -> None:
    there.bank.receive("7.00", "rent")
    there.bring()
    there.bank.receive("9.00", "rent")
    there.bank.charge("9.00")
    assert there.bring().is_new


def test_a_missing_statement_is_told_until_it_is_there(session: Session, there: AtTheBank) -> None:
    there.bank.receive("1.00", "first")
    there.bring()
    there.bank.receive("2.00", "second")
    missing = there.bank.camt(DAY + dt.timedelta(days=1))
    there.bank.receive("4.00", "third")
    there.bring(there.bank.camt(DAY + dt.timedelta(days=2)))
    number = OURS["CNY"].number
    assert gaps(session, there.finance) == [StatementGap(number, "S-1", cny("1"), "S-3", cny("3"))]

    there.bring(missing)

    assert gaps(session, there.finance) == []


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        (b">7.00<", b">7.01<", "yet it"),
        (b">7.00<", b">7.001<", "no amount in CNY"),
        (b">7.00<", b">-7.00<", "no amount in CNY"),
        (b'Ccy="CNY"', b'Ccy="USD"', "none of our accounts"),
        (b"NL91ABNA0417164300", b"NL91ABNA0417164301", "none of our accounts"),
        (b"camt.053.001.08", b"camt.053.001.12", "none of camt.053"),
        (b"<Cd>CLBD</Cd>", b"<Cd>ITAV</Cd>", "no balance"),
        (b"<CdtDbtInd>CRDT", b"<CdtDbtInd>CREDIT", "neither CRDT nor DBIT"),
        (b"<BookgDt>", b"<ValDt>", "no XML"),
        (b'encoding="UTF-8"', b'encoding="U.F-8"', "no XML"),
        (b'encoding="UTF-8"', b'encoding="UTF-7"', "no XML"),
        (b'encoding="UTF-8"', b'encoding="UTF-32"', "no XML"),
        (b"<Document", b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document', "no XML"),
    ],
)
def test_a_statement_that_is_not_sound_is_refused_whole(
    session: Session, there: AtTheBank, was: bytes, now: bytes, why: str
) -> None:
    there.bank.receive("7.00", "rent")
    statement = there.bank.camt(DAY)
    amount = was == b">7.00<"
    broken = statement.replace(was, now) if not amount else now.join(statement.rsplit(was, 1))
    with pytest.raises(DomainError, match=why), session.begin_nested():
        there.bring(broken)
    assert session.scalars(select(func.count()).select_from(BankLine)).one() == 0


@pytest.mark.parametrize("data", [b"", b"hello", b"<", b":20:X\r\n:25:NL91ABNA0417164300\r\n", b"\xff\xfe\x00"])
def test_what_is_no_statement_is_refused(session: Session, there: AtTheBank, data: bytes) -> None:
    with pytest.raises(DomainError, match="statement_invalid"), session.begin_nested():
        import_statements(session, there.finance, OURS, data)


@pytest.mark.parametrize(
    ("was", "now"), [(b"STARTUMS", b"START\0UMS"), (b"//B1-1", b"//B1-\0"), (b"C7,00NTRF", b"X7,00NTRF")]
)
def test_an_mt940_that_is_not_sound_is_refused_and_nobody_in_it_is_logged(
    session: Session, there: AtTheBank, caplog: pytest.LogCaptureFixture, was: bytes, now: bytes
) -> None:
    there.bank.receive("7.00", "rent of Wanjiku Kamau")
    data = there.bank.mt940(DAY)
    assert was in data
    with pytest.raises(DomainError, match="statement_invalid"), session.begin_nested():
        import_statements(session, there.finance, OURS, data.replace(was, now))
    assert caplog.records == []


def test_who_may_not_match_imports_nothing(session: Session, there: AtTheBank) -> None:
    with pytest.raises(DomainError, match="forbidden"):
        import_statements(session, make_staff(session, "auditor"), OURS, there.bank.camt(DAY))
