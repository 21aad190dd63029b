"""What is kept of journals without a line says the same as all postings, whatever lines and people do to them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.ledger import horizons
from marketplace.ledger.models import Journal
from marketplace.ledger.posting import mirror_of, post
from marketplace.ledger.snapshots import take_snapshots
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.queries import discrepancies
from marketplace.reconciliation.unconfirmed import (
    UnconfirmedDifferError,
    compare_unconfirmed,
    differing_journals,
    forget_unconfirmed,
    keep_unconfirmed,
    of_all_postings,
    unconfirmed,
)
from tests.builders.identity import make_staff
from tests.builders.payouts import inside, sandbox
from tests.reconciliation.test_reconciling import a_line, cny, pay_in, says


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def keep(session: Session) -> int:
    take_snapshots(inside(session), tail_min=1)
    return keep_unconfirmed(session)


def kept(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM unconfirmed_journal")) or 0


def agrees(session: Session) -> int:
    """How many journals wait for their line, by what is kept and what came since, and by all postings alike."""
    session.flush()
    found = unconfirmed(session, most=100)
    assert found == of_all_postings(session, before=None, most=100)
    assert differing_journals(session) == []
    return len(found)


def grow_old(session: Session) -> None:
    session.execute(text("UPDATE kept_horizon SET compared_at = compared_at - interval '1 day'"))


def test_a_journal_waits_for_its_line_whether_it_is_kept_or_came_since(session: Session, rail: SandboxRail) -> None:
    reference = pay_in(session, rail).reference or ""
    assert agrees(session) == 1
    assert keep(session) == 1
    assert (agrees(session), kept(session)) == (1, 1)
    pay_in(session, rail)
    assert (agrees(session), kept(session)) == (2, 1)

    reconcile(inside(session), {"sandbox": says(session, a_line(reference, "900"))})

    assert (agrees(session), kept(session)) == (1, 1), "what is confirmed is kept until the next step, but never said"
    keep(session)
    assert (agrees(session), kept(session)) == (1, 1)
    (journal,) = discrepancies(session, make_staff(session, "finance"))
    assert (journal.kind, journal.amount) == ("journal_unconfirmed", cny("900"))


@pytest.mark.parametrize("before", [keep, lambda _: 0], ids=["kept", "came since"])
def test_a_journal_that_is_undone_waits_for_no_line(
    session: Session, rail: SandboxRail, before: Callable[[Session], int]
) -> None:
    deposit = pay_in(session, rail)
    before(session)
    journal = session.scalars(select(Journal).where(Journal.subject_id == deposit.id)).one()
    with session.begin_nested() as undone:
        pairs, _ = mirror_of(session, journal.id)
        actor = make_staff(session, "finance")
        post(session, actor, kind="J1", key="undo", pairs=pairs, subject=("deposit", deposit.id), reverses=journal.id)
        assert agrees(session) == 0
        keep(session)
        assert (agrees(session), kept(session)) == (0, 0)
        undone.rollback()


def test_what_is_kept_can_be_thrown_away_and_made_again(session: Session, rail: SandboxRail) -> None:
    pay_in(session, rail)
    keep(session)
    assert keep(session) == 0
    assert forget_unconfirmed(session) == 1
    assert (agrees(session), kept(session)) == (1, 0)
    keep(session)
    assert (agrees(session), kept(session)) == (1, 1)


def test_what_is_thrown_away_while_somebody_reads_is_looked_for_among_all(
    session: Session, rail: SandboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = horizons.reached

    def just_before_it_goes(session: Session, name: str) -> int | None:
        found = reached(session, name)
        forget_unconfirmed(session)
        return found

    pay_in(session, rail)
    keep(session)
    pay_in(session, rail)
    monkeypatch.setattr(horizons, "reached", just_before_it_goes)
    assert len(unconfirmed(session, most=100)) == 2


@pytest.mark.parametrize(
    "harm", ["UPDATE unconfirmed_journal SET amount = amount + 1", "DELETE FROM unconfirmed_journal"]
)
def test_what_differs_is_found_once_a_day_thrown_away_and_said_aloud(
    session: Session, rail: SandboxRail, harm: str
) -> None:
    pay_in(session, rail)
    keep(session)
    assert compare_unconfirmed(inside(session)) == 0
    grow_old(session)
    assert compare_unconfirmed(inside(session)) == 1
    assert compare_unconfirmed(inside(session)) == 0
    grow_old(session)
    session.execute(text(harm))
    with pytest.raises(UnconfirmedDifferError, match="1 journals"):
        compare_unconfirmed(inside(session))
    assert horizons.reached(session, "unconfirmed") is None
    assert agrees(session) == 1
