"""What a line was, said by people: one, or two above the limit, never the same; and taken back by mirrors."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity.departures import blank_paid_off
from marketplace.invoicing.models import Invoice
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import bank_wages, client_deposits, in_flight, suspense
from marketplace.ledger.recipes.funding import j12_refund_ordered
from marketplace.ledger.treasury import put_in_capital
from marketplace.payouts.models import Payout
from marketplace.reconciliation import matches
from marketplace.reconciliation.by_hand import Alone, Said, approve_match, propose_match, reject_match, undo_match
from marketplace.reconciliation.lines import name_of
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.own_lines import take_line
from marketplace.reconciliation.setting_aside import give_owner
from marketplace.reconciliation.suspense import look_again
from marketplace.settlement.models import Installment
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, make_finance
from tests.gateways.bank.imitation import Line
from tests.gateways.bank.standing import AtTheBank, cny
from tests.gateways.bank.test_windows import executed, nameless, pay, statement

NOBODY = Alone()
SMALL = Alone({"CNY": Money.parse("100", "CNY")})


@pytest.fixture
def people(session: Session) -> Finance:
    return make_finance(session)


def aside(there: AtTheBank, *lines: Line) -> list[ExternalLine]:
    """Lines that have stood unexplained for a day."""
    there.bank.lines = list(lines)
    there.bring()
    there.session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    wanted = select(ExternalLine).where(ExternalLine.state == "set_aside").order_by(ExternalLine.id)
    return list(there.session.scalars(wanted))


def unnamed(there: AtTheBank, *batches: int) -> tuple[list[Payout], ExternalLine]:
    """Sent payouts, and the one line on 2900 that the bank booked for all of them."""
    payouts = pay(there, *batches)
    whole = sum((line.amount for line in executed(there)), Money.zero("CNY"))
    (*_, line) = aside(there, Line(whole, text="ORDERS"))
    return payouts, line


def of(payouts: list[Payout]) -> Said:
    return Said("payouts", "The bank's letter lists them.", [payout.id for payout in payouts])


def kinds(session: Session) -> list[str]:
    found = select(AuditEvent.kind).where(AuditEvent.kind.startswith("line_match.")).order_by(AuditEvent.id)
    return [kind.removeprefix("line_match.") for kind in session.scalars(found)]


def test_two_people_say_which_payouts_a_line_was(session: Session, there: AtTheBank, people: Finance) -> None:
    payouts, line = unnamed(there, 1, 3)

    match = propose_match(session, people.preparer, line.id, of(payouts), NOBODY)

    assert (match.state, line.state, {payout.state for payout in payouts}) == ("proposed", "set_aside", {"sent"})
    with pytest.raises(DomainError, match="line_two_people"):
        approve_match(session, people.preparer, match.id)
    with pytest.raises(DomainError, match="state_conflict"):
        propose_match(session, people.approver, line.id, of(payouts), NOBODY)
    with pytest.raises(DomainError, match="state_conflict"):
        look_again(session, people.approver, line.id, "it may be there")
    approve_match(session, people.approver, match.id)
    assert (match.state, line.state, {payout.state for payout in payouts}) == ("done", "matched", {"reconciled"})
    assert balance(session, suspense(name_of(line), "CNY")).is_zero
    assert kinds(session) == ["proposed", "done"]
    assert run_checks(session, ["I8", "I9", "I14", "R10", "E2", "I16"]).holds
    with pytest.raises(DomainError, match="state_conflict"):
        approve_match(session, people.approver, match.id)


def test_taken_back_the_payouts_are_sent_again_and_may_be_confirmed_anew(
    session: Session, there: AtTheBank, people: Finance
) -> None:
    payouts, line = unnamed(there, 1, 3)
    match = propose_match(session, people.preparer, line.id, of(payouts), SMALL)
    assert match.state == "done", "one person may say so of a small line"
    settled = session.scalar(text("SELECT count(*) FROM journal"))

    undo_match(session, people.preparer, match.id, "It was the rent.", NOBODY)
    with pytest.raises(DomainError, match="line_two_people"):
        approve_match(session, people.preparer, match.id)
    approve_match(session, people.approver, match.id)

    session.expire_all()
    assert (match.state, line.state, {payout.state for payout in payouts}) == ("undone", "set_aside", {"sent"})
    assert session.scalar(text("SELECT count(*) FROM journal")) == settled + 2, "reversed, nothing is edited"
    for payout in payouts:
        assert balance(session, in_flight(payout.id, "CNY")) == payout.paid
        states = select(Installment.state).where(Installment.payout_id == payout.id)
        assert set(session.scalars(states)) == {"in_payout"}
    assert balance(session, suspense(name_of(line), "CNY")) == line.money
    assert run_checks(session, ["I8", "I9", "I13", "I14", "R10", "E2", "I7", "I15"]).holds
    again = propose_match(session, people.approver, line.id, of(payouts), SMALL)
    assert (again.state, {payout.state for payout in payouts}) == ("done", {"reconciled"})
    assert kinds(session) == ["done", "undo_asked", "undone", "done"]
    assert run_checks(session, ["I8", "I9", "I13", "I14", "R10", "E2"]).holds


def test_what_was_matched_by_itself_can_be_taken_back_too(session: Session, there: AtTheBank, people: Finance) -> None:
    (payout,) = pay(there, 3)
    there.bank.lines = [nameless(line) for line in executed(there)]
    statement(there, 0)
    statement(there, 3)
    match = session.scalars(select(LineMatch)).one()
    undo_match(session, people.preparer, match.id, "It was another payment.", SMALL)
    there.book()
    assert (match.state, payout.state) == ("undone", "sent"), "what people took back is not matched again by itself"
    propose_match(session, people.preparer, match.line_id, of([payout]), SMALL)
    assert payout.state == "reconciled"


def test_a_payout_of_an_erased_payee_is_not_taken_back(session: Session, there: AtTheBank, people: Finance) -> None:
    payouts, line = unnamed(there, 1, 3)
    match = propose_match(session, people.preparer, line.id, of(payouts), SMALL)
    blank_paid_off(session, payouts[0].payee_id)
    undone = session.begin_nested()
    with pytest.raises(DomainError, match="state_conflict"):
        undo_match(session, people.preparer, match.id, "It was the rent.", SMALL)
    undone.rollback()
    assert (match.state, {payout.state for payout in payouts}) == ("done", {"reconciled"})


def test_payouts_that_are_not_the_line_are_refused(session: Session, there: AtTheBank, people: Finance) -> None:
    payouts, line = unnamed(there, 1, 3)
    with pytest.raises(DomainError, match="line_explained_otherwise"):
        propose_match(session, people.preparer, line.id, of(payouts[:1]), SMALL)
    for said in (
        Said("payouts", "why"),
        Said("payouts", " ", [payouts[0].id]),
        Said("fee", "why", [payouts[0].id]),
        Said("deposit", "why"),
        Said("deposit", "why", deposit_id=payouts[0].id),
        Said("refund", "why", organization_id=payouts[0].id),
        Said("refund", "why", organization_id=payouts[0].id, deposit_id=payouts[0].id),
        Said("luck", "why"),
    ):
        with pytest.raises(DomainError, match="invalid"):
            propose_match(session, people.preparer, line.id, said, SMALL)
    with pytest.raises(DomainError, match="forbidden"):
        propose_match(session, make_staff(session, "auditor"), line.id, of(payouts), SMALL)
    assert session.scalars(select(LineMatch.id)).all() == []
    propose_match(session, people.preparer, line.id, of(payouts), SMALL)


@pytest.mark.parametrize("kind", ["fee", "transit", "moved_already", "deposit"])
def test_every_other_kind_is_taken_back_by_its_mirror(
    session: Session, there: AtTheBank, people: Finance, client: Actor, kind: str
) -> None:
    put_in_capital(session, people.preparer, cny("10"))
    if kind == "moved_already":
        there.bank.charge("5.00")
        there.bring()
    amount = {"fee": "-5.00", "transit": "5.00", "moved_already": "5.00", "deposit": "5.00"}[kind]
    (line,) = aside(there, Line(cny(amount), text="who knows"))
    of = client.organization if kind == "deposit" else None
    before = balance(session, bank_wages("CNY"))
    said = Said(kind, "why", organization_id=of)
    match = propose_match(session, people.preparer, line.id, said, SMALL)
    assert (match.state, line.state) == ("done", "matched")

    undo_match(session, people.approver, match.id, "It was not.", SMALL)

    assert (match.state, line.state) == ("undone", "set_aside")
    assert balance(session, bank_wages("CNY")) == before
    assert balance(session, client_deposits(client.organization, "CNY")).is_zero
    assert run_checks(session, ["I9", "I14", "R10"]).holds
    again = propose_match(session, people.preparer, line.id, said, SMALL)
    assert (again.state, line.state) == ("done", "matched")
    assert run_checks(session, ["I9", "I14", "R10", "I17", "N1", "N2", "N4"]).holds
    papers = session.scalars(select(Invoice.kind).order_by(Invoice.id)).all()
    assert papers == (["receipt", "credit_note", "receipt"] if kind == "deposit" else [])


def test_a_receipt_that_stands_though_its_journal_was_reversed_is_found(
    session: Session, there: AtTheBank, people: Finance, client: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = aside(there, Line(cny("5.00"), text="who knows"))
    said = Said("deposit", "why", organization_id=client.organization)
    match = propose_match(session, people.preparer, line.id, said, SMALL)
    undone = session.begin_nested()
    monkeypatch.setattr(matches, "cancel_receipt", lambda *_: None)
    undo_match(session, people.approver, match.id, "It was not.", SMALL)
    ((finding,),) = [result.findings for result in run_checks(session, ["N4"]).results]
    assert "0 credit notes name it" in finding.problem
    undone.rollback()
    session.expire_all()
    assert run_checks(session, ["N4"]).holds


def test_a_deposit_that_the_client_has_spent_is_not_taken_back(
    session: Session, there: AtTheBank, people: Finance, client: Actor
) -> None:
    (line,) = aside(there, Line(cny("5.00"), text="who knows"))
    said = Said("deposit", "why", organization_id=client.organization)
    match = propose_match(session, people.preparer, line.id, said, SMALL)
    pairs = j12_refund_ordered(client.organization, cny("1"))
    post(session, people.preparer, kind="J12", key="spent", pairs=pairs, subject=("organization", client.organization))
    undone = session.begin_nested()
    with pytest.raises(DomainError, match="balance_insufficient"):
        undo_match(session, people.approver, match.id, "It was not.", SMALL)
    undone.rollback()
    assert session.get_one(LineMatch, match.id).state == "done"


def test_a_proposal_and_an_undoing_may_be_given_up(session: Session, there: AtTheBank, people: Finance) -> None:
    (line,) = aside(there, Line(cny("5.00"), text="who knows"))
    said = Said("transit", "why")
    match = propose_match(session, people.preparer, line.id, said, NOBODY)
    reject_match(session, people.preparer, match.id)
    assert (match.state, line.state) == ("rejected", "set_aside")
    match = propose_match(session, people.preparer, line.id, said, SMALL)
    undo_match(session, people.preparer, match.id, "Perhaps not.", NOBODY)
    reject_match(session, people.approver, match.id)
    assert (match.state, match.undo_reason, line.state) == ("done", None, "matched")
    assert kinds(session) == ["proposed", "rejected", "done", "undo_asked", "undo_rejected"]
    assert session.scalars(select(Journal.id).where(Journal.reverses_id.is_not(None))).all() == []


def test_a_line_that_waits_for_a_second_person_is_not_taken_for_our_own_money(
    session: Session, there: AtTheBank, people: Finance
) -> None:
    (line,) = aside(there, Line(cny("5.00"), text="who knows"))
    match = propose_match(session, people.preparer, line.id, Said("transit", "why"), NOBODY)
    with pytest.raises(DomainError, match="decide that first"):
        take_line(session, people.approver, line.id)
    reject_match(session, people.approver, match.id)
    assert take_line(session, people.approver, line.id) is line


def test_an_owner_is_somebody_of_finance(session: Session, there: AtTheBank) -> None:
    second, auditor = make_staff(session, "finance"), make_staff(session, "auditor")
    (line,) = aside(there, Line(cny("5.00"), text="who knows"))
    with pytest.raises(DomainError, match="invalid"):
        give_owner(session, second, line.id, auditor.person)
    assert give_owner(session, there.finance, line.id, second.person).owner_id == second.person
    with pytest.raises(DomainError, match="forbidden"):
        give_owner(session, auditor, line.id, second.person)
