import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.db import clock
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError

ACTOR = system_actor("tests")


def test_market_time_moves_forward_by_what_is_asked_and_real_time_does_not(session: Session) -> None:
    before, real = clock.market_now(session), clock.real_now(session)
    to = before + dt.timedelta(days=62)
    after = clock.advance(session, ACTOR, to, allowed=True)
    assert to <= after < to + dt.timedelta(minutes=1)
    assert clock.real_now(session) - real < dt.timedelta(minutes=1)


def test_market_time_is_never_moved_backwards(session: Session) -> None:
    with pytest.raises(DomainError) as refusal:
        clock.advance(session, ACTOR, clock.market_now(session) - dt.timedelta(seconds=1), allowed=True)
    assert refusal.value.slug == "clock_backwards"


def test_market_time_stands_fixed_where_a_rail_moves_real_money(session: Session) -> None:
    with pytest.raises(DomainError) as refusal:
        clock.advance(session, ACTOR, clock.market_now(session) + dt.timedelta(days=1), allowed=False)
    assert refusal.value.slug == "clock_fixed"
