"""A client takes unspent money back."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, rail_available, refund_payable
from marketplace.rails import freezing
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit
from marketplace.rails.refunds import order_refund, send_pending, send_refund
from marketplace.reconciliation.matching import reconcile
from tests.builders.identity import make_member, make_organization
from tests.builders.payouts import inside, make_finance, sandbox, unfrozen


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


@pytest.fixture
def client(session: Session) -> Actor:
    return make_member(session, make_organization(session, "client"), "requester")


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


@pytest.fixture
def deposit(session: Session, client: Actor, rail: SandboxRail) -> Deposit:
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    return collect(inside(session), {"sandbox": rail}, ordered.id)


def stands(session: Session, client: Actor) -> tuple[Money, Money, Money]:
    """The deposit, what is on its way back, and our money at the rail."""
    return (
        balance(session, client_deposits(client.organization, "CNY")),
        balance(session, refund_payable(client.organization, "CNY")),
        balance(session, rail_available("sandbox", "CNY")),
    )


def sent(session: Session, rail: SandboxRail) -> None:
    send_pending(inside(session), {"sandbox": rail})
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()


def test_unspent_money_goes_back(session: Session, client: Actor, rail: SandboxRail, deposit: Deposit) -> None:
    refund = order_refund(session, client, deposit.id, cny("100"))
    assert stands(session, client) == (cny("800"), cny("100"), cny("900"))

    for _ in range(2):
        sent(session, rail)

    assert refund.state == "settled"
    assert stands(session, client) == (cny("800"), cny("0"), cny("800"))
    assert len([line for line in rail.lines() if line.kind == "refund"]) == 1


def test_a_refusal_gives_the_money_back_to_the_client(
    session: Session, client: Actor, rail: SandboxRail, deposit: Deposit
) -> None:
    rail.script("refund", "refuse", code="charge_disputed")
    refund = order_refund(session, client, deposit.id, cny("100"))

    sent(session, rail)

    assert (refund.state, (refund.reason or "")[:15]) == ("refused", "charge_disputed")
    assert stands(session, client) == (cny("900"), cny("0"), cny("900"))
    assert order_refund(session, client, deposit.id, cny("900")).state == "pending"


@pytest.mark.parametrize("kind", ["not_executed", "unknown_before_executing", "unknown_after_executing"])
def test_silence_is_asked_about_and_never_pays_twice(
    session: Session, client: Actor, rail: SandboxRail, deposit: Deposit, kind: str
) -> None:
    rail.script("refund", kind)  # type: ignore[arg-type]
    refund = order_refund(session, client, deposit.id, cny("100"))

    send_refund(inside(session), {"sandbox": rail}, refund.id)
    session.expire_all()
    assert (refund.state, refund.reference) == ("pending", None)
    sent(session, rail)

    assert refund.state == "settled"
    assert stands(session, client) == (cny("800"), cny("0"), cny("800"))


def test_after_a_day_a_refund_is_only_looked_for(
    session: Session, client: Actor, rail: SandboxRail, deposit: Deposit
) -> None:
    rail.script("refund", "unknown_before_executing")
    refund = order_refund(session, client, deposit.id, cny("100"))
    send_refund(inside(session), {"sandbox": rail}, refund.id)
    session.execute(text("UPDATE refund SET first_asked_at = first_asked_at - interval '24 hours'"))

    sent(session, rail)

    assert (refund.state, refund.reference) == ("pending", None)
    assert [line for line in rail.lines() if line.kind == "refund"] == []


@pytest.mark.parametrize("amount", ["900.01", "0", "0.001"])
def test_only_what_was_paid_in_can_be_given_back(
    session: Session, client: Actor, deposit: Deposit, amount: str
) -> None:
    with pytest.raises(DomainError, match="refund_amount"):
        order_refund(session, client, deposit.id, cny(amount))


def test_two_refunds_together_give_no_more_back_than_was_paid_in(
    session: Session, client: Actor, rail: SandboxRail, deposit: Deposit
) -> None:
    other = start_deposit(session, client, "sandbox", cny("900"))
    collect(inside(session), {"sandbox": rail}, other.id)
    order_refund(session, client, deposit.id, cny("500"))

    with pytest.raises(DomainError, match=r"400\.00 CNY can"):
        order_refund(session, client, deposit.id, cny("500"))


def test_another_client_has_no_such_deposit(session: Session, deposit: Deposit) -> None:
    stranger = make_member(session, make_organization(session, "client"), "requester")

    with pytest.raises(DomainError, match="not_found"):
        order_refund(session, stranger, deposit.id, cny("1"))


def test_a_refund_that_was_sent_after_the_backup_is_adopted_and_not_sent_again(
    session: Session, client: Actor, deposit: Deposit, rail: SandboxRail
) -> None:
    refund = order_refund(session, client, deposit.id, cny("100"))
    send_refund(inside(session), {"sandbox": rail}, refund.id)
    reference = refund.reference
    assert reference is not None
    # As a backup from before that moment has it; the rail keeps what it did.
    refund.reference = refund.first_asked_at = None
    session.flush()
    freezing.freeze(session, system_actor("tests"), "restored", market_now(session))

    send_pending(inside(session), {"sandbox": rail})
    assert refund.first_asked_at is None, "nothing is asked while payouts are frozen"
    outcome = unfrozen(session, make_finance(session), {"sandbox": rail})

    assert (outcome.adopted, outcome.left) == (1, [])
    assert session.scalar(text("SELECT reference FROM refund")) == reference
    assert stands(session, client) == (cny("800"), cny("0"), cny("800"))
