"""Payouts whose line has no reference: matched by hand or by a sum, followed and found as every other."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.bank.rail import BankRail
from marketplace.kernel.ids import public
from marketplace.payouts.models import Payout
from marketplace.reconciliation.by_hand import approve_match, propose_match, reject_match, undo_match
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.trails.finding import find
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, inside, make_finance
from tests.gateways.bank.imitation import OURS, imitation
from tests.gateways.bank.standing import AtTheBank
from tests.gateways.bank.test_by_hand import NOBODY, SMALL, of, unnamed
from tests.gateways.bank.test_windows import executed, nameless, pay, statement
from tests.reconciliation.trails.following import agrees_with_the_ledger, booked, cny, follow, reasons, sums


@pytest.fixture
def there(session: Session) -> AtTheBank:
    rail = BankRail(inside(session), {"CNY": OURS["CNY"]}, trial=True)
    return AtTheBank(session, rail, imitation(), make_staff(session, "finance"))


@pytest.fixture
def people(session: Session) -> Finance:
    return make_finance(session)


def adds_up_to_its_part(session: Session, payout: Payout, line: ExternalLine) -> None:
    """The trail ends at the line, with as much of it as the payout is."""
    found = follow(session, payout)
    assert found.adds_up, found.breaks
    assert "lines" not in reasons(found)
    assert sums(found)["lines"] == sums(found)["transfer"] == str(payout.paid)
    assert [(one.id, one.money, one.ours) for one in found.lines] == [(line.id, -payout.paid, True)]
    assert agrees_with_the_ledger(found)
    assert booked(session, "J6", payout, credit=2900) == payout.paid


def test_a_payout_matched_by_hand_adds_up(session: Session, there: AtTheBank, people: Finance) -> None:
    (payout,), line = unnamed(there, 3)
    propose_match(session, people.preparer, line.id, of([payout]), SMALL)
    adds_up_to_its_part(session, payout, line)
    found = find(session, people.preparer, public("external_line", line.id))
    assert found.only_payout == payout.id


def test_one_of_many_by_one_line_has_its_part_of_it_and_the_line_leads_to_all(
    session: Session, there: AtTheBank, people: Finance
) -> None:
    payouts, line = unnamed(there, 1, 2, 3)
    propose_match(session, people.preparer, line.id, of(payouts), SMALL)
    for payout in payouts:
        adds_up_to_its_part(session, payout, line)
    for way in (public("external_line", line.id), line.external_id):
        first = find(session, people.preparer, way, limit=2)
        rest = find(session, people.preparer, way, limit=2, cursor=first.places.next_cursor)
        assert [len(one.places.data) for one in (first, rest)] == [2, 1]
        found = {place.payout_id for one in (first, rest) for place in one.places.data}
        assert found == {payout.id for payout in payouts}
        assert first.only_payout is None


def test_a_payout_matched_by_amount_and_day_adds_up(session: Session, there: AtTheBank) -> None:
    (payout,) = pay(there, 3)
    there.bank.lines = [nameless(line) for line in executed(there)]
    statement(there, 0)
    statement(there, 3)
    match = session.scalars(select(LineMatch)).one()
    assert match.way == "amount_and_date"
    adds_up_to_its_part(session, payout, session.get_one(ExternalLine, match.line_id))


def test_a_match_that_is_proposed_asked_back_undone_and_made_again_adds_up_each_time(
    session: Session, there: AtTheBank, people: Finance
) -> None:
    payouts, line = unnamed(there, 1, 3)
    payout = payouts[0]
    match = propose_match(session, people.preparer, line.id, of(payouts), NOBODY)
    waits(session, payout)
    approve_match(session, people.approver, match.id)
    undo_match(session, people.preparer, match.id, "Perhaps the rent.", NOBODY)
    adds_up_to_its_part(session, payout, line)
    reject_match(session, people.approver, match.id)
    undo_match(session, people.preparer, match.id, "It was the rent.", SMALL)
    session.expire_all()
    waits(session, payout)
    assert find(session, people.preparer, public("external_line", line.id)).places.data == []
    propose_match(session, people.preparer, line.id, of(payouts), SMALL)
    session.expire_all()

    found = follow(session, payout)

    assert found.adds_up, found.breaks
    assert agrees_with_the_ledger(found)
    assert booked(session, "J6", payout, credit=2900) == 2 * payout.paid, "the first is put back by its mirror"


def waits(session: Session, payout: Payout) -> None:
    """No line shows the payout, and the trail says that it is on its way."""
    found = follow(session, payout)
    assert found.adds_up, found.breaks
    assert (found.lines, sums(found)["lines"]) == ((), str(cny("0")))
    assert reasons(found)["lines"] == {"not_confirmed": str(-payout.paid)}
