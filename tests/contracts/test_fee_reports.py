"""Rule 10: nobody may be asked to pay in order to work; who is reported for it makes no offers until it is decided."""

import datetime as dt
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts import fee_reports
from marketplace.contracts.fee_report_models import FeeReport
from marketplace.contracts.fee_reports import decide_report, offers_frozen, report_fee
from marketplace.contracts.offering import accept as accept_offer
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.work.claiming import claim_next
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to
from tests.builders.work import make_worker


def reported(session: Session) -> tuple[Chain, Actor, Actor, FeeReport]:
    """A chain, its lowest layer, a worker who did a task of it, and the worker's report."""
    chain = make_chain(session, items=6)
    layer = chain.layers[-1][0]
    worker = hand_in(session, chain).worker
    report = report_fee(session, worker, layer.organization, amount="200 KES", how="By phone, before the first task.")
    return chain, layer, worker, report


def operations(session: Session) -> Actor:
    return make_party(session, "platform", "operations")


def open_more(session: Session, chain: Chain) -> None:
    opener, contract = chain.layers[-1]
    pay = Money.parse("0.35", "CNY")
    open_tasks(session, opener, contract.id, "standard", items=1, items_per_task=1, pay=pay)


def test_rule_10_a_report_holds_the_layers_new_tasks_and_nothing_that_is_held(session: Session) -> None:
    chain, layer, _, _ = reported(session)
    with pytest.raises(DomainError, match="offers_frozen") as refused:
        open_more(session, chain)
    assert "asked for money" in refused.value.detail
    # Live work goes on and is paid: what is open is claimed, answered and accepted.
    accept(session, chain, hand_in(session, chain))
    assert claim_next(session, make_worker(session), chain.batch.id).batch_id == chain.batch.id
    assert offers_frozen(session, layer.organization)


def test_rule_10_the_reported_layer_never_learns_who_reported(session: Session) -> None:
    _, layer, worker, report = reported(session)
    seen = session.scalars(
        select(AuditEvent).where(AuditEvent.organization_ids.contains([layer.organization])).order_by(AuditEvent.id)
    ).all()
    frozen = [event for event in seen if event.kind == "organization.offers_frozen"]
    assert len(frozen) == 1
    about = {"fee_report", str(report.id), str(worker.person)}
    assert not [event for event in seen if event.kind.startswith("fee_report")]
    assert not any(word in bytes(frozen[0].body).decode() for word in about - {"fee_report"})
    assert json.loads(bytes(frozen[0].body))["actor"] == "system:fee_reports"
    with pytest.raises(DomainError, match="forbidden"):
        fee_reports.all_reports(session, layer)
    with pytest.raises(DomainError, match="forbidden"):
        fee_reports.own_reports(session, layer)


def test_a_dismissed_report_frees_the_offers_and_the_worker_reads_why(session: Session) -> None:
    chain, layer, worker, report = reported(session)
    decide_report(session, operations(session), report.id, uphold=False, reason="It was a tax form.")
    assert not offers_frozen(session, layer.organization)
    own = fee_reports.own_reports(session, worker).data[0]
    assert (own.report.state, own.report.decision_reason) == ("dismissed", "It was a tax form.")
    with pytest.raises(DomainError, match="allotment_short"):
        open_more(session, chain)  # nothing is left to open, and nothing holds it


def test_an_upheld_report_holds_offers_until_its_end(session: Session) -> None:
    _, layer, _, report = reported(session)
    decide_report(session, operations(session), report.id, uphold=True, reason="Proven.", frozen_days=30)
    assert offers_frozen(session, layer.organization)
    move_clock_to(session, market_now(session) + dt.timedelta(days=31))
    assert not offers_frozen(session, layer.organization)


def test_a_decision_has_a_reason_and_an_upheld_report_an_end_and_both_are_made_once(session: Session) -> None:
    _, _, _, report = reported(session)
    decider = operations(session)
    with pytest.raises(DomainError, match="invalid") as refused:
        decide_report(session, decider, report.id, uphold=True, reason=" ")
    assert [error.pointer for error in refused.value.errors] == ["/reason", "/frozen_days"]
    with pytest.raises(DomainError, match="forbidden"):
        decide_report(session, make_party(session, "client"), report.id, uphold=False, reason="No.")
    decide_report(session, decider, report.id, uphold=False, reason="No.")
    with pytest.raises(DomainError, match="state_conflict"):
        decide_report(session, decider, report.id, uphold=False, reason="No.")


def test_a_worker_has_one_open_report_on_an_organization_and_three_in_all(session: Session) -> None:
    _, layer, worker, _ = reported(session)
    with pytest.raises(DomainError, match="fee_report_pending"):
        report_fee(session, worker, layer.organization, amount=None, how="Again.")
    others = [make_party(session, "subcontractor") for _ in range(3)]
    for other in others[:2]:
        report_fee(session, worker, other.organization, amount=None, how="Too.")
    with pytest.raises(DomainError, match="fee_reports_too_many"):
        report_fee(session, worker, others[2].organization, amount=None, how="Too.")


def test_a_stranger_to_an_organization_is_heard_but_does_not_stop_it(session: Session) -> None:
    layer = make_party(session, "subcontractor")
    report = report_fee(session, make_worker(session), layer.organization, amount=None, how="On a poster.")
    assert not report.freezes
    assert not offers_frozen(session, layer.organization)


def test_after_a_dismissal_the_same_worker_is_heard_without_stopping_the_layer_again(session: Session) -> None:
    _, layer, worker, report = reported(session)
    decide_report(session, operations(session), report.id, uphold=False, reason="No.")
    again = report_fee(session, worker, layer.organization, amount=None, how="Once more.")
    assert not again.freezes
    decide_report(session, operations(session), again.id, uphold=False, reason="No.")
    assert not offers_frozen(session, layer.organization)


def test_offers_are_neither_made_nor_accepted_while_a_report_is_open(session: Session) -> None:
    chain = make_chain(session, items=2)
    layer = chain.layers[-1][0]
    client = make_party(session, "client")
    _, root = make_open_job(session, client)
    active = accept_offer(session, layer, make_offer(session, client, root, layer, "0.80", 5).id)
    waiting = make_offer(session, client, root, layer, "0.80", 5)
    report_fee(session, hand_in(session, chain).worker, layer.organization, amount=None, how="In a chat.")
    with pytest.raises(DomainError, match="offers_frozen"):
        accept_offer(session, layer, waiting.id)
    with pytest.raises(DomainError, match="offers_frozen"):
        make_offer(session, layer, active, make_party(session, "subcontractor"), "0.60", 1)
