import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.checking import Finding, run_checks
from marketplace.ledger.models import Journal
from marketplace.payouts.models import Payout, PayoutEvent
from marketplace.payouts.recovering import confirm_sent
from marketplace.payouts.sending import execute_run
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.port import Rail, RailLine
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.matching import match, reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.queries import discrepancies, external_lines
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside, make_approved_run, make_due_chain, make_finance, sandbox, states
from tests.builders.statements import statements


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def pay_in(session: Session, rail: Rail, amount: str = "900") -> Deposit:
    client = make_member(session, make_organization(session, "client"), "requester")
    ordered = start_deposit(session, client, rail.name, cny(amount))
    return collect(inside(session), {rail.name: rail}, ordered.id)


def lines_of(session: Session) -> list[ExternalLine]:
    query = select(ExternalLine).order_by(ExternalLine.id)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def failures(session: Session) -> tuple[Finding, ...]:
    return run_checks(session, ["I9"]).results[0].findings


def a_day_passes(session: Session) -> None:
    """By real time, for lines; journals are dated by their audit event, which nobody changes."""
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '25 hours'"))


class OtherRail(SandboxRail):
    """The sandbox with lines of its own making."""

    said: list[RailLine]

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:  # noqa: ARG002
        return self.said


def says(session: Session, *said: RailLine) -> OtherRail:
    rail = OtherRail(inside(session))
    rail.said = list(said)
    return rail


def a_line(reference: str, amount: str, external_id: str = "bl_x") -> RailLine:
    moment = dt.datetime(2027, 1, 15, tzinfo=dt.UTC)
    money = Money.parse(amount, "CNY", negative=True)
    return RailLine(external_id, "charge" if money.amount > 0 else "transfer", money, moment, reference)


def test_a_deposit_and_its_line_are_matched(session: Session, rail: SandboxRail) -> None:
    deposit = pay_in(session, rail)

    assert reconcile(inside(session), {"sandbox": rail}) == {"imported": 1, "matched": 1, "set_aside": 0}

    (line,) = lines_of(session)
    journal_id = session.scalars(select(Journal.id).where(Journal.subject_id == deposit.id)).one()
    assert (line.state, line.journal_id, line.money) == ("matched", journal_id, cny("900"))
    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == line.id)).one()
    assert event.kind == "external_line.matched"
    assert public("journal", journal_id).encode() in event.body
    assert failures(session) == ()


def test_importing_and_matching_again_changes_nothing(session: Session, rail: SandboxRail) -> None:
    pay_in(session, rail)
    reconcile(inside(session), {"sandbox": rail})

    assert reconcile(inside(session), {"sandbox": rail}) == {"imported": 0, "matched": 0, "set_aside": 0}
    assert len(lines_of(session)) == 1


def test_a_settled_payout_whose_line_is_found_is_reconciled(session: Session, rail: SandboxRail) -> None:
    make_due_chain(session)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    execute_run(inside(session), finance.approver, {"sandbox": rail}, run.id)
    confirm_sent(inside(session), {"sandbox": rail})
    settled = states(session, run)
    assert set(settled) == {"settled"}

    reconcile(inside(session), {"sandbox": rail})

    session.expire_all()
    assert states(session, run) == {"reconciled": settled["settled"]}
    payouts = session.scalars(select(Payout).where(Payout.run_id == run.id)).all()
    for payout in payouts:
        line = session.scalars(select(ExternalLine).where(ExternalLine.reference == payout.rail_reference)).one()
        assert line.money == -payout.money
        history = select(PayoutEvent.kind).where(PayoutEvent.payout_id == payout.id).order_by(PayoutEvent.id.desc())
        assert session.scalars(history.limit(1)).one() == "reconciled"
    assert failures(session) == ()


def test_lines_are_kept_portion_after_portion_and_what_broke_is_read_again(session: Session) -> None:
    told = [a_line(f"ch_{n}", "1.00", f"bl_{n}") for n in range(5)]

    class Breaking(SandboxRail):
        broken = True

        def lines(self, since: dt.datetime | None = None) -> Iterator[RailLine]:  # type: ignore[override]  # noqa: ARG002
            yield from told[:3]
            if self.broken:
                raise ConnectionError
            yield from told[3:]

    rail = Breaking(inside(session))
    with pytest.raises(ConnectionError):
        import_lines(inside(session), rail, 2)
    assert [line.external_id for line in lines_of(session)] == ["bl_0", "bl_1"]

    rail.broken = False
    assert import_lines(inside(session), rail, 2) == 3
    assert [line.external_id for line in lines_of(session)] == [line.external_id for line in told]


def test_many_lines_are_matched_in_portions(session: Session, rail: SandboxRail) -> None:
    for _ in range(5):
        pay_in(session, rail)
    import_lines(inside(session), rail)

    seen, matched = match(session, 2)
    assert (len(seen), matched) == (2, 2)
    assert reconcile(inside(session), {"sandbox": rail}, 2) == {"imported": 0, "matched": 3, "set_aside": 0}


def test_statements_do_not_grow_with_the_lines_that_are_matched(session: Session, rail: SandboxRail) -> None:
    counts, finance = [], make_finance(session)
    for claims in (2, 9):
        make_due_chain(session, claims=claims)
        run = make_approved_run(session, finance)
        execute_run(inside(session), finance.approver, {"sandbox": rail}, run.id)
        confirm_sent(inside(session), {"sandbox": rail})
        for _ in range(claims):
            pay_in(session, rail)
        lines = import_lines(inside(session), rail)
        with statements(session) as sent:
            _, matched = match(session)
        assert matched == lines >= 2 * claims
        assert states(session, run).keys() == {"reconciled"}
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


def test_a_payout_that_is_not_settled_stays_as_it_is_when_many_are_reconciled(session: Session) -> None:
    make_due_chain(session, claims=2)
    finance = make_finance(session)
    run = make_approved_run(session, finance)
    rail = sandbox(session)
    execute_run(inside(session), finance.approver, {"sandbox": rail}, run.id)
    first, *others = session.scalars(select(Payout).where(Payout.run_id == run.id).order_by(Payout.id)).all()
    confirm_sent(inside(session), {"sandbox": rail})
    versions = {one.id: one.version for one in (first, *others)}
    import_lines(inside(session), rail)
    with session.begin_nested() as undone:
        session.execute(text("UPDATE payout SET state = 'returned' WHERE id = :id"), {"id": first.id})
        match(session)
        session.expire_all()
        assert [first.state, *{one.state for one in others}] == ["returned", "reconciled"]
        assert first.version == versions[first.id]
        assert all(one.version == versions[one.id] + 1 for one in others)
        lines = {one.reference: one for one in lines_of(session)}
        for one in others:
            history = select(PayoutEvent).where(PayoutEvent.payout_id == one.id, PayoutEvent.kind == "reconciled")
            event = session.scalars(history).one()
            assert (event.state_before, event.state_after, event.attempt) == ("settled", "reconciled", one.attempt)
            assert event.body == {"line": public("external_line", lines[one.rail_reference or ""].id)}
        undone.rollback()


@pytest.mark.parametrize("amount", ["899.99", "900.01", "-900"])
def test_a_line_that_differs_in_amount_stays_unmatched(session: Session, rail: SandboxRail, amount: str) -> None:
    deposit = pay_in(session, rail)
    other = says(session, a_line(deposit.reference or "", amount))

    assert reconcile(inside(session), {"sandbox": other})["matched"] == 0

    assert [line.state for line in lines_of(session)] == ["unmatched"]


def test_two_lines_of_one_charge_are_one_match_and_one_discrepancy(session: Session, rail: SandboxRail) -> None:
    reference = pay_in(session, rail).reference or ""
    other = says(session, a_line(reference, "900", "bl_1"), a_line(reference, "900", "bl_2"))

    assert reconcile(inside(session), {"sandbox": other}) == {"imported": 2, "matched": 1, "set_aside": 0}

    assert sorted(line.state for line in lines_of(session)) == ["matched", "unmatched"]


def test_what_only_one_side_knows_is_a_discrepancy(session: Session, rail: SandboxRail) -> None:
    deposit = pay_in(session, rail)
    other = says(session, a_line("ch_nobody_knows", "1.00"))
    reconcile(inside(session), {"sandbox": other})
    journal_id = session.scalars(select(Journal.id).where(Journal.subject_id == deposit.id)).one()

    line, journal = discrepancies(session, make_staff(session, "finance"))

    assert (line.kind, line.amount, line.reference) == ("line_unmatched", cny("1"), "ch_nobody_knows")
    assert (journal.kind, journal.amount, journal.journal_id) == ("journal_unconfirmed", cny("900"), journal_id)
    assert failures(session) == (), "a minute old is usual"


def test_a_line_that_nothing_explains_for_a_day_fails_the_check(session: Session) -> None:
    with session.begin_nested() as undone:
        other = says(session, a_line("ch_nobody_knows", "1.00"))
        reconcile(inside(session), {"sandbox": other})
        a_day_passes(session)

        (finding,) = failures(session)

        assert finding.problem == "no journal says 1.00 CNY at sandbox"
        undone.rollback()


def test_a_match_that_is_altered_afterwards_fails_the_check(session: Session, rail: SandboxRail) -> None:
    pay_in(session, rail)
    reconcile(inside(session), {"sandbox": rail})
    with session.begin_nested() as undone:
        session.execute(text("UPDATE external_line SET amount = amount + 10000"))

        (finding,) = failures(session)

        assert finding.problem.startswith("it says 900.01 CNY, its journal jrn_")
        undone.rollback()


def test_only_those_who_reconcile_see_it(session: Session, rail: SandboxRail) -> None:
    pay_in(session, rail)
    reconcile(inside(session), {"sandbox": rail})
    for role in ("finance", "auditor"):
        page = external_lines(session, make_staff(session, role))
        assert [line.money for line in page.data] == [cny("900")]
    for role in ("operations", "dispute_decider"):
        with pytest.raises(DomainError, match="forbidden"):
            external_lines(session, make_staff(session, role))
        with pytest.raises(DomainError, match="forbidden"):
            discrepancies(session, make_staff(session, role))


class DeadRail(SandboxRail):
    """A rail that cannot be asked."""

    name = "dead"

    def lines(self, since: dt.datetime | None = None) -> list[RailLine]:
        raise ConnectionError(since)


def test_a_rail_that_cannot_be_asked_keeps_no_other_waiting(session: Session, rail: SandboxRail) -> None:
    pay_in(session, rail)
    rails = {"dead": DeadRail(inside(session)), "sandbox": rail}
    assert reconcile(inside(session), rails) == {"imported": 1, "matched": 1, "set_aside": 0}


def test_a_rail_without_lines_is_no_trouble(session: Session, rail: SandboxRail) -> None:
    assert reconcile(inside(session), {"sandbox": rail}) == {"imported": 0, "matched": 0, "set_aside": 0}
    assert match(session, 10, new_id()) == ([], 0)
