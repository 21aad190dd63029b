"""What draws on the platform's own money waits for who else does: together they take no more than there is."""

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from marketplace.db.engine import transaction
from marketplace.ledger.treasury import hold_own_money
from marketplace.settlement.own_money import approve_move, propose_write_off
from tests.builders.payouts import make_finance
from tests.settlement.test_own_money import WHY, owing


def test_a_debt_that_is_given_up_waits_for_who_draws_on_the_operating_account(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        finance, (_, extra) = make_finance(session), owing(session)
        move_id = propose_write_off(session, finance.preparer, "extra", extra.id, WHY).id
    with transaction(committing_engine) as drawing:
        hold_own_money(drawing)
        with transaction(committing_engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(DBAPIError) as waits:
                approve_move(session, finance.approver, move_id)
            session.rollback()
    assert isinstance(waits.value.orig, LockNotAvailable)
