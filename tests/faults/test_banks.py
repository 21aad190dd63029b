"""A worker's own bank gives back what Stripe had called paid, days later."""

import datetime as dt
import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from stripe import WebhookSignature

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.gateways.stripe_connect.fake.connected import connected_balance
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer
from marketplace.gateways.stripe_connect.fake.state import Fault
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import held, pay_due
from marketplace.payouts.approving import approve_run
from marketplace.payouts.looking import look_at_banks
from marketplace.payouts.preparing import prepare_run
from marketplace.rails.bank_refusal_models import BankRefusal
from marketplace.rails.bank_refusals import is_stopped
from marketplace.rails.inbox import process_inbox
from marketplace.rails.models import DESTINATION, PayoutDestination, RailEvent
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.states import BANK_REFUSED
from marketplace.settlement.stopping import hold_stopped
from tests.builders.identity import Mailbox
from tests.builders.payouts import inside, mature
from tests.builders.settlement import move_clock_to
from tests.builders.web import make_app
from tests.faults.conftest import Paying

SECRETS = ("whsec_of_the_account", "whsec_of_connected_accounts")
PAY = Money.parse("0.175", "CNY")


@dataclass(slots=True)
class LastMile:
    """A worker who was paid over Stripe, whose bank then decides."""

    paying: Paying
    server: FakeStripeServer
    http: FlaskClient
    worker: uuid.UUID
    account: str

    @property
    def session(self) -> Session:
        return self.paying.session

    def order(self, path: str, wanted: dict[str, Any] | None = None) -> Any:
        """What only Stripe or the bank can do."""
        request = urllib.request.Request(f"{self.server.url}/fake/{path}", json.dumps(wanted or {}).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fail(self) -> dict[str, Any]:
        """Stripe pays on, which counts as paid; the bank gives it back four days later."""
        paid = self.order(f"accounts/{self.account}/payouts")
        self.days_pass(4)
        return dict(self.order(f"payouts/{paid['id']}", {"failure_code": "account_closed"}))

    def days_pass(self, days: float) -> None:
        move_clock_to(self.session, market_now(self.session) + dt.timedelta(days=days))

    def told(self) -> list[dict[str, Any]]:
        """What Stripe has to tell of connected accounts, oldest first."""
        with self.server.state.lock:
            events = [one for one in self.server.state.all_of("event") if one.get("account")]
        return [json.loads(json.dumps(one)) for one in events[::-1]]

    def send(self, event: dict[str, Any], secret: str = SECRETS[1]) -> int:
        body = json.dumps(event)
        signature = WebhookSignature.generate_signature_header(body, secret, int(time.time()))
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        return self.http.post("/hooks/rails/stripe", data=body, headers=headers).status_code

    def sweep(self) -> None:
        """What the scheduler does, in its order."""
        rails = {"stripe": self.paying.rail}
        process_inbox(self.session, "stripe", 100)
        look_at_banks(inside(self.session), rails)
        release_cured(self.session)
        hold_stopped(self.session)
        self.session.expire_all()

    def settled_and_stopped(self) -> tuple[str, bool]:
        return self.paying.workers_payout.state, is_stopped(self.session, self.worker, "stripe")

    def events(self) -> list[str]:
        kinds = select(AuditEvent.kind).where(AuditEvent.subject_id == self.worker).order_by(AuditEvent.recorded_at)
        wanted = ("payout_destination.bank_refused", "payout_destination.resumed")
        return list(self.session.scalars(kinds.where(AuditEvent.kind.in_(wanted))))

    def held(self) -> Money:
        return balance(self.session, held(self.worker, BANK_REFUSED, "CNY"))


@pytest.fixture
def mile(paying: Paying, stripe_server: FakeStripeServer) -> LastMile:
    session, worker = paying.session, paying.chain.workers[0].person
    # Stripe is the only way to pay the worker.
    session.execute(
        delete(PayoutDestination).where(PayoutDestination.payee_id == worker, PayoutDestination.rail == "sandbox")
    )
    paying.rail = StripeRail("sk_test_imitation", stripe_server.url, ", ".join(SECRETS))
    http = make_app(session, mailer=Mailbox(), rails={"stripe": paying.rail}).test_client()
    made = LastMile(paying, stripe_server, http, worker, paying.accounts[worker])
    made.order(f"accounts/{made.account}/bank")
    paying.execute()
    made.sweep()
    assert made.settled_and_stopped() == ("settled", False)
    return made


def test_paid_then_failed_at_the_workers_bank_holds_what_comes_until_the_bank_account_is_changed(
    mile: LastMile,
) -> None:
    journals = mile.session.scalar(select(func.count()).select_from(Journal))
    mile.fail()
    for event in mile.told():
        assert mile.send(event) == 204
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", True), "our transfer is settled: the money is the worker's"
    assert mile.session.scalar(select(func.count()).select_from(Journal)) == journals
    assert connected_balance(mile.server.state, mile.account, "cny") == 17, "it waits on the worker's own account"
    row = mile.session.scalars(select(BankRefusal)).one()
    assert (row.code, row.money, row.ended_at) == ("account_closed", Money.parse("0.17", "CNY"), None)
    assert mile.events() == ["payout_destination.bank_refused"]

    mature(mile.session)
    mile.sweep()
    assert mile.held() == PAY
    assert balance(mile.session, pay_due(mile.worker, "CNY")) < Money.parse("0.01", "CNY")

    mile.order(f"accounts/{mile.account}/bank")
    for event in mile.told():
        mile.send(event)
    mile.sweep()
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", False)
    assert mile.held().is_zero
    assert mile.events() == ["payout_destination.bank_refused", "payout_destination.resumed"]
    finance = mile.paying.finance
    run = prepare_run(mile.session, finance.preparer, "stripe")
    approve_run(mile.session, finance.approver, run.id)
    mile.paying.run_id = run.id
    assert mile.paying.execute() == {"settled": 3}
    assert connected_balance(mile.server.state, mile.account, "cny") == 35


def test_what_was_prepared_before_the_bank_refused_is_not_sent_there_but_held(mile: LastMile) -> None:
    mature(mile.session)
    finance = mile.paying.finance
    run = prepare_run(mile.session, finance.preparer, "stripe")
    approve_run(mile.session, finance.approver, run.id)
    mile.paying.run_id = run.id
    mile.fail()
    mile.send(mile.told()[-1])
    mile.sweep()
    assert mile.paying.execute() == {"cancelled": 1, "settled": 2}, "what only the worker can cure holds no margin up"
    assert mile.held() == PAY


def test_what_is_due_already_when_the_bank_refuses_is_held_and_keeps_no_margin_waiting(mile: LastMile) -> None:
    mile.fail()
    mature(mile.session)
    due = balance(mile.session, pay_due(mile.worker, "CNY"))
    assert due >= PAY
    mile.send(mile.told()[-1])
    mile.sweep()
    assert (mile.held(), balance(mile.session, pay_due(mile.worker, "CNY"))) == (PAY, due - PAY)
    finance = mile.paying.finance
    run = prepare_run(mile.session, finance.preparer, "stripe")
    approve_run(mile.session, finance.approver, run.id)
    mile.paying.run_id = run.id
    assert mile.paying.execute() == {"settled": 2}


@pytest.mark.parametrize(
    "told",
    [
        lambda events: [*events, *events],
        lambda events: events[::-1],
        lambda events: [one for one in events if one["type"] == "payout.failed"],
        lambda events: [one for one in events if one["type"] == "account.updated"],
    ],
    ids=["twice", "failed before paid", "only that it failed", "only that the account changed"],
)
def test_however_stripe_tells_that_a_payout_failed_it_is_noted_once(
    mile: LastMile, told: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    mile.fail()
    for event in told(mile.told()):
        assert mile.send(event) == 204
        mile.sweep()
    assert mile.settled_and_stopped() == ("settled", True)
    assert mile.events() == ["payout_destination.bank_refused"]
    assert mile.session.scalar(select(func.count()).select_from(BankRefusal)) == 1


@pytest.mark.parametrize("days", [4, 31])
def test_a_bank_that_refused_during_a_webhook_outage_is_found_by_asking(mile: LastMile, days: int) -> None:
    mile.fail()
    mile.days_pass(days)
    assert mile.settled_and_stopped() == ("settled", False)
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", True)
    # And so is that it works again.
    mile.order(f"accounts/{mile.account}/bank")
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", True), "it is asked once an hour"
    mile.days_pass(1 / 24)
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", False)


def test_a_very_late_webhook_of_a_failure_that_was_cured_since_stops_nothing(mile: LastMile) -> None:
    mile.fail()
    late = mile.told()
    mile.order(f"accounts/{mile.account}/bank")
    mile.days_pass(31)
    for event in late:
        mile.send(event)
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", False)
    assert mile.session.scalars(select(BankRefusal)).one().ended_at is not None


def test_a_forged_or_misplaced_word_of_a_failed_payout_changes_nothing(mile: LastMile) -> None:
    subject = {"id": "po_1", "object": "payout", "status": "failed", "amount": 17, "currency": "cny"}
    forged = {"id": "evt_1", "type": "payout.failed", "account": mile.account, "data": {"object": subject}}
    assert mile.send(forged, "whsec_of_somebody_else") == 422
    assert mile.session.scalar(select(func.count()).select_from(RailEvent)) == 0
    # Signed, and yet Stripe says otherwise when it is asked; and one of our own account is none of a worker's.
    assert mile.send(forged) == 204
    assert mile.send({**forged, "id": "evt_2", "account": "acct_of_nobody"}) == 204
    own = {"id": "evt_3", "type": "payout.failed", "data": {"object": subject}}
    assert mile.send(own, SECRETS[0]) == 204
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", False)
    assert not mile.session.scalar(select(func.count()).select_from(BankRefusal))


def test_a_worker_who_is_paid_elsewhere_as_well_goes_on_being_paid_there(mile: LastMile) -> None:
    mile.fail()
    mile.send(mile.told()[-1])
    mile.sweep()
    mature(mile.session)
    mile.sweep()
    assert mile.held() == PAY
    other = PayoutDestination(payee_id=mile.worker, rail="sandbox", payee_kind="worker")
    mile.days_pass(1)
    DESTINATION.put(mile.session, other, "elsewhere")
    mile.session.add(other)
    mile.session.flush()
    mile.sweep()
    assert (mile.held().is_zero, mile.settled_and_stopped()[1]) == (True, True)
    assert balance(mile.session, pay_due(mile.worker, "CNY")) >= PAY


def test_a_failure_told_while_stripe_is_asked_is_asked_about_again(mile: LastMile) -> None:
    class Interrupted(StripeRail):
        def standing(self, destination: str) -> Any:
            answer = super().standing(destination)
            if destination == mile.account and not mile.server.state.payouts_of:
                mile.fail()
                mile.send(next(one for one in mile.told() if one["type"] == "payout.failed"))
                process_inbox(mile.session, "stripe", 10)
            return answer

    mile.days_pass(1)
    rails = {"stripe": Interrupted("sk_test_imitation", mile.server.url)}
    assert look_at_banks(inside(mile.session), rails) > 0
    assert mile.settled_and_stopped() == ("settled", False)
    assert look_at_banks(inside(mile.session), rails) > 0
    assert mile.settled_and_stopped() == ("settled", True)


def test_an_account_that_cannot_be_asked_about_is_asked_again_and_keeps_no_other_waiting(mile: LastMile) -> None:
    mile.fail()
    mile.days_pass(1)
    mile.server.state.faults.append(Fault("GET accounts", "error_before", match=mile.account))
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", False)
    mile.days_pass(3 / 24 / 60)
    mile.sweep()
    assert mile.settled_and_stopped() == ("settled", True)
