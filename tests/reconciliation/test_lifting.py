"""Payouts are frozen by one person, and sent again as two decide."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.rails import freezing
from marketplace.rails.port import PayoutInstruction
from marketplace.reconciliation.acknowledging import acknowledge
from marketplace.reconciliation.reading_back import ReadBack, unfreeze
from tests.builders.payouts import inside, unfrozen
from tests.reconciliation.test_reading_back import Market, market

__all__ = ["market"]


def test_nobody_alone_lets_payouts_be_sent_again(session: Session, market: Market) -> None:
    one, other, rails = market.finance.preparer, market.finance.approver, {"sandbox": market.rail}
    market.restore()
    with pytest.raises(DomainError, match="unfreeze_two_people"):
        unfreeze(inside(session), one, rails)
    with pytest.raises(DomainError, match="invalid"):
        freezing.ask_to_lift(session, one, " ")
    with pytest.raises(DomainError, match="forbidden"):
        freezing.ask_to_lift(session, market.chain.client, "Let us go on.")
    freezing.ask_to_lift(session, one, "The rails can be read back.")
    with pytest.raises(DomainError, match="unfreeze_two_people"):
        unfreeze(inside(session), one, rails)
    assert freezing.current_freeze(session) is not None
    assert unfreeze(inside(session), other, rails) == ReadBack()
    assert freezing.current_freeze(session) is None
    assert freezing.lift_asked(session) is None
    kinds = [event.kind for event in freezing.freeze_history(session, one)]
    assert kinds == ["lifted", "lift_asked", "frozen"]


def test_a_new_freeze_takes_back_what_was_asked_before(session: Session, market: Market) -> None:
    one, other, rails = market.finance.preparer, market.finance.approver, {"sandbox": market.rail}
    market.restore()
    freezing.ask_to_lift(session, one, "The rails can be read back.")
    freezing.freeze(session, other, "Wait, something is wrong.", market.time)
    with pytest.raises(DomainError, match="unfreeze_two_people"):
        unfreeze(inside(session), other, rails)
    freezing.ask_to_lift(session, one, "It was nothing.")
    unfreeze(inside(session), other, rails)
    assert freezing.current_freeze(session) is None


def test_who_acknowledged_a_transfer_since_is_not_the_second_person(session: Session, market: Market) -> None:
    one, other, rails = market.finance.preparer, market.finance.approver, {"sandbox": market.rail}
    nobodys = PayoutInstruction(market.chain.job.id, 1, "acct_of_a_stranger", Money.parse("5.00", "CNY"))
    market.rail.pay_out(nobodys)
    market.restore()
    freezing.ask_to_lift(session, one, "The rails can be read back.")
    (left,) = unfreeze(inside(session), other, rails).left
    assert left.line
    acknowledge(session, other, left.line, "Paid by hand.")
    with pytest.raises(DomainError, match="unfreeze_two_people"):
        unfreeze(inside(session), other, rails)
    freezing.ask_to_lift(session, one, "I have seen it too.")
    assert unfreeze(inside(session), other, rails).left == []
    assert freezing.current_freeze(session) is None


def test_where_the_row_of_the_freeze_is_lost_an_old_word_counts_for_nothing(session: Session, market: Market) -> None:
    market.restore()
    freezing.ask_to_lift(session, market.finance.preparer, "The rails can be read back.")
    session.execute(text("DELETE FROM payout_freeze"))
    assert freezing.current_freeze(session) is not None
    assert freezing.lift_asked(session) is None
    assert unfrozen(session, market.finance, {"sandbox": market.rail}) == ReadBack()
