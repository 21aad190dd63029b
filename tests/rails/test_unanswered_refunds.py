"""Refunds that no rail answered for a day: looked for, and ordered anew by two people only."""

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.rails.models import Deposit, Refund, RefundEvent
from marketplace.rails.refund_absence import agree_absent, unanswered
from marketplace.rails.refunds import order_refund, send_refund
from tests.builders.payouts import Finance, inside, make_finance
from tests.rails.test_refunds import client, cny, deposit, rail, sent, stands  # noqa: F401 - fixtures


@pytest.fixture
def people(session: Session) -> Finance:
    return make_finance(session)


def lost(session: Session, client: Actor, rail: SandboxRail, deposit: Deposit, fault: str) -> Refund:  # noqa: F811
    """Asked a day ago, without an answer."""
    rail.script("refund", fault)  # type: ignore[arg-type]  # one of the kinds of faults
    refund = order_refund(session, client, deposit.id, cny("100"))
    send_refund(inside(session), {"sandbox": rail}, refund.id)
    session.execute(text("UPDATE refund SET first_asked_at = first_asked_at - interval '24 hours'"))
    session.expire_all()
    return refund


def looked(session: Session, refund: Refund) -> None:
    """An earlier look, two hours ago, that found nothing either."""
    hours_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    session.add(RefundEvent(refund_id=refund.id, kind="not_found", attempt=refund.attempt, real_at=hours_ago))
    session.flush()


def test_two_people_order_it_anew_under_another_key_and_it_is_paid_once(
    session: Session,
    client: Actor,  # noqa: F811
    rail: SandboxRail,  # noqa: F811
    deposit: Deposit,  # noqa: F811
    people: Finance,
) -> None:
    refund = lost(session, client, rail, deposit, "unknown_before_executing")
    sent(session, rail)
    (one,) = unanswered(session, people.preparer).data
    assert (one.refund.id, one.agreed_by) == (refund.id, ())
    assert "an hour apart" in one.why_not
    with pytest.raises(DomainError, match="state_conflict"):
        agree_absent(session, people.preparer, refund.id)
    looked(session, refund)

    agree_absent(session, people.preparer, refund.id)
    with pytest.raises(DomainError, match="refund_two_people"):
        agree_absent(session, people.preparer, refund.id)
    sent(session, rail)
    assert (refund.attempt, refund.state) == (1, "pending"), "the word of one person sends nothing"
    agree_absent(session, people.approver, refund.id)
    assert refund.attempt == 2
    for _ in range(2):
        sent(session, rail)

    assert (refund.state, unanswered(session, people.preparer).data) == ("settled", [])
    assert stands(session, client) == (cny("800"), cny("0"), cny("800"))
    assert len([line for line in rail.lines() if line.kind == "refund"]) == 1
    assert session.scalars(
        select(AuditEvent.kind).where(AuditEvent.subject_id == refund.id).order_by(AuditEvent.recorded_at)
    ).all() == [
        "refund.ordered",
        "refund.retried",
        "refund.settled",
    ]


def test_what_the_rail_made_after_all_is_adopted_and_not_ordered_anew(
    session: Session,
    client: Actor,  # noqa: F811
    rail: SandboxRail,  # noqa: F811
    deposit: Deposit,  # noqa: F811
    people: Finance,
) -> None:
    refund = lost(session, client, rail, deposit, "unknown_after_executing")
    looked(session, refund)
    sent(session, rail)
    assert refund.state == "settled"
    with pytest.raises(DomainError, match="state_conflict"):
        agree_absent(session, people.preparer, refund.id)


def test_a_refund_of_an_earlier_attempt_is_found_in_a_later_one(
    session: Session,
    client: Actor,  # noqa: F811
    rail: SandboxRail,  # noqa: F811
    deposit: Deposit,  # noqa: F811
) -> None:
    refund = lost(session, client, rail, deposit, "unknown_after_executing")
    refund.attempt = 2
    session.flush()
    sent(session, rail)
    assert refund.state == "settled"
    assert len([line for line in rail.lines() if line.kind == "refund"]) == 1


def test_looks_are_kept_once_an_hour_and_a_young_one_is_not_listed(
    session: Session,
    client: Actor,  # noqa: F811
    rail: SandboxRail,  # noqa: F811
    deposit: Deposit,  # noqa: F811
    people: Finance,
) -> None:
    refund = lost(session, client, rail, deposit, "unknown_before_executing")
    for _ in range(3):
        sent(session, rail)
    assert len(session.scalars(select(RefundEvent)).all()) == 1
    session.execute(text("UPDATE refund SET first_asked_at = now()"))
    session.expire_all()
    assert unanswered(session, people.preparer).data == []
    looked(session, refund)
    with pytest.raises(DomainError, match="23 hours"):
        agree_absent(session, people.preparer, refund.id)


def test_only_who_approves_payouts_decides(session: Session, client: Actor, deposit: Deposit) -> None:  # noqa: F811
    refund = order_refund(session, client, deposit.id, cny("100"))
    with pytest.raises(DomainError, match="forbidden"):
        agree_absent(session, client, refund.id)
    with pytest.raises(DomainError, match="forbidden"):
        unanswered(session, client)
