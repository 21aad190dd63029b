"""A layer is told before its silence makes it default."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.lifecycle.silence import notices_after, warn_silent, warned
from marketplace.lifecycle.succeeding import succeed_silent
from tests.builders.defaults import operations
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to

SILENT_FOR = dt.timedelta(days=14)


@pytest.fixture
def chain(session: Session) -> Chain:
    chain = make_chain(session, auto_accept_seconds=90 * 86_400)
    operations(session)
    return chain


def later(session: Session, **passed: float) -> None:
    move_clock_to(session, market_now(session) + dt.timedelta(**passed))


def given(session: Session) -> list[dict[str, object]]:
    wanted = select(AuditEvent).where(AuditEvent.kind == "contract.silence_noticed").order_by(AuditEvent.id)
    return [json.loads(event.body)["data"] for event in session.scalars(wanted)]


def test_it_is_told_at_half_time_and_two_days_before_each_once_and_then_is_in_default(
    session: Session, chain: Chain
) -> None:
    (_, _), (silent, contract) = chain.layers
    hand_in(session, chain)
    began = market_now(session)
    later(session, days=6, hours=23)
    assert warn_silent(session, SILENT_FOR) == 0
    later(session, hours=2)
    assert [warn_silent(session, SILENT_FOR) for _ in range(2)] == [1, 0]
    later(session, days=4, hours=22)
    assert warn_silent(session, SILENT_FOR) == 0
    later(session, hours=2)
    assert [warn_silent(session, SILENT_FOR) for _ in range(2)] == [1, 0]

    first, second = given(session)
    assert (first["number"], second["number"]) == (0, 1)
    assert first["seller"] == second["seller"] == public("organization", silent.organization)
    assert first["default_at"] == second["default_at"]
    default_at = dt.datetime.fromisoformat(str(first["default_at"]))
    assert abs(default_at - (began + SILENT_FOR)) < dt.timedelta(minutes=1)

    assert succeed_silent(session, SILENT_FOR) == 0
    move_clock_to(session, default_at + dt.timedelta(seconds=1))
    assert succeed_silent(session, SILENT_FOR) == 1
    assert warned(session, silent) == []
    assert session.get_one(Contract, contract.id, populate_existing=True).state == "succeeded"


def test_who_was_asleep_at_half_time_is_told_when_the_service_wakes(session: Session, chain: Chain) -> None:
    hand_in(session, chain)
    later(session, days=13)
    assert [warn_silent(session, SILENT_FOR) for _ in range(3)] == [1, 1, 0]


def test_a_verdict_begins_the_count_anew(session: Session, chain: Chain) -> None:
    hand_in(session, chain)
    reviewed = hand_in(session, chain)
    later(session, days=8)
    assert warn_silent(session, SILENT_FOR) == 1
    accept(session, chain, reviewed)
    assert warned(session, chain.layers[1][0]) == []
    later(session, days=6)
    assert warn_silent(session, SILENT_FOR) == 0
    later(session, days=2)
    assert warn_silent(session, SILENT_FOR) == 1, "eight days after its last verdict"
    assert [notice["number"] for notice in given(session)] == [0, 0]


def test_it_and_operations_see_it_and_nobody_else(session: Session, chain: Chain) -> None:
    (above, _), (silent, contract) = chain.layers
    hand_in(session, chain)
    later(session, days=8)
    warn_silent(session, SILENT_FOR)
    for actor in (silent, operations(session)):
        (one,) = warned(session, actor)
        assert (one.contract_id, one.organization_id) == (contract.id, silent.organization)
    assert warned(session, above) == []
    with pytest.raises(DomainError, match="forbidden"):
        warned(session, make_party(session, "client", "reviewer"))


def test_short_times_have_one_notice_where_both_would_be_the_same() -> None:
    days = [dt.timedelta(days=count) for count in (1, 4, 14)]
    assert [notices_after(one) for one in days] == [
        [dt.timedelta(hours=12)],
        [dt.timedelta(days=2)],
        [dt.timedelta(days=7), dt.timedelta(days=12)],
    ]
