"""Any sequence of journals leaves the books right: a small market of made-up moves against a plain model of it."""

from collections import defaultdict
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import SCALE_EXTRA, Money
from marketplace.ledger.balances import balance, balances, trial_balance
from marketplace.ledger.chart import AccountRef, Code, Side
from marketplace.ledger.checking import run_checks
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.recipes.accounts import (
    DatedShare,
    client_deposits,
    in_flight,
    job_reserve,
    pay_deferred,
    pay_due,
    rail_available,
)
from marketplace.ledger.recipes.earning import j3_answers_accepted, j4_pay_fell_due
from marketplace.ledger.recipes.funding import j1_funds_available, j1_funds_received, j2_job_funded, j12_released
from marketplace.ledger.recipes.paying import j5_submitted, j6_confirmed, j7_refused
from tests.ledger.parts import ACTOR, DUE, OWN_CHECKS, RAIL

CLIENT, JOB, CONTRACT, PAYOUT = (new_id() for _ in range(4))
WORKERS = [new_id() for _ in range(3)]
amounts = st.integers(min_value=0, max_value=50_000_000)
moves = st.lists(
    st.tuples(st.sampled_from(["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J12"]), amounts, st.sampled_from(WORKERS)),
    max_size=25,
)


def pairs_of(kind: str, units: int, worker: UUID) -> list[Pair]:
    amount = Money(units, "CNY")
    whole = amount.floor_to_minor()
    share = DatedShare(worker, CONTRACT, DUE, amount)
    match kind:
        case "J1":
            return [*j1_funds_received(CLIENT, RAIL, whole), *j1_funds_available(RAIL, whole)]
        case "J2":
            return j2_job_funded(CLIENT, JOB, amount)
        case "J3":
            return j3_answers_accepted(JOB, fee=Money(units // 20, "CNY"), margins=[], pay=[share])
        case "J4":
            return j4_pay_fell_due(share)
        case "J5":
            return j5_submitted(PAYOUT, pay_due(worker, "CNY"), whole)
        case "J6":
            return j6_confirmed(PAYOUT, rail_available(RAIL, whole.currency), whole)
        case "J7":
            return j7_refused(PAYOUT, pay_due(worker, "CNY"), whole)
        case _:
            return j12_released(CLIENT, JOB, amount)


class Model:
    """The books as a dictionary."""

    def __init__(self) -> None:
        self.held: dict[AccountRef, int] = defaultdict(int)

    def apply(self, pairs: list[Pair]) -> bool:
        after = self.held.copy()
        for pair in pairs:
            after[pair.debit] += pair.amount.amount * (1 if pair.debit.code.side is Side.DEBIT else -1)
            after[pair.credit] += pair.amount.amount * (1 if pair.credit.code.side is Side.CREDIT else -1)
        if any(units < 0 for ref, units in after.items() if ref.code.controlled):
            return False
        self.held = after
        return True


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_any_sequence_of_journals_leaves_the_books_as_a_plain_model_says(
    session: Session, sequence: list[tuple[str, int, UUID]]
) -> None:
    with session.begin_nested() as undone:
        model = Model()
        for number, (kind, units, worker) in enumerate(sequence):
            pairs = pairs_of(kind, units, worker)
            if not any(pair.amount.amount for pair in pairs):
                continue
            slug = ""
            try:
                post(session, ACTOR, kind=kind, key=f"move {number}", pairs=pairs, subject=("job", JOB))
            except DomainError as refusal:
                slug = refusal.slug
            assert slug == ("" if model.apply(pairs) else "balance_insufficient")
        for ref, units in model.held.items():
            assert balance(session, ref) == Money(units, "CNY")
        for line in trial_balance(session, ACTOR):
            held = sum(units for ref, units in model.held.items() if ref.code == line.code)
            assert line.balance == Money(held, "CNY")
        lines = trial_balance(session, ACTOR)
        assert sum(line.debits.amount for line in lines) == sum(line.credits.amount for line in lines)
        assert run_checks(session, OWN_CHECKS).holds
        undone.rollback()


def test_balances_of_a_code_are_those_that_hold_something(session: Session) -> None:
    unit = 10**SCALE_EXTRA
    for kind, units, worker in (("J1", 100, 0), ("J2", 100, 0), ("J3", 40, 0), ("J3", 20, 1), ("J4", 20, 1)):
        pairs = pairs_of(kind, units * unit, WORKERS[worker])
        post(session, ACTOR, kind=kind, key=f"{kind} {worker}", pairs=pairs, subject=("job", JOB))

    share = DatedShare(WORKERS[0], CONTRACT, DUE, Money(40 * unit, "CNY"))
    assert balances(session, Code.PAY_DEFERRED) == {pay_deferred(share): share.amount}
    assert balances(session, Code.PAY_DEFERRED, owner_id=WORKERS[1]) == {}
    assert balances(session, Code.PAY_DUE, currency="CNY") == {pay_due(WORKERS[1], "CNY"): Money(20 * unit, "CNY")}
    assert balances(session, Code.JOB_RESERVE, currency="USD") == {}
    assert balance(session, client_deposits(CLIENT, "CNY")) == Money(0, "CNY")
    assert balance(session, job_reserve(JOB, "CNY")) == Money(37 * unit, "CNY")
    assert balance(session, in_flight(PAYOUT, "CNY")) == Money(0, "CNY")
