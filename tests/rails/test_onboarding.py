"""Opening an account at a rail that identifies payees itself."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.fake.state import Fault
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.errors import DomainError
from marketplace.rails.changing import Notice, waiting_changes
from marketplace.rails.methods import destination_of, keep_destination, set_destination
from marketplace.rails.onboarding import begin
from marketplace.rails.port import Rails
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker, signed_in
from tests.builders.payouts import inside, sandbox

BACK = "https://market.test/work/payout-method"
NOTICE = Notice(Mailbox(), "https://market.test")


@pytest.fixture
def stripe_server() -> Iterator[FakeStripeServer]:
    with serving() as server:
        yield server


@pytest.fixture
def rails(session: Session, stripe_server: FakeStripeServer) -> Rails:
    return {"sandbox": sandbox(session), "stripe": StripeRail("sk_test_imitation", stripe_server.url)}


def test_any_number_of_calls_open_one_account_of_ones_own(
    session: Session, rails: Rails, stripe_server: FakeStripeServer
) -> None:
    worker, other = make_worker(session), make_worker(session)
    manager = make_member(session, make_organization(session, "subcontractor"), "manager")

    links = [begin(inside(session), signed_in(session, worker), rails, "stripe", BACK, NOTICE) for _ in range(3)]
    for payee in (other, manager):
        begin(inside(session), payee, rails, "stripe", BACK, NOTICE)

    mine = destination_of(session, worker.person, "stripe")
    assert {link.split("#")[0] for link in links} == {BACK}
    assert mine
    assert mine in links[0]
    accounts = {account["id"]: account for account in stripe_server.state.all_of("account")}
    assert set(accounts) == {
        mine,
        destination_of(session, other.person, "stripe"),
        destination_of(session, manager.organization, "stripe"),
    }
    controller = accounts[mine]["controller"]
    assert (controller["fees"]["payer"], controller["losses"]["payments"]) == ("application", "application")


def test_who_is_paid_already_is_shown_the_way_to_the_rail_only_after_a_fresh_sign_in(
    session: Session, rails: Rails
) -> None:
    worker, other = make_worker(session), make_worker(session)
    begin(inside(session), worker, rails, "stripe", BACK, NOTICE)
    keep_destination(session, other, "sandbox", "acct_1")

    for payee in (worker, other):
        with pytest.raises(DomainError, match="step_up_required"):
            begin(inside(session), payee, rails, "stripe", BACK, NOTICE)
    begin(inside(session), signed_in(session, other), rails, "stripe", BACK, NOTICE)

    assert destination_of(session, other.person, "stripe") is None
    assert set(waiting_changes(session, other.person)) == {"stripe"}


def test_an_account_of_somebody_else_cannot_be_typed_in(session: Session, rails: Rails) -> None:
    worker = make_worker(session)

    with pytest.raises(DomainError, match="destination_invalid"):
        set_destination(session, worker, rails, "stripe", "acct_of_somebody_else", NOTICE)

    assert destination_of(session, worker.person, "stripe") is None


@pytest.mark.parametrize("operation", ["accounts", "account_links"])
def test_a_rail_that_does_not_answer_is_said_and_asked_again(
    session: Session, rails: Rails, stripe_server: FakeStripeServer, operation: str
) -> None:
    worker = signed_in(session, make_worker(session))
    stripe_server.state.faults.append(Fault(operation, "drop_after"))

    with pytest.raises(DomainError, match="rail_unavailable"):
        begin(inside(session), worker, rails, "stripe", BACK, NOTICE)
    begin(inside(session), worker, rails, "stripe", BACK, NOTICE)

    assert len(list(stripe_server.state.all_of("account"))) == 1


@pytest.mark.parametrize("rail", ["sandbox", "nowhere"])
def test_a_rail_without_pages_of_its_own_is_refused(session: Session, rails: Rails, rail: str) -> None:
    with pytest.raises(DomainError, match="rail_unknown"):
        begin(inside(session), make_worker(session), rails, rail, BACK, NOTICE)


def test_who_is_paid_nothing_opens_no_account(session: Session, rails: Rails) -> None:
    requester = make_member(session, make_organization(session, "client"), "requester")

    with pytest.raises(DomainError, match="forbidden"):
        begin(inside(session), requester, rails, "stripe", BACK, NOTICE)
