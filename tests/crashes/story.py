"""What is done with money from its coming in to its coming back, as people and sweeps do it who may be interrupted.

Each part looks before it acts, so that who comes after a crash tells the same story on to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.sandbox import SandboxRail
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import execute_run
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.refunds import order_refund
from tests.crashes.bank import BankNextDoor

PAID_IN: Final = Money.parse("50.00", "CNY")
GIVEN_BACK: Final = Money.parse("20.00", "CNY")
MONEYS_SWEEPS: Final = (
    "receive_deposits",
    "collect_deposits",
    "send_refunds",
    "fall_due",
    "release_cured_holds",
    "advance_payout_runs",
    "resolve_unknown_payouts",
    "confirm_payouts",
    "reconcile",
)


_PAYING: Final = ("advance_payout_runs", "resolve_unknown_payouts", "confirm_payouts", "reconcile")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part."""

    client: Actor
    preparer: Actor
    approver: Actor
    worker: Actor


@dataclass(frozen=True, slots=True)
class Place:
    """Where the story happens: the database and a rail, either of which may kill who uses it."""

    transactions: Callable[[], AbstractContextManager[Session]]
    rail: Any
    outside: SandboxRail | StripeRail | BankRail
    """The same rail for what others do there; it kills nobody."""
    bank: BankNextDoor | None = None
    """Behind the rail of banks, whose files people carry."""
    whole: bool = True
    """Whether money comes in and back as well."""

    def sweep(self, *names: str) -> None:
        """Run these sweeps, in the order in which the scheduler does."""
        context = cast(Context, SimpleNamespace(transactions=self.transactions, rails={self.rail.name: self.rail}))
        for sweep in SWEEPS:
            if sweep.name in names:
                sweep.run(context)


def tell(place: Place, people: Cast) -> None:
    """The whole of it, or what is about paying out, from wherever it stands."""
    if place.whole:
        _pay_in(place, people)
    _pay_out(place, people)
    if place.whole:
        _give_back(place, people)
        _come_back(place, people)


def _pay_in(place: Place, people: Cast) -> None:
    with place.transactions() as session:
        deposit = session.scalar(select(Deposit))
    if deposit is None:
        with place.transactions() as session:
            deposit = start_deposit(session, people.client, place.rail.name, PAID_IN)
    deposit = collect(place.transactions, {place.rail.name: place.rail}, deposit.id)
    if place.bank is not None:
        place.bank.receive(PAID_IN, deposit.reference or "")
    _carry(place, people)
    place.sweep("receive_deposits", "reconcile")


def _pay_out(place: Place, people: Cast) -> None:
    with place.transactions() as session:
        run = session.scalar(select(PayoutRun))
    if run is None:
        with place.transactions() as session:
            run = prepare_run(session, people.preparer, place.rail.name)
    if run.state == "prepared":
        with place.transactions() as session:
            approve_run(session, people.approver, run.id)
    if run.state in {"prepared", "approved"}:
        execute_run(place.transactions, people.preparer, {place.rail.name: place.rail}, run.id)
    # Margins wait until a statement shows that the workers are paid.
    for _ in range(1 if place.bank is None else 2):
        _carry(place, people)
        place.sweep(*_PAYING)


def _carry(place: Place, people: Cast) -> None:
    """What finance carries to the bank and back: every file, and every statement. The bank and we know what we know."""
    if place.bank is None:
        return
    with place.transactions() as session:
        place.rail.make_files(session, people.preparer)
    with place.transactions() as session:
        made = place.rail.files(session, people.preparer).data
        files = [place.rail.take_file(session, people.preparer, file.id)[1] for file in made]
    for file in files:
        place.bank.execute(file)
    with place.transactions() as session:
        today = market_now(session).date()
    place.bank.close_day(today)
    for statement in place.bank.statements:
        with place.transactions() as session:
            place.rail.read_statements(session, people.preparer, statement)


def _give_back(place: Place, people: Cast) -> None:
    with place.transactions() as session:
        refund, deposit_id = session.scalar(select(Refund)), session.scalars(select(Deposit.id)).one()
    if refund is None:
        with place.transactions() as session:
            order_refund(session, people.client, deposit_id, GIVEN_BACK)
    place.sweep("send_refunds")
    _carry(place, people)
    place.sweep("reconcile")


def _come_back(place: Place, people: Cast) -> None:
    """The worker's bank sends the money back, which is the rail's doing; the sweep books it."""
    with place.transactions() as session:
        payout = session.scalar(select(Payout).where(Payout.payee_id == people.worker.person))
    if payout is None or payout.state not in {"settled", "reconciled"}:
        return
    reference = payout.rail_reference or ""
    if place.bank is not None:
        place.bank.give_back(payout.money, reference)
        _carry(place, people)
    elif not any(line.kind == "transfer_return" for line in place.outside.lines()):
        if isinstance(place.outside, SandboxRail):
            place.outside.show("transfer_return", payout.money, reference)
        elif isinstance(place.outside, StripeRail):
            reversals = place.outside._client.v1.transfers.reversals
            reversals.create(reference, {"amount": payout.money.minor_units()})
    place.sweep("reconcile")
