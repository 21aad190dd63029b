"""What any rail must do. A module of tests makes a subclass and gives it the fixtures `rail` and `order`.

`order(operation, kind, **more)` makes the adapter's other side misbehave in the next call: "refuse", "not_executed",
"unknown_after_executing", "unknown_before_executing", or "delay" with `delay_seconds`.
"""

from collections.abc import Callable

import pytest

from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.rails.port import (
    Accepted,
    CollectInstruction,
    NotExecuted,
    PayoutInstruction,
    Rail,
    RefundInstruction,
    Refused,
    Unknown,
)

Order = Callable[..., None]


def a_payout(amount: str = "12.34", *, attempt: int = 1, destination: str = "acct_1") -> PayoutInstruction:
    return PayoutInstruction(new_id(), attempt, destination, Money.parse(amount, "CNY"))


def a_charge(amount: str = "900.00") -> CollectInstruction:
    return CollectInstruction(new_id(), Money.parse(amount, "CNY"), "org_1")


class RailContract:
    @pytest.fixture
    def destinations(self, rail: Rail) -> tuple[str, str]:
        """Two places that the rail can pay to."""
        del rail
        return "acct_1", "acct_2"

    def test_a_payout_leaves_one_transfer_and_one_line(self, rail: Rail, destinations: tuple[str, str]) -> None:
        instruction = a_payout(destination=destinations[0])

        outcome = rail.pay_out(instruction)

        assert isinstance(outcome, Accepted)
        (found,) = rail.find_transfer(instruction.transfer_group)
        assert (found.reference, found.key, found.amount) == (outcome.reference, instruction.key, instruction.amount)
        assert (found.destination, found.refused) == (destinations[0], None)
        (line,) = [line for line in rail.lines() if line.reference == outcome.reference]
        assert (line.kind, line.amount) == ("transfer", -instruction.amount)
        assert line.transfer_group == instruction.transfer_group

    def test_the_same_key_pays_once_and_answers_the_same(self, rail: Rail, destinations: tuple[str, str]) -> None:
        instruction = a_payout(destination=destinations[0])

        first, second = rail.pay_out(instruction), rail.pay_out(instruction)

        assert first == second
        assert len(rail.find_transfer(instruction.transfer_group)) == 1

    def test_the_same_key_with_other_parameters_is_an_error(self, rail: Rail, destinations: tuple[str, str]) -> None:
        instruction = a_payout(destination=destinations[0])
        rail.pay_out(instruction)
        other = PayoutInstruction(instruction.payout_id, 1, destinations[1], instruction.amount)

        with pytest.raises(ValueError, match="other parameters"):
            rail.pay_out(other)

    def test_a_refusal_is_kept_under_its_key_and_the_next_attempt_may_succeed(
        self, rail: Rail, order: Order, destinations: tuple[str, str]
    ) -> None:
        instruction = a_payout(destination=destinations[0])
        order("pay_out", "refuse")

        first = rail.pay_out(instruction)

        assert isinstance(first, Refused)
        assert rail.pay_out(instruction) == first
        retried = PayoutInstruction(instruction.payout_id, 2, instruction.destination, instruction.amount)
        assert isinstance(rail.pay_out(retried), Accepted)
        found = [one for one in rail.find_transfer(instruction.transfer_group) if one.refused is None]
        assert [one.key for one in found] == [retried.key]

    def test_what_was_not_executed_may_be_sent_again_under_its_key(
        self, rail: Rail, order: Order, destinations: tuple[str, str]
    ) -> None:
        instruction = a_payout(destination=destinations[0])
        order("pay_out", "not_executed")

        assert isinstance(rail.pay_out(instruction), NotExecuted)
        assert rail.find_transfer(instruction.transfer_group) == []
        assert isinstance(rail.pay_out(instruction), Accepted)

    def test_silence_after_executing_is_cleared_up_by_asking_or_by_the_same_key(
        self, rail: Rail, order: Order, destinations: tuple[str, str]
    ) -> None:
        instruction = a_payout(destination=destinations[0])
        order("pay_out", "unknown_after_executing")

        assert isinstance(rail.pay_out(instruction), Unknown)
        (found,) = rail.find_transfer(instruction.transfer_group)
        assert rail.pay_out(instruction) == Accepted(found.reference)
        assert len(rail.find_transfer(instruction.transfer_group)) == 1

    def test_silence_before_executing_leaves_nothing(
        self, rail: Rail, order: Order, destinations: tuple[str, str]
    ) -> None:
        instruction = a_payout(destination=destinations[0])
        order("pay_out", "unknown_before_executing")

        assert isinstance(rail.pay_out(instruction), Unknown)
        assert rail.find_transfer(instruction.transfer_group) == []

    def test_only_whole_minor_units_are_moved(self, rail: Rail, destinations: tuple[str, str]) -> None:
        with pytest.raises(ValueError, match="minor units"):
            rail.pay_out(a_payout("0.001", destination=destinations[0]))
        with pytest.raises(ValueError, match="minor units"):
            rail.collect(a_charge("0.001"))

    def test_a_charge_is_taken_once_and_told_once(self, rail: Rail) -> None:
        instruction = a_charge()

        first, second = rail.collect(instruction), rail.collect(instruction)

        assert isinstance(first, Accepted)
        assert first == second
        (event,) = [event for event in rail.events() if event.payload["reference"] == first.reference]
        assert event.kind == "charge.available"
        assert event.payload["deposit"] == instruction.key
        assert Money.from_wire(event.payload["amount"]) == instruction.amount
        (line,) = [line for line in rail.lines() if line.reference == first.reference]
        assert (line.kind, line.amount) == ("charge", instruction.amount)

    def test_a_refused_charge_brings_nothing(self, rail: Rail, order: Order) -> None:
        order("collect", "refuse")

        outcome = rail.collect(a_charge())

        assert isinstance(outcome, Refused)
        assert list(rail.events()) == []
        assert list(rail.lines()) == []

    @pytest.mark.parametrize(
        ("kind", "lines"), [("unknown_before_executing", 0), ("unknown_after_executing", 1), ("not_executed", 0)]
    )
    def test_a_charge_without_an_answer_is_asked_for_again(
        self, rail: Rail, order: Order, kind: str, lines: int
    ) -> None:
        instruction = a_charge()
        order("collect", kind)

        assert isinstance(rail.collect(instruction), Unknown | NotExecuted)
        assert len(list(rail.lines())) == lines
        assert isinstance(rail.collect(instruction), Accepted)
        assert len(list(rail.lines())) == 1

    def test_delayed_money_is_shown_later(self, rail: Rail, order: Order) -> None:
        order("collect", "delay", delay_seconds=3600)

        assert isinstance(rail.collect(a_charge()), Accepted)
        assert list(rail.events()) == []
        assert list(rail.lines()) == []

    def test_a_refund_goes_back_once_and_is_found(self, rail: Rail) -> None:
        charge = rail.collect(a_charge("900.00"))
        assert isinstance(charge, Accepted)
        instruction = RefundInstruction(new_id(), charge.reference, Money.parse("100.00", "CNY"))
        assert rail.find_refund(instruction) is None

        first, second = rail.refund(instruction), rail.refund(instruction)

        assert isinstance(first, Accepted)
        assert first == second
        assert rail.find_refund(instruction) == first.reference
        (line,) = [line for line in rail.lines() if line.reference == first.reference]
        assert (line.kind, line.amount) == ("refund", -instruction.amount)

    @pytest.mark.parametrize(
        ("kind", "answer", "found"),
        [
            ("refuse", Refused, False),
            ("not_executed", NotExecuted, False),
            ("unknown_before_executing", Unknown, False),
            ("unknown_after_executing", Unknown, True),
        ],
    )
    def test_a_refund_that_goes_wrong_is_found_only_where_it_happened(
        self, rail: Rail, order: Order, kind: str, answer: type, found: bool
    ) -> None:
        charge = rail.collect(a_charge("900.00"))
        assert isinstance(charge, Accepted)
        instruction = RefundInstruction(new_id(), charge.reference, Money.parse("100.00", "CNY"))
        order("refund", kind)

        assert isinstance(rail.refund(instruction), answer)

        assert (rail.find_refund(instruction) is not None) == found
        assert isinstance(rail.refund(instruction), Refused if kind == "refuse" else Accepted)
