"""The Stripe rail is a rail, in each way in which Stripe can fail."""

import datetime as dt
import socket
from dataclasses import replace

import pytest

from marketplace.gateways.stripe_connect import connecting
from marketplace.gateways.stripe_connect.amounts import from_stripe, steps_of, to_stripe
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer
from marketplace.gateways.stripe_connect.fake.state import Fault
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.money import Money
from marketplace.rails.port import Accepted, NotExecuted, Refused, Unknown
from tests.gateways.stripe_connect.conftest import an_account
from tests.rails.contract import RailContract, a_charge, a_payout


class TestStripe(RailContract):
    """Stripe Connect is a rail."""


def test_a_500_with_the_transfer_made_is_found_by_asking_and_never_sent_again(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    stripe_server.state.faults.append(Fault("transfers", "error_after"))
    instruction = a_payout()

    assert isinstance(rail.pay_out(instruction), Unknown)
    # Stripe keeps a 500 under its key: the same key says the same for a day.
    assert isinstance(rail.pay_out(replace(instruction, asked_before=True)), Unknown)
    (found,) = rail.find_transfer(instruction.transfer_group)
    assert (found.key, found.amount) == (instruction.key, instruction.amount)


def test_no_connection_is_not_executed_and_a_late_answer_is_unknown(
    stripe_server: FakeStripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = StripeRail("sk_test_imitation", f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert isinstance(nobody.pay_out(a_payout()), NotExecuted)

    monkeypatch.setattr(connecting, "READ_SECONDS", 0.3)
    impatient = StripeRail("sk_test_imitation", stripe_server.url)
    stripe_server.state.faults.append(Fault("transfers", "hang_after", seconds=1))
    instruction = a_payout()
    assert isinstance(impatient.pay_out(instruction), Unknown)
    (found,) = impatient.find_transfer(instruction.transfer_group)
    assert isinstance(impatient.pay_out(replace(instruction, asked_before=True)), Accepted)
    assert found.key == instruction.key


def test_a_key_that_is_not_accepted_has_executed_nothing(stripe_server: FakeStripeServer) -> None:
    outcome = StripeRail("sk_live_revoked", stripe_server.url).pay_out(a_payout())

    assert isinstance(outcome, NotExecuted)
    assert list(stripe_server.state.all_of("transfer")) == []


def test_a_live_key_moves_real_money_and_a_test_key_does_not(stripe_server: FakeStripeServer) -> None:
    assert StripeRail("sk_live_1", stripe_server.url).real_money
    assert not StripeRail("rk_test_1", stripe_server.url).real_money


def test_an_account_that_lost_its_capability_is_refused_before_anything_is_sent(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    an_account(stripe_server, "acct_lost", "inactive")

    outcome = rail.pay_out(a_payout(destination="acct_lost"))

    assert isinstance(outcome, Refused)
    assert outcome.code == "account_invalid"
    assert stripe_server.state.kept == {}


def test_a_replay_asks_nothing_but_the_key_although_the_capability_is_lost_meanwhile(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    stripe_server.state.faults.append(Fault("transfers", "drop_after"))
    instruction = a_payout()
    assert isinstance(rail.pay_out(instruction), Unknown)
    stripe_server.state.objects["acct_1"]["capabilities"]["transfers"] = "inactive"

    assert isinstance(rail.pay_out(replace(instruction, asked_before=True)), Accepted)


def test_an_unknown_account_and_a_short_balance_are_certain_refusals(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    unknown = rail.pay_out(replace(a_payout(destination="acct_nobody"), asked_before=True))
    stripe_server.state.given["cny"] = 100
    short = rail.pay_out(a_payout())

    assert isinstance(unknown, Refused)
    assert isinstance(short, Refused)
    assert (unknown.code, short.code) == ("account_invalid", "balance_insufficient")
    assert rail.find_transfer(a_payout().transfer_group) == []


def test_the_fee_of_a_charge_is_told_and_its_line_is_net(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    stripe_server.state.fee_ppm = 29_000

    outcome = rail.collect(a_charge("100.00"))

    assert isinstance(outcome, Accepted)
    assert outcome.client_secret
    (event,) = rail.events()
    (line,) = rail.lines()
    assert Money.from_wire(event.payload["fee"]) == line.fee == Money.parse("2.90", "CNY")
    assert line.amount == Money.parse("97.10", "CNY")
    assert line.reference == outcome.reference


def test_what_the_payer_cancels_is_told_as_refused(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    stripe_server.state.pays_at_once = False
    instruction = a_charge()
    outcome = rail.collect(instruction)
    assert isinstance(outcome, Accepted)
    assert list(rail.events()) == []

    rail._client.v1.payment_intents.cancel(outcome.reference, {"cancellation_reason": "abandoned"})

    (event,) = rail.events()
    assert (event.kind, event.payload["deposit"], event.payload["code"]) == (
        "charge.refused",
        instruction.key,
        "abandoned",
    )


def test_lines_and_transfers_beyond_one_page_are_read(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    state = stripe_server.state
    for number in range(250):
        state.moved("topup", f"tu_{number}", 100 + number, "cny")

    lines = rail.lines()

    assert [line.amount.minor_units() for line in lines] == list(range(100, 350))
    assert {line.kind for line in lines} == {"from_bank"}


def test_what_becomes_available_days_later_is_told_to_everybody_who_asks(
    rail: StripeRail, stripe_server: FakeStripeServer
) -> None:
    """The importer of lines and the sweep that confirms payouts both ask; neither may take it from the other."""
    state, five_days = stripe_server.state, 5 * 86_400
    state.moved_seconds, state.settles_after_seconds = -five_days, five_days + 2
    charge = rail.collect(a_charge("900.00"))
    assert isinstance(charge, Accepted)
    state.moved_seconds = 0
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    assert [rail.lines(yesterday), rail.events(yesterday)] == [[], []]

    state.moved_seconds = 3

    for _ in range(3):
        assert [line.reference for line in rail.lines(yesterday)] == [charge.reference]
        assert [event.kind for event in rail.events(yesterday)] == ["charge.available"]


def test_only_what_became_available_since_is_told(rail: StripeRail, stripe_server: FakeStripeServer) -> None:
    state = stripe_server.state
    for days_ago in (20, 10, 0):
        state.moved_seconds = -days_ago * 86_400
        rail.collect(a_charge(f"{days_ago + 1}.00"))
    now = dt.datetime.now(dt.UTC)

    def told(days_ago: int | None) -> list[str]:
        since = None if days_ago is None else now - dt.timedelta(days=days_ago)
        return [line.amount.text() for line in rail.lines(since)]

    assert told(2) == ["1.00"]
    assert told(12) == ["11.00", "1.00"]
    assert told(None) == ["21.00", "11.00", "1.00"], "who asks for more has it read anew"
    assert told(2) == ["1.00"]


def test_a_reversal_is_a_line_of_its_own_that_names_the_transfer(rail: StripeRail) -> None:
    outcome = rail.pay_out(a_payout("12.34"))
    assert isinstance(outcome, Accepted)

    rail._client.v1.transfers.reversals.create(outcome.reference, {"amount": 1234})

    assert [(line.kind, line.reference, line.amount.text()) for line in rail.lines()] == [
        ("transfer", outcome.reference, "-12.34"),
        ("transfer_return", outcome.reference, "12.34"),
    ]


@pytest.mark.parametrize(
    ("amount", "units"),
    [("12.34 CNY", 1234), ("500 JPY", 500), ("1.230 KWD", 1230), ("5 ISK", 500), ("5 UGX", 500), ("7.00 MGA", 7)],
)
def test_amounts_are_written_by_stripes_own_rules(amount: str, units: int) -> None:
    money = Money.parse(*amount.split())

    assert to_stripe(money) == units
    assert from_stripe(units, money.currency.lower()) == money


@pytest.mark.parametrize("amount", ["1.234 KWD", "7.01 MGA"])
def test_what_stripe_cannot_move_is_refused(amount: str) -> None:
    money = Money.parse(*amount.split())

    assert money.minor_units() % steps_of(money.currency)
    with pytest.raises(ValueError, match="smallest step"):
        to_stripe(money)
    with pytest.raises(ValueError, match="no whole number"):
        from_stripe(501, "isk")


def test_a_payout_in_a_step_that_stripe_does_not_know_is_refused_and_never_unknown(rail: StripeRail) -> None:
    instruction = replace(a_payout(), amount=Money.parse("1.234", "KWD"))

    outcome = rail.pay_out(instruction)

    assert isinstance(outcome, Refused)
    assert outcome.code == "amount_step"


def test_the_imitation_refuses_what_stripes_own_types_do_not_know(rail: StripeRail) -> None:
    import stripe

    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: colour"):
        rail._client.v1.transfers.create(
            {"amount": 1, "currency": "cny", "destination": "acct_1", "colour": "red"}  # type: ignore[typeddict-unknown-key]
        )
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: destination"):
        rail._client.v1.transfers.create({"amount": 1, "currency": "cny"})  # type: ignore[typeddict-item]
