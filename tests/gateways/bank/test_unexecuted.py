"""Orders that the bank never executed, and those that it executed after all."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.gateways.bank.exporting import content_of, export
from marketplace.gateways.bank_models import BankFile
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import bank_wages, in_flight, pay_due
from marketplace.payouts.approving import retry_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.recovering import resolve_unknown
from marketplace.payouts.sending import advance_runs
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.queries import Discrepancy, discrepancies
from tests.builders.payouts import Finance, inside, make_finance
from tests.gateways.bank.imitation import OURS
from tests.gateways.bank.standing import AtTheBank, a_sent_payout, cny, journals


@pytest.fixture
def people(session: Session) -> Finance:
    return make_finance(session)


@pytest.fixture
def payout(there: AtTheBank) -> Payout:
    """In a file that the bank has, with a statement of the day before, and one of three days later without it."""
    payout = a_sent_payout(there)
    bring_of(there, -1)
    there.send()
    there.lost = there.bank.lines
    there.bank.lines = []
    bring_of(there, 3)
    return payout


def made_on(there: AtTheBank) -> dt.date:
    return market_now(there.session).date()


def bring_of(there: AtTheBank, days: int) -> None:
    there.bank.receive("1.00", f"rent {days}")
    there.bring(there.bank.camt(made_on(there) + dt.timedelta(days=days)))


def late_executions(there: AtTheBank) -> list[Discrepancy]:
    """Beside them stands the rent, which nobody explains here."""
    return [one for one in discrepancies(there.session, there.finance) if one.kind == "late_execution"]


def declare(there: AtTheBank, people: Finance, payout: Payout) -> None:
    for person in (people.preparer, people.approver):
        there.rail.declare_not_executed(there.session, person, payout.id)
    there.session.expire_all()


def test_two_people_make_an_order_that_no_statement_shows_refused_for_certain(
    session: Session, there: AtTheBank, people: Finance, payout: Payout
) -> None:
    assert balance(session, in_flight(payout.id, "CNY")) == payout.money
    there.rail.declare_not_executed(session, people.preparer, payout.id)
    assert payout.state == "sent"
    said = there.rail.may_declare(session, payout.id)
    assert said is not None
    assert (said.why_not, said.said_by) == ("", [people.preparer.person])
    with pytest.raises(DomainError, match="payout_two_people"):
        there.rail.declare_not_executed(session, people.preparer, payout.id)

    there.rail.declare_not_executed(session, people.approver, payout.id)

    assert (payout.state, payout.refusal_code, journals(session, "J7")) == ("refused", "not_executed_by_bank", 1)
    assert balance(session, in_flight(payout.id, "CNY")).is_zero
    assert balance(session, pay_due(payout.payee_id, "CNY")).amount == payout.amount + payout.carried_out
    said_in_log = session.scalars(select(AuditEvent).where(AuditEvent.kind == "payout.not_executed")).one()
    data = json.loads(said_in_log.body)["data"]
    assert (data["statements"], data["reach"]) == (["S-2"], (made_on(there) + dt.timedelta(days=3)).isoformat())
    assert data["people"] == [public("person", one.person) for one in (people.preparer, people.approver)]
    assert data["file"] == session.scalars(select(BankFile.message_id)).one()


def test_it_can_be_paid_by_another_attempt_and_the_old_order_is_in_nobody_s_way(
    session: Session, there: AtTheBank, people: Finance, payout: Payout
) -> None:
    first = payout.rail_reference
    declare(there, people, payout)
    retry_payout(session, people.approver, payout.id)
    advance_runs(inside(session), {"bank": there.rail})
    assert resolve_unknown(inside(session), {"bank": there.rail}) == 0
    (file,) = export(session, there.finance, OURS, trial=True)
    assert there.bank.execute(content_of(session, file)) == [payout.rail_reference] != [first]
    bring_of(there, 5)
    assert payout.state == "reconciled"


def test_statements_must_have_had_the_days_to_show_it(session: Session, there: AtTheBank, people: Finance) -> None:
    payout = a_sent_payout(there)

    def why_not() -> str:
        with pytest.raises(DomainError, match="state_conflict") as caught:
            there.rail.declare_not_executed(session, people.preparer, payout.id)
        said = there.rail.may_declare(session, payout.id)
        assert said is not None
        assert said.why_not == caught.value.detail
        return said.why_not

    assert "in no payment file yet" in why_not()
    there.send()
    assert "before the payment file" in why_not()
    lines, there.bank.lines = there.bank.lines, []
    bring_of(there, -1)
    assert "must reach up to" in why_not()
    there.bank.receive("7.00", "somebody")
    missing = there.bank.camt(made_on(there))
    bring_of(there, 3)
    assert "A statement is missing between S-1 and S-3" in why_not()
    there.bring(missing)
    assert there.rail.may_declare(session, payout.id).why_not == ""  # type: ignore[union-attr]  # it is sent
    there.bank.lines = lines
    bring_of(there, 4)
    assert payout.state == "reconciled"
    assert there.rail.may_declare(session, payout.id) is None


def test_a_late_execution_is_found_and_books_nothing_by_itself(
    session: Session, there: AtTheBank, people: Finance, payout: Payout
) -> None:
    declare(there, people, payout)
    before = balance(session, pay_due(payout.payee_id, "CNY"))
    there.bank.lines = there.lost
    bring_of(there, 4)

    assert (payout.state, journals(session, "J6")) == ("refused", 0)
    (late,) = late_executions(there)
    assert (late.amount, late.reference, late.payout_id) == (-payout.paid, payout.rail_reference, payout.id)
    assert balance(session, pay_due(payout.payee_id, "CNY")) == before

    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    (late,) = late_executions(there)
    line = session.get_one(ExternalLine, late.line_id)
    assert (line.state, balance(session, bank_wages("CNY"))) == ("set_aside", there.bank.balance)

    there.rail.adopt_late(session, people.approver, payout.id)
    there.book()
    assert (payout.state, line.state, journals(session, "J6")) == ("reconciled", "matched", 1)
    assert late_executions(there) == []


def test_a_late_execution_beside_a_second_one_stays_for_people(
    session: Session, there: AtTheBank, people: Finance, payout: Payout
) -> None:
    declare(there, people, payout)
    retry_payout(session, people.approver, payout.id)
    advance_runs(inside(session), {"bank": there.rail})
    there.send()
    there.bank.lines += there.lost
    bring_of(there, 4)

    assert (payout.state, journals(session, "J6")) == ("reconciled", 1)
    (late,) = late_executions(there)
    assert (late.payout_id, late.amount) == (payout.id, -payout.paid)
    with pytest.raises(DomainError, match="state_conflict"):
        there.rail.adopt_late(session, people.approver, payout.id)


def test_what_no_statement_shows_cannot_be_taken_for_paid(
    session: Session, there: AtTheBank, people: Finance, payout: Payout
) -> None:
    declare(there, people, payout)
    with pytest.raises(DomainError, match="exactly one payment"):
        there.rail.adopt_late(session, people.approver, payout.id)
    assert payout.money > cny("0")


def test_who_may_not_approve_payouts_declares_nothing(session: Session, there: AtTheBank, payout: Payout) -> None:
    nobody = Actor(None, None, None, frozenset(), frozenset(), "test", "nobody")
    for verb in (there.rail.declare_not_executed, there.rail.adopt_late):
        with pytest.raises(DomainError, match="forbidden"):
            verb(session, nobody, payout.id)
