"""What one statement chooses, locks and sums, and what the statements after it do with that."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.recording import recomputer_of
from marketplace.db.engine import transaction
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.payouts import gathering
from marketplace.payouts.approving import cancel_run
from marketplace.payouts.models import Payout, PayoutLine, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.settlement.holding import put_into_payouts, take_out_of_payouts
from marketplace.settlement.models import Installment
from tests.builders.at_once import at_once
from tests.builders.payouts import Finance, execute, make_approved_run, make_due_chain, make_finance, mature, sandbox
from tests.builders.settlement import Chain


class KilledError(BaseException):
    """The process is gone: nothing of it handles this."""


@contextmanager
def after_each_statement(engine: Engine, done: Any) -> Iterator[None]:
    def executed(*_: object) -> None:
        done()

    event.listen(engine, "after_cursor_execute", executed)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", executed)


def counts(session: Session) -> tuple[int, ...]:
    tables = (PayoutRun, Payout, PayoutLine)
    found = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    marked = session.scalar(select(func.count()).where(Installment.payout_id.is_not(None))) or 0
    return (*found, marked)


def lines_of(session: Session, run: PayoutRun) -> list[PayoutLine]:
    wanted = select(PayoutLine).join(Payout, Payout.id == PayoutLine.payout_id).where(Payout.run_id == run.id)
    return list(session.scalars(wanted))


def test_preparing_loads_no_installment(session: Session, chain: Chain, finance: Finance) -> None:
    session.expunge_all()
    loaded: list[object] = []

    def note(row: object, _: object) -> None:
        loaded.append(row)

    event.listen(Installment, "load", note)
    try:
        run = prepare_run(session, finance.preparer, "sandbox")
    finally:
        event.remove(Installment, "load", note)
    assert loaded == []
    assert len(lines_of(session, run)) == 3
    assert chain.workers


def test_more_installments_are_no_more_statements(session: Session, chain: Chain, finance: Finance) -> None:
    engine = session.get_bind()
    statements: list[int] = []
    for _ in range(2):
        seen: list[None] = []
        with after_each_statement(engine, lambda seen=seen: seen.append(None)):  # type: ignore[arg-type]
            run = prepare_run(session, finance.preparer, "sandbox")
        statements.append(len(seen))
        cancel_run(session, finance.preparer, run.id)
        session.expunge_all()
        make_due_chain(session, claims=4, items=20, items_per_task=5)
    assert statements[0] == statements[1]
    assert chain.workers


def test_a_preparer_who_dies_after_any_statement_leaves_nothing_half_done(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        make_due_chain(session, claims=2, items=10, items_per_task=5)
        finance = make_finance(session)
    points = 0
    while True:
        left = points

        def die() -> None:
            nonlocal left
            if left == 0:
                raise KilledError
            left -= 1

        try:
            with after_each_statement(committing_engine, die), transaction(committing_engine) as session:
                prepare_run(session, finance.preparer, "sandbox")
        except KilledError:
            points += 1
            with transaction(committing_engine) as session:
                assert counts(session) == (0, 0, 0, 0)
        else:
            break
    assert points > 10
    with transaction(committing_engine) as session:
        assert counts(session) == (1, 4, 4, 4)


def test_what_another_transaction_has_locked_is_neither_summed_nor_taken(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        worker = make_due_chain(session, items=5, items_per_task=5).workers[0].person
        mature(session)
        finance = make_finance(session)
    with transaction(committing_engine) as other:
        of_worker = select(Installment.id).where(Installment.payee_id == worker, Installment.state == "due")
        locked = other.scalars(of_worker.limit(1).with_for_update()).one()
        with transaction(committing_engine) as session:
            run = prepare_run(session, finance.preparer, "sandbox")
            taken = {line.installment_id for line in lines_of(session, run)}
            paid = session.scalars(select(Payout).where(Payout.run_id == run.id, Payout.payee_id == worker)).one()
            lines = session.scalar(select(func.sum(PayoutLine.amount)).where(PayoutLine.payout_id == paid.id))
            assert paid.amount + paid.carried_out == lines == 875_000
    assert locked not in taken
    with transaction(committing_engine) as session:
        run = prepare_run(session, finance.preparer, "sandbox")
        assert [line.installment_id for line in lines_of(session, run)] == [locked]


def test_two_who_prepare_while_another_changes_what_is_due_leave_every_installment_in_one_place(
    committing_engine: Engine,
) -> None:
    with transaction(committing_engine) as session:
        worker = make_due_chain(session, claims=6, items=30, items_per_task=5).workers[0].person
        finance = make_finance(session)

    def prepare() -> None:
        with transaction(committing_engine) as session:
            prepare_run(session, finance.preparer, "sandbox")

    def postpone() -> None:
        # Stands for whoever changes installments that are due, which takes their locks.
        with transaction(committing_engine) as session:
            of_worker = (Installment.payee_id == worker, Installment.state == "due")
            later = {"due_on": Installment.due_on + dt.timedelta(days=3650)}
            session.execute(update(Installment).where(*of_worker).values(later))

    outcomes = at_once(prepare, postpone, prepare)
    assert outcomes["done"] in {2, 3}
    with transaction(committing_engine) as session:
        for payout in session.scalars(select(Payout)):
            lines = session.scalar(select(func.sum(PayoutLine.amount)).where(PayoutLine.payout_id == payout.id))
            assert payout.amount + payout.carried_out == lines
        twice = select(PayoutLine.installment_id).group_by(PayoutLine.installment_id).having(func.count() > 1)
        assert session.scalars(twice).all() == []


def test_a_run_has_a_limit_of_payouts_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_due_chain(session, claims=3, items=15, items_per_task=5)
    monkeypatch.setattr(gathering, "PAYOUTS_MAX", 2)
    finance = make_finance(session)
    kinds = []
    for _ in range(3):
        run = prepare_run(session, finance.preparer, "sandbox")
        kinds.append(sorted(session.scalars(select(Payout.payee_kind).where(Payout.run_id == run.id))))
    assert kinds == [["worker", "worker"], ["layer", "worker"], ["layer"]]


@pytest.mark.usefixtures("chain")
def test_what_is_not_payable_any_more_is_put_into_no_payout(session: Session, finance: Finance) -> None:
    run = prepare_run(session, finance.preparer, "sandbox")
    line = lines_of(session, run)[0]
    with pytest.raises(DomainError, match="state_conflict"):
        put_into_payouts(session, {line.payout_id: f"{{{line.installment_id}}}"}, 1, dt.date(2026, 1, 1))


@pytest.mark.usefixtures("chain")
def test_what_is_paid_is_not_taken_out_of_its_payout(session: Session, finance: Finance) -> None:
    run = make_approved_run(session, finance)
    execute(session, finance, sandbox(session), run)
    paid = [line.payout_id for line in lines_of(session, run)]
    with pytest.raises(DomainError, match="state_conflict"):
        take_out_of_payouts(session, paid)


@pytest.mark.usefixtures("chain")
def test_the_log_has_the_digest_of_a_run_s_lines_and_the_one_of_earlier_releases_is_recomputed(
    session: Session, finance: Finance
) -> None:
    run = prepare_run(session, finance.preparer, "sandbox")
    lines = sorted(lines_of(session, run), key=lambda line: (line.payout_id, line.installment_id))
    now = "".join(f"{line.payout_id} {line.installment_id} {line.amount}\n" for line in lines)
    before = "".join(
        f"{public('payout', line.payout_id)} {public('installment', line.installment_id)} {line.amount}\n"
        for line in lines
    )
    load_recomputers()
    body = session.scalars(select(AuditEvent.body).where(AuditEvent.subject_id == run.id)).one()
    assert hashlib.sha256(now.encode()).hexdigest().encode() in body
    for version, written in ((2, now), (1, before)):
        recompute = recomputer_of("payout_run.prepared", version)
        assert recompute is not None
        recomputed = recompute(session, [run.id])[run.id]
        assert recomputed is not None
        assert recomputed["digest"] == hashlib.sha256(written.encode()).hexdigest()
