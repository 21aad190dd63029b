"""Numbers of documents, taken by many at once with real commits: none twice, none left out, whatever is rolled back."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.invoicing.checks import documents_are_right, numbers_run
from marketplace.invoicing.issuing import issue_receipt
from marketplace.invoicing.models import Invoice
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.recipes.accounts import client_deposits
from tests.builders.at_once import at_once
from tests.builders.identity import make_organization
from tests.ledger.parts import ACTOR, fill

AMOUNT = Money.parse("9.00", "CNY")


class GivenUpError(Exception):
    """What makes a transaction roll back."""


def pay_in(session: Session, number: int, *, give_up: bool = False) -> None:
    """A client of its own pays in, with journal and receipt in one transaction, as a deposit does."""
    client = make_organization(session, "client")
    posted = fill(session, client_deposits(client.id, "CNY"), AMOUNT, key=f"fill {number}")
    issue_receipt(session, ACTOR, client.id, AMOUNT, posted.journal_id, ("deposit", new_id()))
    if give_up:
        raise GivenUpError


def given(engine: Engine) -> list[int]:
    with transaction(engine) as session:
        assert list(numbers_run(session)) == []
        assert list(documents_are_right(session)) == []
        return list(session.scalars(select(Invoice.number).order_by(Invoice.number)))


def test_many_at_once_get_numbers_without_gap_or_double_though_some_give_up(committing_engine: Engine) -> None:
    def one(number: int) -> None:
        try:
            with transaction(committing_engine) as session:
                pay_in(session, number, give_up=number % 3 == 0)
        except GivenUpError:
            pass

    came = at_once(*(partial(one, number) for number in range(24)))

    assert came == {"done": 24}
    assert given(committing_engine) == list(range(1, 17))


def test_who_waits_for_a_number_gets_that_of_one_who_rolls_back_and_the_next_after_a_commit(
    committing_engine: Engine,
) -> None:
    taken, end = threading.Event(), threading.Event()

    def first(*, give_up: bool) -> None:
        with Session(committing_engine) as session:
            pay_in(session, 1)
            taken.set()
            assert end.wait(20)
            session.rollback() if give_up else session.commit()

    for give_up, numbers in ((True, [1]), (False, [1, 2, 3])):
        taken.clear()
        end.clear()
        holder = threading.Thread(target=first, kwargs={"give_up": give_up})
        holder.start()
        assert taken.wait(20)
        with Session(committing_engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(Exception, match="lock timeout"):
                pay_in(session, 2 if give_up else 4)
            session.rollback()
        waiter = threading.Thread(target=lambda give_up=give_up: wait_for_it(committing_engine, 5 if give_up else 6))
        waiter.start()
        end.set()
        holder.join()
        waiter.join()
        assert given(committing_engine) == numbers


def wait_for_it(engine: Engine, number: int) -> None:
    with transaction(engine) as session:
        pay_in(session, number)
