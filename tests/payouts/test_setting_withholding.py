"""Setting what tax is withheld from a payee: two people, neither on their own, from a day on."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.kernel.errors import DomainError
from marketplace.payouts.tax_models import Withholding
from marketplace.payouts.tax_queries import withholdings
from marketplace.payouts.withholding import TaxLine, decide_withholding, in_force, propose_withholding
from tests.builders.at_once import at_once
from tests.builders.identity import make_member, make_organization, make_worker
from tests.builders.payouts import (
    Finance,
    make_finance,
)
from tests.builders.taxes import withhold_from

KRA, NHIF = ("KE-KRA", 50_000), ("KE-NHIF", 27_500)


def test_a_payee_sees_what_was_approved_for_them_and_no_others(session: Session, finance: Finance) -> None:
    worker, other = make_worker(session), make_worker(session)
    row = withhold_from(session, finance, worker, KRA)
    today = market_now(session).date()
    propose_withholding(session, finance.preparer, worker.person, today, [TaxLine(*NHIF)])
    assert withholdings(session, worker).data == [row]
    assert withholdings(session, other).data == []
    assert len(withholdings(session, finance.preparer).data) == 2


def test_the_latest_day_that_has_come_counts_and_nothing_ends_it(session: Session, finance: Finance) -> None:
    worker = make_worker(session)
    today = market_now(session).date()
    withhold_from(session, finance, worker, KRA)
    withhold_from(session, finance, worker, NHIF, valid_from=today + dt.timedelta(days=10))
    withhold_from(session, finance, worker, valid_from=today + dt.timedelta(days=20))

    def on(days: int) -> list[str]:
        found = in_force(session, [worker.person], today + dt.timedelta(days=days)).get(worker.person, [])
        return [line.authority for line in found]

    assert [on(days) for days in (-1, 0, 9, 10, 19, 20)] == [[], ["KE-KRA"], ["KE-KRA"], ["KE-NHIF"], ["KE-NHIF"], []]
    withhold_from(session, finance, worker, ("KE", 1))
    assert on(0) == ["KE"]


def test_two_people_decide_and_neither_on_their_own(session: Session, finance: Finance) -> None:
    worker = make_worker(session)
    today, lines = market_now(session).date(), [TaxLine(*KRA)]
    proposed = propose_withholding(session, finance.preparer, worker.person, today, lines)
    with pytest.raises(DomainError, match="payout_two_people"):
        decide_withholding(session, finance.preparer, proposed.id, approve=True)
    with pytest.raises(DomainError, match="state_conflict"):
        propose_withholding(session, finance.approver, worker.person, today, lines)
    with pytest.raises(DomainError, match="forbidden"):
        decide_withholding(session, worker, proposed.id, approve=True)
    assert decide_withholding(session, finance.preparer, proposed.id, approve=False).state == "rejected"
    assert in_force(session, [worker.person], today) == {}

    themselves = replace(finance.preparer, person_id=worker.person)
    with pytest.raises(DomainError, match="payout_two_people"):
        propose_withholding(session, themselves, worker.person, today, lines)
    organization = make_organization(session, "subcontractor")
    member = make_member(session, organization, "manager")
    with pytest.raises(DomainError, match="payout_two_people"):
        propose_withholding(session, replace(finance.preparer, person_id=member.person), organization.id, today, lines)


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ([("KE-KRA", 0)], "/lines/0/rate_ppm"),
        ([("KE-KRA", 1_000_000)], "/lines/0/rate_ppm"),
        ([("KE-KRA", 1), ("kra", 1)], "/lines/1/authority"),
        ([("KE-KRA", 1), ("KE-KRA", 1)], "/lines"),
        ([("KE-KRA", 600_000), ("KE", 400_000)], "/lines"),
        ([(f"KE-{n}", 1) for n in range(11)], "/lines"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(
    session: Session, finance: Finance, lines: list[tuple[str, int]], pointer: str
) -> None:
    worker, today = make_worker(session), market_now(session).date()
    with pytest.raises(DomainError) as refusal:
        propose_withholding(session, finance.preparer, worker.person, today, [TaxLine(*line) for line in lines])
    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_nothing_is_taxed_for_days_that_are_over_and_nobody_but_payees(session: Session, finance: Finance) -> None:
    worker, today = make_worker(session), market_now(session).date()
    with pytest.raises(DomainError) as refusal:
        propose_withholding(session, finance.preparer, worker.person, today - dt.timedelta(days=1), [TaxLine(*KRA)])
    assert [error.pointer for error in refusal.value.errors] == ["/valid_from"]
    client = make_organization(session, "client")
    with pytest.raises(DomainError, match="not_found"):
        propose_withholding(session, finance.preparer, client.id, today, [TaxLine(*KRA)])


def test_no_row_says_that_one_person_decided_alone(session: Session, finance: Finance) -> None:
    row = withhold_from(session, finance, make_worker(session), KRA)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Withholding).where(Withholding.id == row.id).values(decided_by=row.proposed_by))


def test_of_two_proposals_at_once_one_waits_and_the_other_is_refused(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        finance, worker = make_finance(session), make_worker(session)
        today = market_now(session).date()

    def propose() -> None:
        with transaction(committing_engine) as session:
            propose_withholding(session, finance.preparer, worker.person, today, [TaxLine(*KRA)])

    assert at_once(propose, propose, propose) == {"done": 1, "state_conflict": 2}


def test_of_an_approval_and_a_rejection_at_once_one_counts(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        finance, worker = make_finance(session), make_worker(session)
        today = market_now(session).date()
        row = propose_withholding(session, finance.preparer, worker.person, today, [TaxLine(*KRA)])

    def decide(approve: bool) -> None:
        with transaction(committing_engine) as session:
            decide_withholding(session, finance.approver, row.id, approve=approve)

    assert at_once(lambda: decide(True), lambda: decide(False)) == {"done": 1, "state_conflict": 1}
