import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db import clock
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import client_deposits, rail_available
from marketplace.rails.deposits import collect, collect_pending, receive, start_deposit
from marketplace.rails.inbox import keep, process_inbox
from marketplace.rails.models import Deposit
from marketplace.rails.models import RailEvent as Kept
from marketplace.rails.port import CollectInstruction, CollectOutcome, RailEvent
from marketplace.rails.queries import get_deposit, list_deposits
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside, sandbox


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client"), "requester")


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def held_by(session: Session, client: Actor) -> Money:
    return balance(session, client_deposits(client.organization, "CNY"))


def test_a_deposit_is_in_the_books_once_the_rail_shows_it(session: Session, client: Actor, rail: SandboxRail) -> None:
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    assert (ordered.state, held_by(session, client)) == ("pending", cny("0"))

    deposit = collect(inside(session), {"sandbox": rail}, ordered.id)

    assert (deposit.state, deposit.money, deposit.reference) == ("available", cny("900"), rail.lines()[0].reference)
    assert held_by(session, client) == cny("900")
    assert balance(session, rail_available("sandbox", "CNY")) == cny("900")
    kinds = select(AuditEvent.kind).where(AuditEvent.subject_id == deposit.id).order_by(AuditEvent.id)
    assert session.scalars(kinds).all() == ["deposit.started", "deposit.available"]


def test_collecting_again_changes_nothing(session: Session, client: Actor, rail: SandboxRail) -> None:
    ordered = start_deposit(session, client, "sandbox", cny("900"))

    for _ in range(3):
        collect(inside(session), {"sandbox": rail}, ordered.id)
        receive(inside(session), {"sandbox": rail})

    assert held_by(session, client) == cny("900")
    assert session.scalar(select(func.count()).select_from(Journal)) == 1


def test_a_refused_deposit_says_why(session: Session, client: Actor, rail: SandboxRail) -> None:
    rail.script("collect", "refuse", code="card_declined")
    ordered = start_deposit(session, client, "sandbox", cny("900"))

    deposit = collect(inside(session), {"sandbox": rail}, ordered.id)

    assert deposit.state == "refused"
    assert deposit.reason is not None
    assert deposit.reason.startswith("card_declined")
    assert held_by(session, client) == cny("0")


@pytest.mark.parametrize("silence", ["unknown_after_executing", "unknown_before_executing", "not_executed"])
def test_a_deposit_without_an_answer_is_asked_for_again(
    session: Session, client: Actor, rail: SandboxRail, silence: str
) -> None:
    rail.script("collect", silence)  # type: ignore[arg-type]
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    rails = {"sandbox": rail}

    assert collect(inside(session), rails, ordered.id).state == "pending"
    assert collect_pending(inside(session), rails) == 0, "it is not old enough to be asked for again"
    clock.advance(session, system_actor("test"), clock.market_now(session) + dt.timedelta(minutes=2), allowed=True)
    assert collect_pending(inside(session), rails) == 1

    assert get_deposit(session, client, ordered.id).state == "available"
    assert held_by(session, client) == cny("900")
    assert len(rail.lines()) == 1


def test_delayed_money_is_booked_when_it_arrives(session: Session, client: Actor, rail: SandboxRail) -> None:
    rail.script("collect", "delay", delay_seconds=86_400)
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    rails = {"sandbox": rail}

    assert collect(inside(session), rails, ordered.id).state == "pending"
    assert receive(inside(session), rails) == 0
    clock.advance(session, system_actor("test"), clock.market_now(session) + dt.timedelta(days=2), allowed=True)
    assert receive(inside(session), rails) == 1

    assert get_deposit(session, client, ordered.id).state == "available"
    assert held_by(session, client) == cny("900")


class DeadRail(SandboxRail):
    """A rail that cannot be asked."""

    name = "dead"

    def collect(self, instruction: CollectInstruction) -> CollectOutcome:
        raise ConnectionError(instruction.key)

    def events(self, since: dt.datetime | None = None) -> list[RailEvent]:
        raise ConnectionError(since)


def test_a_rail_that_cannot_be_asked_keeps_no_other_waiting(session: Session, client: Actor, rail: SandboxRail) -> None:
    rails = {"dead": DeadRail(inside(session)), "sandbox": rail}
    rail.script("collect", "unknown_after_executing")
    lost = start_deposit(session, client, "dead", cny("1"))
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    collect(inside(session), rails, ordered.id)
    clock.advance(session, system_actor("test"), clock.market_now(session) + dt.timedelta(minutes=2), allowed=True)

    assert collect_pending(inside(session), rails) == 2
    assert receive(inside(session), rails) == 0

    assert get_deposit(session, client, ordered.id).state == "available"
    assert get_deposit(session, client, lost.id).state == "pending"


@pytest.mark.parametrize("amount", ["0", "0.001", "10.005"])
def test_only_whole_minor_units_can_be_paid_in(session: Session, client: Actor, amount: str) -> None:
    with pytest.raises(DomainError, match="deposit_amount"):
        start_deposit(session, client, "sandbox", cny(amount))


def test_an_unknown_rail_is_named(session: Session, client: Actor, rail: SandboxRail) -> None:
    ordered = start_deposit(session, client, "bank", cny("1"))
    with pytest.raises(DomainError, match="sandbox") as refusal:
        collect(inside(session), {"sandbox": rail}, ordered.id)
    assert refusal.value.slug == "rail_unknown"


def test_only_the_clients_requesters_pay_in(session: Session, client: Actor) -> None:
    reviewer = make_member(session, make_organization(session, "client"), "reviewer")
    with pytest.raises(DomainError, match="forbidden"):
        start_deposit(session, reviewer, "sandbox", cny("1"))


def test_a_deposit_is_seen_by_its_client_finance_and_auditors(session: Session, client: Actor) -> None:
    ordered = start_deposit(session, client, "sandbox", cny("1"))
    stranger = make_member(session, make_organization(session, "client"), "requester")
    manager = make_member(session, make_organization(session, "subcontractor"), "manager")

    for reader in (client, make_staff(session, "finance"), make_staff(session, "auditor")):
        assert get_deposit(session, reader, ordered.id).id == ordered.id
        assert [deposit.id for deposit in list_deposits(session, reader).data] == [ordered.id]
    for reader, refused in ((stranger, "not_found"), (manager, "forbidden")):
        with pytest.raises(DomainError, match=refused):
            get_deposit(session, reader, ordered.id)
    assert list_deposits(session, stranger).data == []


def test_an_event_is_kept_once(session: Session) -> None:
    event = RailEvent("evt_1", "charge.available", {"deposit": "dep_1"})
    assert [keep(session, "sandbox", event), keep(session, "sandbox", event), keep(session, "other", event)] == [
        True,
        False,
        True,
    ]


def test_events_that_do_not_fit_are_put_aside_and_book_nothing(session: Session, client: Actor) -> None:
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    key = public("deposit", ordered.id)
    wrong = [
        {"deposit": str(ordered.id), "amount": cny("900").to_wire(), "reference": "ch_1"},
        {"deposit": "dep_00000000000000000000000001", "amount": cny("900").to_wire(), "reference": "ch_1"},
        {"amount": cny("900").to_wire(), "reference": "ch_1"},
        {"deposit": key, "amount": {"amount": 900}, "reference": "ch_1"},
    ]
    for number, payload in enumerate(wrong):
        keep(session, "sandbox", RailEvent(f"evt_{number}", "charge.available", payload))
    keep(session, "sandbox", RailEvent("evt_other", "something.else", {}))

    assert process_inbox(session, "sandbox", 100) == 5
    assert process_inbox(session, "sandbox", 100) == 0
    assert held_by(session, client) == cny("0")


def test_an_amount_that_differs_from_the_order_is_not_booked(session: Session, client: Actor) -> None:
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    payload = {"deposit": public("deposit", ordered.id), "amount": cny("899").to_wire(), "reference": "ch_1"}
    keep(session, "sandbox", RailEvent("evt_1", "charge.available", payload))

    process_inbox(session, "sandbox", 100)

    assert get_deposit(session, client, ordered.id).state == "pending"
    assert held_by(session, client) == cny("0")


def test_many_processes_at_once_book_each_deposit_once(committing_engine: Engine) -> None:
    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    rail = SandboxRail(transactions)
    with transactions() as session:
        clients = [make_member(session, make_organization(session, "client"), "requester") for _ in range(4)]
        ids = [start_deposit(session, client, "sandbox", cny("10")).id for client in clients for _ in range(3)]

    with ThreadPoolExecutor(8) as threads:
        collected = threads.map(lambda deposit_id: collect(transactions, {"sandbox": rail}, deposit_id), ids * 2)
        received = threads.map(lambda _: receive(transactions, {"sandbox": rail}), range(8))
        list(collected), list(received)
    receive(transactions, {"sandbox": rail})

    with transactions() as session:
        assert [held_by(session, client) for client in clients] == [cny("30")] * 4
        assert session.scalars(select(Deposit.state).distinct()).all() == ["available"]
        assert session.scalar(select(func.count()).where(Kept.processed_at.is_(None))) == 0


def test_an_unknown_deposit_is_not_found(session: Session, rail: SandboxRail) -> None:
    with pytest.raises(DomainError, match="not_found"):
        collect(inside(session), {"sandbox": rail}, new_id())
