"""Sales tax on its way to its authority, proposed, approved, given up and paid by many at once with real commits."""

import datetime as dt
from collections.abc import Callable

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.db.engine import transaction
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.models import Journal
from marketplace.ledger.treasury import hold_own_money
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remitting import (
    approve_remittance,
    pay_from_operating,
    reject_remittance,
)
from marketplace.reconciliation.remittances import pay_by_line
from tests.builders.at_once import at_once
from tests.builders.payouts import Finance, make_finance
from tests.builders.settlement import accept, hand_in
from tests.builders.taxes import end_month, taxed_chain
from tests.payouts.test_remitting_sales_tax import BZST, proposed


@pytest.fixture
def finance(committing_engine: Engine) -> Finance:
    with transaction(committing_engine) as session:
        return make_finance(session)


@pytest.fixture
def month(committing_engine: Engine, finance: Finance) -> dt.date:
    """The month of invoiced fees with 0.02 CNY of tax inside."""
    with transaction(committing_engine) as session:
        chain = taxed_chain(session, finance, BZST)
        accept(session, chain, hand_in(session, chain))
        return end_month(session)


def rows(engine: Engine) -> list[TaxRemittance]:
    with transaction(engine) as session:
        return list(session.scalars(select(TaxRemittance)))


def each(engine: Engine, verb: Callable[..., object], *given: object) -> Callable[[], None]:
    """The verb in a transaction of its own."""

    def act() -> None:
        with transaction(engine) as session:
            verb(session, *given)

    return act


def one(engine: Engine, finance: Finance, month: dt.date, *, decided: bool = False) -> TaxRemittance:
    with transaction(engine) as session:
        row = proposed(session, finance, month)
        return approve_remittance(session, finance.approver, row.id) if decided else row


def test_many_who_propose_the_same_tax_get_one_remittance(
    committing_engine: Engine, finance: Finance, month: dt.date
) -> None:
    propose = each(committing_engine, proposed, finance, month)
    assert at_once(*[propose] * 5) == {"done": 1, "nothing_withheld": 4}
    (row,) = rows(committing_engine)
    assert row.money == Money.parse("0.02", "CNY")


def test_one_approves_and_who_pays_and_who_gives_up_do_not_both_succeed(
    committing_engine: Engine, finance: Finance, month: dt.date
) -> None:
    row = one(committing_engine, finance, month)

    approve = each(committing_engine, approve_remittance, finance.approver, row.id)
    assert at_once(approve, approve, approve) == {"done": 1, "state_conflict": 2}

    give_up = each(committing_engine, reject_remittance, finance.approver, row.id)
    pays = [each(committing_engine, pay_from_operating, finance.preparer, row.id, f"E2E-{n}") for n in range(3)]
    assert at_once(give_up, *pays) == {"done": 1, "state_conflict": 3}
    with transaction(committing_engine) as session:
        (after,) = session.scalars(select(TaxRemittance))
        paid = session.scalars(select(Journal.id).where(Journal.kind == "J21")).all()
        assert (after.state, len(paid)) in {("paid", 1), ("rejected", 0)}


def test_an_authority_of_which_one_is_given_up_gets_its_tax_by_the_next_once(
    committing_engine: Engine, finance: Finance, month: dt.date
) -> None:
    row = one(committing_engine, finance, month, decided=True)

    give_up = each(committing_engine, reject_remittance, finance.preparer, row.id)
    propose = each(committing_engine, proposed, finance, month)
    came = at_once(give_up, propose, propose)
    assert came["done"] in {1, 2}
    states = sorted(found.state for found in rows(committing_engine))
    assert states in (["rejected"], ["proposed", "rejected"])


def test_what_is_given_up_while_another_approves_stays_given_up(
    committing_engine: Engine, finance: Finance, month: dt.date
) -> None:
    row = one(committing_engine, finance, month)

    approve = each(committing_engine, approve_remittance, finance.approver, row.id)
    give_up = each(committing_engine, reject_remittance, finance.preparer, row.id)
    # Given up first, it is not approved any more; approved first, it is given up before it is paid.
    assert at_once(approve, give_up)["done"] in {1, 2}
    assert [found.state for found in rows(committing_engine)] == ["rejected"]


def test_a_line_that_pays_it_waits_for_who_draws_on_the_platforms_own_money(
    committing_engine: Engine, finance: Finance, month: dt.date
) -> None:
    row = one(committing_engine, finance, month, decided=True)
    with transaction(committing_engine) as drawing:
        hold_own_money(drawing)
        with transaction(committing_engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(DBAPIError) as waits:
                pay_by_line(session, finance.preparer, row.id, new_id())
            session.rollback()
    assert isinstance(waits.value.orig, LockNotAvailable)
