from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.chain import Chain, build_chain
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.provenance.policy import ChainPart, PartKind, Reader, ReaderKind, reveal

WORKED = ["0.855", "0.60"]


def chain_of(prices: list[str], pay: str, fee: str = "0.045") -> Chain:
    layers = [(new_id(), new_id(), Money.parse(price, "CNY")) for price in prices]
    return build_chain(
        job_id=new_id(),
        contract_id=new_id(),
        rate_code="standard",
        fee=Money.parse(fee, "CNY"),
        layers=layers,
        pay=Money.parse(pay, "CNY"),
    )


def layer(chain: Chain, number: int) -> Reader:
    return Reader(ReaderKind.LAYER, chain.lines[number - 1].organization_id)


def told(parts: tuple[ChainPart, ...]) -> list[tuple[str, str]]:
    return [(part.kind.value, part.amount.text()) for part in parts]


CLIENT, WORKER, AUDITOR = (Reader(kind) for kind in (ReaderKind.CLIENT, ReaderKind.WORKER, ReaderKind.EVERYTHING))
WHOLE = [("fee", "0.045"), ("margin", "0.255"), ("margin", "0.25"), ("pay", "0.35")]


def test_under_full_everybody_in_the_chain_sees_every_price() -> None:
    chain = chain_of(WORKED, "0.35")
    for reader in (CLIENT, WORKER, AUDITOR, layer(chain, 1), layer(chain, 2)):
        assert told(reveal(chain, "full", reader)) == WHOLE


@pytest.mark.parametrize("policy", ["shares", "finance_only"])
def test_the_auditor_sees_all_under_every_policy(policy: str) -> None:
    assert told(reveal(chain_of(WORKED, "0.35"), policy, AUDITOR)) == WHOLE


def test_under_finance_only_each_sees_client_price_fee_and_its_own() -> None:
    chain = chain_of(WORKED, "0.35")
    seen = {
        "client": told(reveal(chain, "finance_only", CLIENT)),
        "one": told(reveal(chain, "finance_only", layer(chain, 1))),
        "two": told(reveal(chain, "finance_only", layer(chain, 2))),
        "worker": told(reveal(chain, "finance_only", WORKER)),
    }
    assert seen == {
        "client": [("fee", "0.045"), ("hidden", "0.855")],
        "one": [("fee", "0.045"), ("margin", "0.255"), ("hidden", "0.60")],
        "two": [("fee", "0.045"), ("hidden", "0.255"), ("margin", "0.25"), ("pay", "0.35")],
        "worker": [("fee", "0.045"), ("hidden", "0.505"), ("pay", "0.35")],
    }


def test_under_shares_the_others_parts_are_whole_percents() -> None:
    chain = chain_of(WORKED, "0.35")
    (_, hidden) = reveal(chain, "shares", CLIENT)
    assert (hidden.shares_percent, hidden.includes_pay) == ((28, 27, 38), True)
    (_, hidden, pay) = reveal(chain, "shares", WORKER)
    assert (hidden.shares_percent, hidden.includes_pay, pay.own) == ((28, 27), False, True)


def test_without_layers_there_is_nothing_to_hide() -> None:
    chain = chain_of([], "0.855")
    for reader in (CLIENT, WORKER):
        assert told(reveal(chain, "finance_only", reader)) == [("fee", "0.045"), ("pay", "0.855")]


def test_a_middle_layer_sees_what_is_above_and_below_as_one_each() -> None:
    chain = chain_of(["0.855", "0.80", "0.70", "0.60", "0.50"], "0.40")
    parts = reveal(chain, "finance_only", layer(chain, 3))
    assert told(parts) == [("fee", "0.045"), ("hidden", "0.155"), ("margin", "0.10"), ("hidden", "0.60")]
    assert [part.includes_pay for part in parts] == [False, False, False, True]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Chain, Reader]:
    amounts = sorted(draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=7)), reverse=True)
    prices = [Money(amount, "JPY") for amount in amounts]
    chain = build_chain(
        job_id=new_id(),
        contract_id=new_id(),
        rate_code="standard",
        fee=Money(draw(st.integers(1, 10**6)), "JPY"),
        layers=[(new_id(), new_id(), price) for price in prices[:-1]],
        pay=prices[-1],
    )
    readers = [CLIENT, WORKER, AUDITOR, *(layer(chain, line.layer) for line in chain.lines)]
    return chain, draw(st.sampled_from(readers))


@given(cases(), st.sampled_from(["full", "shares", "finance_only"]))
def test_what_a_reader_sees_sums_to_the_client_price(case: tuple[Chain, Reader], policy: str) -> None:
    chain, reader = case
    parts = reveal(chain, policy, reader)
    assert sum(part.amount.amount for part in parts) == chain.client_price.amount


@given(cases())
def test_nobody_sees_who_or_what_stands_between_two_prices_it_does_not_know(case: tuple[Chain, Reader]) -> None:
    chain, reader = case
    parts = reveal(chain, "finance_only", reader)
    for part in parts:
        if reader.kind is not ReaderKind.EVERYTHING and not part.own:
            assert (part.organization_id, part.contract_id, part.layer, part.buys, part.sells) == (None,) * 5
            assert part.shares_percent == ()
    if reader.kind is not ReaderKind.EVERYTHING:
        hidden = [part.kind is PartKind.HIDDEN for part in parts]
        assert not any(one and other for one, other in pairwise(hidden))


@given(cases())
def test_two_chains_that_agree_in_what_a_reader_knows_look_the_same(case: tuple[Chain, Reader]) -> None:
    chain, reader = case
    if reader.kind is not ReaderKind.WORKER or not chain.lines:
        return
    first, last = chain.lines[0], chain.lines[-1]
    shorter = build_chain(
        job_id=chain.job_id,
        contract_id=chain.contract_id,
        rate_code=chain.rate_code,
        fee=chain.fee,
        layers=[(last.contract_id, last.organization_id, first.buys)],
        pay=chain.pay,
    )
    assert reveal(chain, "finance_only", reader) == reveal(shorter, "finance_only", reader)
